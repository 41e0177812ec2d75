"""`/v1/channel_bills`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from app.core.ids import show
from tests.factories.bills import Bills
from tests.factories.disputes import paid_attempt


def test_bills_are_listed_and_read(merchant: Any, clock: ModuleType) -> None:
    assert clock
    paid_attempt(merchant.shop)
    bill = Bills(merchant.shop).fetched()

    first = merchant.get("/v1/channel_bills?limit=1").json
    rest = merchant.get(f"/v1/channel_bills?limit=1&cursor={first['next_cursor']}").json
    read = merchant.get(f"/v1/channel_bills/{show('bil', bill.id)}").json

    assert [each["status"] for each in first["data"]] == ["expected"]
    assert rest["data"] == [read]
    assert (read["status"], read["day"], read["sha256"]) == ("fetched", bill.day.isoformat(), bill.sha256)
    [total] = read["totals"]
    assert (total["charges"], total["charged_minor"], total["currency"]) == (1, 1000, "USD")
    account = f"/v1/channel_bills?channel_account_id={show('cha', merchant.shop.account_id)}&status=fetched"
    assert merchant.get(account).json["data"] == [read]
    assert merchant.get("/v1/channel_bills?status=x").status_code == 422
    assert merchant.get("/v1/channel_bills/bil_01jd3w8n2q4zt5b7yk2hc5e4rv").status_code == 404


def test_differences_are_listed(merchant: Any, clock: ModuleType) -> None:
    assert clock
    bills = Bills(merchant.shop)
    bills.expect()
    _, attempt_id = paid_attempt(merchant.shop)
    bills.script("missing_line")
    bill = bills.compared()
    path = f"/v1/channel_bills/{show('bil', bill.id)}"

    [found] = merchant.get(f"{path}/differences?status=open").json["data"]

    assert (found["kind"], found["movement"], found["attempt_id"]) == ("missing", "charge", show("att", attempt_id))
    assert (found["ours_minor"], found["theirs_minor"], found["cleared_at"]) == (1000, None, None)
    assert merchant.get(path).json["difference_count"] == 1
    assert merchant.get(path).json["compared_at"] is not None
    bills.ask_again(bill)
    assert merchant.get(f"{path}/differences?status=open").json["data"] == []
    [cleared] = merchant.get(f"{path}/differences?status=cleared").json["data"]
    assert cleared["cleared_at"] is not None
    unknown = "/v1/channel_bills/bil_01jd3w8n2q4zt5b7yk2hc5e4rv/differences"
    assert merchant.get(unknown).status_code == 404


def test_a_bill_is_asked_for_again(merchant: Any, clock: ModuleType) -> None:
    assert clock
    paid_attempt(merchant.shop)
    bills = Bills(merchant.shop)
    bill = bills.fetched()
    bills.script("wrong_amount", value="7")

    asked = merchant.post(f"/v1/channel_bills/{show('bil', bill.id)}/fetch")
    bills.run()

    assert (asked.status_code, asked.json["revision"]) == (200, 1)
    assert asked.json["next_attempt_at"] is not None
    again = merchant.get(f"/v1/channel_bills/{show('bil', bill.id)}").json
    assert (again["revision"], again["totals"][0]["charged_minor"]) == (2, 1007)
