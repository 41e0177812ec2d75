"""Lists as files, by key."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from app.core.ids import parse, show
from app.workflow.accounts.manage_keys import KeyCommand, create_key, make_key
from app.workflow.insights import make_export


def test_a_list_is_made_into_a_file_and_fetched(merchant) -> None:
    paid, _ = merchant.shop.paid_order(), merchant.shop.place()
    body = {"resource": "orders", "filters": {"view": "paid"}, "columns": ["order", "amount", "paid_at"]}

    made = merchant.post("/v1/exports", {**body, "time_zone": "Asia/Tokyo"}, once=None)
    file = merchant.get(f"/v1/exports/{made.json['id']}/file")
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))

    assert (made.status_code, made.json["status"], made.json["rows"]) == (201, "done", 1)
    assert rows[0] == ["Amount", "Currency", "Order ID", "Paid at (Asia/Tokyo)"]
    assert rows[1][:3] == ["10.00", "USD", show("ord", paid)]
    assert [each["id"] for each in merchant.get("/v1/exports").json["data"]] == [made.json["id"]]
    other = create_key(merchant.shop.business_id, name="other", kind="secret").secret
    headers = {"Authorization": f"Bearer {other}"}
    assert merchant.client.get(f"/v1/exports/{made.json['id']}", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"filters": {"nothing": "x"}},
        {"filters": {"view": "nothing"}},
        {"filters": {"from": "yesterday"}},
        {"columns": ["nothing"]},
        {"order": "highest", "filters": {"from": "2026-01-01"}},
        {"time_zone": "Mars/Base"},
    ],
)
def test_what_a_list_has_not_is_refused(merchant, wrong) -> None:
    answer = merchant.post("/v1/exports", {"resource": "refunds", **wrong}, once=None)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_list")


def test_a_file_that_is_not_there_yet_is_waited_for(merchant, monkeypatch) -> None:
    monkeypatch.setattr(make_export, "AT_ONCE", 1)
    for _ in range(3):
        merchant.shop.place()

    made = merchant.post("/v1/exports", {"resource": "payments", "order": "oldest"}, once=None).json
    waiting = merchant.post("/v1/exports", {"resource": "orders"}, once=None).json

    assert (made["status"], waiting["status"]) == ("done", "working")
    early = merchant.get(f"/v1/exports/{waiting['id']}/file")
    assert (early.status_code, early.json["code"]) == (409, "export_not_ready")


def test_an_archive_of_everything_is_made_and_fetched(merchant) -> None:
    merchant.shop.paid_order()

    made = merchant.post("/v1/business/archive", None, once=None)
    again = merchant.post("/v1/business/archive", None, once=None)
    while make_export.work(merchant.shop.business_id, parse("exp", made.json["id"])):
        pass
    ready = merchant.get(f"/v1/exports/{made.json['id']}").json
    file = merchant.get(f"/v1/exports/{made.json['id']}/file")

    assert (made.status_code, made.json["status"], made.json["resource"]) == (201, "working", "business")
    assert (again.status_code, again.json["code"]) == (409, "archive_in_progress")
    assert (ready["status"], ready["format"]) == ("done", "zip")
    assert "orders.jsonl" in zipfile.ZipFile(io.BytesIO(file.data)).namelist()


def test_a_key_that_reads_no_buyers_makes_no_archive(merchant) -> None:
    command = KeyCommand("narrow", scopes=frozenset({"settings.write", "settings.read", "orders.read"}))
    key = make_key(merchant.shop.business_id, command, kind="restricted", actor="system").secret

    refused = merchant.client.post("/v1/business/archive", headers={"Authorization": f"Bearer {key}"})

    assert (refused.status_code, refused.json["code"]) == (403, "denied")
