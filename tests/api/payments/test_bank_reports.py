"""The bank's files over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.bank_reports import camt054
from tests.factories.payment_orders import Bank, bank_of


@pytest.fixture
def bank(merchant) -> Bank:
    return bank_of(merchant.shop)


def _send(merchant, content: bytes, **form: str) -> Any:
    return merchant.post("/v1/bank_reports", (content, form))


def test_a_file_is_looked_at_and_then_recorded(merchant, bank: Bank) -> None:
    moved = bank.withdraw(100)
    [line] = bank.lines(bank.sent())
    content = camt054((line.reference, "DBIT", "1.00", ""), ("NOTOURS", "DBIT", "1.00", ""))

    looked = _send(merchant, content)
    before = bank.status(moved)
    recorded = _send(merchant, content, record="true")
    again = _send(merchant, content, record="true").json["data"]
    refused = _send(merchant, b"x")

    assert (looked.json["recorded"], before) == (False, "open")
    assert (recorded.json["recorded"], bank.status(moved)) == (True, "succeeded")
    assert [each["verdict"] for each in recorded.json["data"]] == ["record", "unknown"]
    assert [each["verdict"] for each in again] == ["known", "unknown"]
    assert again[1]["line_id"] is None
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_file")
