"""Adjustments over HTTP: requested once, with a document, posted when a person approved them, and reversed."""

from __future__ import annotations

import pytest

from app.core.ids import parse, show
from tests.factories.settlements import Accountant, accountant_of


@pytest.fixture
def accountant(merchant) -> Accountant:
    return accountant_of(merchant.shop)


def _body(accountant: Accountant, **more: object) -> dict[str, object]:
    bank = {"account": "bank", "bank_account_id": show("bka", accountant.bank_id)}
    lines = [
        {**bank, "currency": "USD", "amount_minor": 500},
        {"account": "suspense", "currency": "USD", "amount_minor": -500},
    ]
    return {"reason": "Found on the statement", "lines": lines, **more}


def test_an_adjustment_is_requested_once_posted_and_reversed(merchant, accountant: Accountant) -> None:
    body = _body(accountant)
    made = [merchant.post("/v1/adjustments", body, once="adjustment-1").json for _ in range(2)]
    path = f"/v1/adjustments/{made[0]['id']}"
    accountant.approve(parse("adj", made[0]["id"]))
    reversal = merchant.post("/v1/adjustments/reversals", {"reverses_id": made[0]["id"], "reason": "A mistake"}).json
    again = merchant.post("/v1/adjustments/reversals", {"reverses_id": made[0]["id"], "reason": "A mistake"})
    accountant.approve(parse("adj", reversal["id"]))

    assert made[0] == made[1]
    assert made[0]["lines"][0]["bank_account_id"] == body["lines"][0]["bank_account_id"]
    assert (again.status_code, again.json["code"]) == (409, "not_reversible")
    assert reversal["reverses_id"] == made[0]["id"]
    assert [line["amount_minor"] for line in reversal["lines"]] == [-500, 500]
    assert merchant.get(path).json["status"] == "reversed"
    assert [each["id"] for each in merchant.get("/v1/adjustments?status=posted").json["data"]] == [reversal["id"]]


def test_its_document_is_kept_and_answered(merchant, accountant: Accountant) -> None:
    path = f"/v1/adjustments/{merchant.post('/v1/adjustments', _body(accountant)).json['id']}"

    none = merchant.get(f"{path}/document")
    attached = merchant.post(f"{path}/document", (b"%PDF-1.7", {"name": "statement.pdf"}), once=None)
    rejected = merchant.post(f"{path}/reject", {"reason": "not ours"}, once=None).json

    assert none.status_code == 404
    assert (attached.status_code, attached.json["document_name"]) == (200, "statement.pdf")
    assert merchant.get(f"{path}/document").data == b"%PDF-1.7"
    assert rejected["status"] == "rejected"


def test_lines_that_do_not_fit_are_refused(merchant, accountant: Accountant) -> None:
    body = _body(accountant)
    first, second = body["lines"]
    crooked = merchant.post("/v1/adjustments", {**body, "lines": [first, {**second, "amount_minor": -499}]})
    foreign = merchant.post("/v1/adjustments", {**body, "lines": [{**first, "account": "suspense"}, second]})

    codes = [(each.status_code, each.json["code"]) for each in (crooked, foreign)]
    assert codes == [(422, "unbalanced"), (422, "invalid_line")]
