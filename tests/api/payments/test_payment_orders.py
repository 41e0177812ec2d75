"""Payment orders over HTTP: made, downloaded once a person approved, decided line by line."""

from __future__ import annotations

import pytest

from app.core.clock import now
from app.core.ids import parse, show
from tests.factories.payment_orders import Bank, bank_of


@pytest.fixture
def bank(merchant) -> Bank:
    return bank_of(merchant.shop)


def _body(bank: Bank, **more: object) -> dict[str, object]:
    about = {"currency": "EUR", "execute_on": now().date().isoformat()}
    return {"channel_account_id": show("cha", bank.account_id), **about, **more}


def test_a_payment_order_is_made_once_and_each_line_is_decided(merchant, bank: Bank) -> None:
    movement = show("txn", bank.withdraw(300))
    other = show("txn", bank.withdraw(200))

    made = [merchant.post("/v1/payment_orders", _body(bank), once="payment-order-1").json for _ in range(2)]
    path = f"/v1/payment_orders/{made[0]['id']}"
    early = merchant.post(f"{path}/download", None, once=None)
    bank.approve(parse("por", made[0]["id"]))
    file = merchant.post(f"{path}/download", None, once=None)
    lines = merchant.get(f"{path}/lines").json["data"]
    by_movement = {line["movement_id"]: f"{path}/lines/{line['id']}/decide" for line in lines}
    executed = merchant.post(by_movement[movement], {"status": "executed"}).json
    unsaid = merchant.post(by_movement[other], {"status": "rejected"})
    merchant.post(by_movement[other], {"status": "rejected", "reason": "AC04"})
    returned = merchant.post(by_movement[movement], {"status": "returned", "reason": "AC01"}).json

    assert made[0] == made[1]
    assert (made[0]["status"], made[0]["total_minor"], made[0]["waiting_count"]) == ("requested", 500, 2)
    assert (early.status_code, early.json["code"]) == (409, "not_approved")
    assert (file.status_code, file.mimetype) == (200, "application/xml")
    assert (executed["status"], returned["status"], returned["return_reason"]) == ("executed", "returned", "AC01")
    assert (unsaid.status_code, unsaid.json["code"]) == (422, "reason_missing")
    assert merchant.get(path).json["status"] == "completed"
    assert merchant.get(f"/v1/withdrawals/{movement}").json["status"] == "returned"
    assert merchant.get(f"/v1/withdrawals/{other}").json["status"] == "failed"
    assert [each["id"] for each in merchant.get("/v1/payment_orders?status=completed").json["data"]] == [made[0]["id"]]
    assert merchant.get("/v1/withdrawals?status=returned").json["data"][0]["id"] == movement


def test_a_payment_order_that_cannot_be_is_refused(merchant, bank: Bank) -> None:
    nothing = merchant.post("/v1/payment_orders", _body(bank))
    bank.withdraw(300)
    wrong_day = merchant.post("/v1/payment_orders", _body(bank, execute_on="2026-02-30"))
    strange = merchant.post("/v1/payment_orders", _body(bank, channel_account_id=show("cha", merchant.shop.account_id)))

    codes = [(each.status_code, each.json["code"]) for each in (nothing, wrong_day, strange)]
    assert codes == [(422, "nothing_waiting"), (422, "invalid_date"), (404, "not_found")]


def test_a_cancelled_payment_order_frees_its_movements(merchant, bank: Bank) -> None:
    bank.withdraw(300)
    made = merchant.post("/v1/payment_orders", _body(bank)).json

    cancelled = merchant.post(f"/v1/payment_orders/{made['id']}/cancel", {"reason": "wrong day"}, once=None).json

    assert cancelled["status"] == "cancelled"
    assert merchant.post("/v1/payment_orders", _body(bank)).json["line_count"] == 1
