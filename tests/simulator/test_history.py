"""Movements of the past that the company is told of."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.company import MERCHANT, Company

AT = "2026-01-02T10:00:00+00:00"
PAYMENT = {"number": "PPOLD", "our_number": "att_old", "amount": 900, "currency": "USD", "subject": "Shop", "at": AT}
REFUND = {**PAYMENT, "number": "PROLD", "our_number": "att_back", "amount": 300, "of": "att_old"}


def _tell(company: Company, **more: Any) -> Any:
    about = {"merchant_id": MERCHANT, "notify_url": "http://127.0.0.1:9/n", "return_url": "http://127.0.0.1:9/"}
    return company.admin("POST", "/history", about | {"payments": [PAYMENT], "refunds": [REFUND]} | more)


def _refund(company: Company, amount: int) -> httpx.Response:
    body = {"out_refund_no": f"r{amount}", "out_trade_no": "att_old", "amount": amount, "currency": "USD"}
    return company.call("POST", "/refunds", body)


def test_what_is_left_of_an_old_payment_can_be_refunded(company: Company) -> None:
    assert _tell(company) == {"new": 2}

    assert _refund(company, 601).json()["code"] == "refund_exceeds_payment"
    assert _refund(company, 600).status_code == 201
    assert company.call("GET", "/payments/att_old").json()["paid_at"] == "2026-01-02T10:00:00.000Z"


def test_telling_again_changes_nothing_and_nobody_is_notified(company: Company) -> None:
    _tell(company)

    again = _tell(company)

    assert again == {"new": 0}
    assert company.admin("GET", "/payments/att_old")["notices"] == []


def test_a_refund_of_an_unknown_payment_is_left_out(company: Company) -> None:
    assert _tell(company, payments=[]) == {"new": 0}


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"currency": "usd"}, {"at": "yesterday"}, {"number": ""}])
def test_a_bad_movement_is_refused_with_all_others(company: Company, wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="invalid_request"):
        _tell(company, payments=[PAYMENT, {**PAYMENT, "our_number": "att_2", **wrong}])

    assert company.call("GET", "/payments/att_old").status_code == 404
