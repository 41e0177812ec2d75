"""One thing done to many orders, by key."""

from __future__ import annotations

import pytest

from app.api.v1.orders import bulk_runs
from app.core.ids import new_id, show
from app.workflow.orders import bulk_orders


@pytest.fixture
def orders(merchant) -> list[str]:
    return [show("ord", merchant.shop.place()) for _ in range(3)]


def test_orders_are_closed_once_and_each_says_what_came_of_it(merchant, orders) -> None:
    merchant.post(f"/v1/orders/{orders[0]}/cancel")
    body = {"action": "close", "order_ids": orders}

    run = merchant.post("/v1/bulk_runs", body, once="close-these-three")
    again = merchant.post("/v1/bulk_runs", body, once="close-these-three")
    path = f"/v1/bulk_runs/{run.json['id']}"
    first = merchant.get(f"{path}/rows?limit=2").json
    rest = merchant.get(f"{path}/rows?limit=2&cursor={first['next_cursor']}").json

    assert (run.status_code, run.json["status"], run.json["orders"]) == (201, "done", 3)
    assert run.json["results"] == {"done": 2, "skipped": 1, "refused": 0}
    assert again.json == run.json == merchant.get(path).json
    rows = [*first["data"], *rest["data"]]
    assert [(row["order_id"], row["result"]) for row in rows] == list(
        zip(orders, ("skipped", "done", "done"), strict=True)
    )
    assert [each["id"] for each in merchant.get("/v1/bulk_runs").json["data"]] == [run.json["id"]]


@pytest.mark.usefixtures("orders")
def test_all_orders_of_a_list_are_meant(merchant, monkeypatch) -> None:
    paid = show("ord", merchant.shop.paid_order())
    monkeypatch.setattr(bulk_orders, "AT_ONCE_S", 0)

    run = merchant.post("/v1/bulk_runs", {"action": "note", "note": "Seen", "filters": {"view": "paid"}}).json
    path = f"/v1/bulk_runs/{run['id']}"
    waiting = merchant.get(f"{path}/rows").json["data"]
    bulk_orders.work_due(slice_s=60)

    assert (run["status"], run["orders"]) == ("working", 1)
    assert waiting == [{"order_id": paid, "result": None, "message": ""}]
    assert merchant.get(path).json["results"]["done"] == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"order_ids": [show("ord", new_id())]}, "not_found"),
        ({"action": "note", "note": " "}, "invalid_note"),
        ({"action": "burn"}, "invalid_parameter"),
        ({"filters": {}}, "invalid_parameter"),
        ({"order_ids": []}, "invalid_parameter"),
        ({"order_ids": None, "filters": {"colour": "red"}}, "invalid_list"),
        ({"order_ids": None, "filters": {"q": "nobody-of-this-name"}}, "not_found"),
    ],
)
def test_a_run_that_cannot_be_is_not_begun(merchant, orders, change, code: str) -> None:
    answer = merchant.post("/v1/bulk_runs", {"action": "poll", "order_ids": orders, **change})

    assert answer.json["code"] == code
    assert merchant.get("/v1/bulk_runs").json["data"] == []


def test_another_business_order_keeps_a_run_from_being_begun(merchant, orders, new_shop) -> None:
    foreign = show("ord", new_shop().place())

    answer = merchant.post("/v1/bulk_runs", {"action": "close", "order_ids": [*orders, foreign]})

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert merchant.get(f"/v1/orders/{orders[0]}").json["status"] == "created"


def test_more_orders_than_fit_are_not_cut(merchant, orders, monkeypatch) -> None:
    monkeypatch.setattr(bulk_runs, "MAX_COUNT", len(orders) - 1)

    answer = merchant.post("/v1/bulk_runs", {"action": "poll", "filters": {}})

    assert (answer.status_code, answer.json["code"], answer.json["param"]) == (422, "too_many_orders", "filters")


def test_webhooks_are_sent_again_by_who_may(merchant, orders) -> None:
    key = merchant.post("/v1/keys", {"name": "orders", "kind": "restricted", "scopes": ["orders.write"]}).json
    body, once = {"action": "webhooks", "order_ids": orders}, {"Idempotency-Key": "send-them-again"}
    headers = {"Authorization": f"Bearer {key['secret']}", **once}

    refused = merchant.client.post("/v1/bulk_runs", json=body, headers=headers)
    allowed = merchant.post("/v1/bulk_runs", body)

    assert (refused.status_code, refused.json["code"]) == (403, "denied")
    assert allowed.json["results"]["skipped"] == 3
