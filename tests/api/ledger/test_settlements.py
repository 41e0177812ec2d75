"""Settlements over HTTP: recorded once, in the ledger when a person confirmed them."""

from __future__ import annotations

import pytest

from app.core.clock import now
from app.core.ids import parse, show
from tests.factories.settlements import Accountant, accountant_of


@pytest.fixture
def accountant(merchant) -> Accountant:
    return accountant_of(merchant.shop)


def _body(accountant: Accountant, **more: object) -> dict[str, object]:
    accounts = {
        "channel_account_id": show("cha", accountant.shop.account_id),
        "bank_account_id": show("bka", accountant.bank_id),
    }
    amounts = {"currency": "USD", "gross_minor": 1000, "fee_minor": 30, "net_minor": 970}
    return {**accounts, **amounts, "reference": "ST-1", "settled_on": now().date().isoformat(), **more}


def test_a_settlement_is_recorded_once_and_confirmed_by_a_person(merchant, accountant: Accountant) -> None:
    made = [merchant.post("/v1/settlements", _body(accountant), once="settlement-1").json for _ in range(2)]
    accountant.confirm(parse("stl", made[0]["id"]))
    path = f"/v1/settlements/{made[0]['id']}"
    late = merchant.post(f"{path}/reject", {"reason": "mistake"}, once=None)

    assert made[0] == made[1]
    assert (made[0]["status"], made[0]["refund_minor"], made[0]["decided_at"]) == ("recorded", 0, None)
    assert merchant.get(path).json["status"] == "confirmed"
    assert (late.status_code, late.json["code"]) == (409, "version_conflict")
    assert [each["id"] for each in merchant.get("/v1/settlements?status=confirmed").json["data"]] == [made[0]["id"]]
    assert merchant.get("/v1/settlements?status=recorded").json["data"] == []


def test_a_rejected_document_can_be_recorded_again(merchant, accountant: Accountant) -> None:
    made = merchant.post("/v1/settlements", _body(accountant)).json
    again = merchant.post("/v1/settlements", _body(accountant))
    rejected = merchant.post(f"/v1/settlements/{made['id']}/reject", {"reason": "mistake"}, once=None).json

    assert (again.status_code, again.json["code"]) == (409, "settlement_recorded")
    assert rejected["status"] == "rejected"
    assert merchant.post("/v1/settlements", _body(accountant)).status_code == 201


def test_a_settlement_that_does_not_add_up_is_refused(merchant, accountant: Accountant) -> None:
    wrong = merchant.post("/v1/settlements", _body(accountant, net_minor=971))
    day = merchant.post("/v1/settlements", _body(accountant, settled_on="2026-02-30"))
    currency = merchant.post("/v1/settlements", _body(accountant, currency="EUR"))

    codes = [(each.status_code, each.json["code"]) for each in (wrong, day, currency)]
    assert codes == [(422, "wrong_amount"), (422, "invalid_date"), (422, "bank_account_currency")]
