"""One buyer's data, and for how long data is kept, over the API."""

from __future__ import annotations

from dataclasses import replace

from app.core.ids import parse, show
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.manage_keys import KeyCommand, make_key
from tests.factories.people import make_user


def test_a_program_requests_and_a_person_approves(merchant) -> None:
    order_id = merchant.shop.paid_order(buyer="customer-44")
    asks, decides = (make_user(merchant.shop.business_id) for _ in range(2))
    key = make_key(merchant.shop.business_id, KeyCommand("S"), kind="secret", actor=show("usr", asks.user_id))
    merchant = replace(merchant, key=key.secret)
    body = {"buyer_reference": "customer-44", "reason": "asked by mail"}

    had = merchant.post("/v1/privacy/exports", {"buyer_reference": "customer-44"})
    response = merchant.post("/v1/privacy/erasures", body)
    again = merchant.post("/v1/privacy/erasures", body)

    assert had.json["data"]["orders"][0]["buyer_reference"] == "customer-44"
    assert (response.status_code, response.json["code"]) == (403, "approval_needed")
    assert again.json["details"] == response.json["details"]
    assert merchant.shop.order(order_id).buyer_reference == "customer-44"
    approval = merchant.get(f"/v1/approvals/{response.json['details']['approval_id']}").json
    assert (approval["kind"], approval["status"]) == ("erasure", "requested")

    approval_id = parse("apr", approval["id"])
    ended = decide_approval.approve(merchant.shop.business_id, approval_id, actor=show("usr", decides.user_id))

    assert ended == "done"
    assert merchant.shop.order(order_id).buyer_reference.startswith("erased_")
    assert merchant.post("/v1/privacy/exports", {"buyer_reference": "customer-44"}).json["data"]["orders"] == []


def test_where_nobody_could_approve_a_key_is_referred_to_a_person(merchant) -> None:
    merchant.shop.paid_order(buyer="customer-46")
    only = make_user(merchant.shop.business_id)
    key = make_key(merchant.shop.business_id, KeyCommand("S"), kind="secret", actor=show("usr", only.user_id))
    merchant = replace(merchant, key=key.secret)

    refused = merchant.post("/v1/privacy/erasures", {"buyer_reference": "customer-46", "reason": "asked"})

    assert (refused.status_code, refused.json["code"]) == (403, "erasure_needs_person")


def test_a_buyer_is_named_in_one_way_and_has_nothing_open(merchant) -> None:
    both = {"buyer_reference": "a", "buyer_email": "a@example.com"}
    merchant.shop.place(buyer="customer-45")

    wrong = merchant.post("/v1/privacy/exports", both)
    open_order = merchant.post("/v1/privacy/erasures", {"buyer_reference": "customer-45", "reason": "asked"})

    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_buyer")
    assert (open_order.status_code, open_order.json["code"]) == (409, "buyer_has_orders")


def test_a_program_chooses_within_the_bounds(merchant) -> None:
    before = merchant.get("/v1/privacy/retention").json
    chosen = merchant.post("/v1/privacy/retention", {"days": {"requests": 14}}).json
    too_long = merchant.post("/v1/privacy/retention", {"days": {"requests": 91}})
    books = merchant.post("/v1/privacy/retention", {"days": {"orders": 30}})
    unknown = merchant.post("/v1/privacy/retention", {"days": {"nothing": 30}})

    days = {kind["kind"]: kind["days"] for kind in chosen["kinds"]}
    assert {kind["kind"]: kind["days"] for kind in before["kinds"]} == {**days, "requests": 30}
    assert (days["requests"], days["orders"]) == (14, None)
    refused = [(each.status_code, each.json["code"]) for each in (too_long, books, unknown)]
    assert refused == [(422, "invalid_retention")] * 3
    assert merchant.get("/v1/privacy/retention").json == chosen
