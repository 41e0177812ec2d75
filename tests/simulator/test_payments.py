"""What a merchant and a buyer can do with a payment."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.company import KEY, Company, Receiver, eventually, number, payment_request


def test_the_same_number_opens_the_same_payment(company: Company) -> None:
    request = payment_request()

    first = company.call("POST", "/payments", request)
    second = company.call("POST", "/payments", request)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize("other", [{"amount": 1981}, {"currency": "EUR"}])
def test_a_number_cannot_be_used_for_another_amount(company: Company, other: dict[str, Any]) -> None:
    request = payment_request()
    company.call("POST", "/payments", request)

    answer = company.call("POST", "/payments", request | other)

    assert (answer.status_code, answer.json()["code"]) == (422, "number_reused")


@pytest.mark.parametrize(
    "bad",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": "1980"},
        {"amount": True},
        {"amount": 2**63},
        {"currency": "usd"},
        {"scene": "fax"},
        {"out_trade_no": "a b"},
        {"subject": ""},
        {"notify_url": "file:///etc/passwd"},
        {"return_url": "javascript:alert(1)"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2099-01-01T00:00:00"},
    ],
    ids=str,
)
def test_bad_fields_are_refused(company: Company, bad: dict[str, Any]) -> None:
    answer = company.call("POST", "/payments", payment_request(**bad))

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_only_a_fresh_signature_of_a_known_merchant_is_accepted(company: Company) -> None:
    codes = [
        company.call("POST", "/payments", payment_request(), **more).json()["code"]
        for more in (
            {"key": "wrong"},
            {"merchant_id": "nobody"},
            {"at": time.time() - 400},
            {"at": time.time() + 400},
        )
    ]

    assert codes == ["invalid_signature", "unknown_merchant", "stale_timestamp", "stale_timestamp"]


def test_both_keys_are_accepted_while_a_merchant_changes_them(company: Company) -> None:
    company.register(key="new-key")

    assert company.call("GET", "/payments/none", key=KEY).status_code == 404
    assert company.call("GET", "/payments/none", key="new-key").status_code == 404

    company.admin("DELETE", "/merchants/m_test/previous_key")
    assert company.call("GET", "/payments/none", key=KEY).status_code == 401


@pytest.mark.parametrize(
    ("action", "status", "event"),
    [
        ("approve", "succeeded", "payment.succeeded"),
        ("decline", "failed", "payment.failed"),
        ("cancel", "closed", "payment.closed"),
    ],
)
def test_the_buyer_decides_and_the_merchant_is_notified(
    company: Company, receiver: Receiver, action: str, status: str, event: str
) -> None:
    payment = company.open(receiver)

    back = company.decide(payment["trade_no"], action, reason="insufficient_funds")

    assert (back.status_code, back.headers["Location"]) == (303, "http://127.0.0.1:9/back?order=1")
    assert company.call("GET", f"/payments/{payment['out_trade_no']}").json()["status"] == status
    result = receiver.wait(1)[0].data
    assert (result["event"], result["status"], result["amount"], result["currency"]) == (event, status, 1980, "USD")
    assert result.get("decline_code") == ("insufficient_funds" if action == "decline" else None)


def test_leaving_decides_nothing(company: Company) -> None:
    payment = company.open()

    back = company.decide(payment["trade_no"], "leave")

    assert back.status_code == 303
    assert company.call("GET", f"/payments/{payment['out_trade_no']}").json()["status"] == "pending"


def test_a_second_decision_changes_nothing(company: Company, receiver: Receiver) -> None:
    payment = company.open(receiver)

    company.decide(payment["trade_no"], "approve")
    company.decide(payment["trade_no"], "decline", reason="card_declined")

    shown = company.admin("GET", f"/payments/{payment['out_trade_no']}")
    assert (shown["status"], len(shown["notices"])) == ("succeeded", 1)


def test_the_bank_can_be_told_to_decline_or_to_approve_by_itself(company: Company) -> None:
    company.script("pay", "decline", value="limit_exceeded", times=1)
    declined = company.open()
    company.decide(declined["trade_no"], "approve")
    shown = company.call("GET", f"/payments/{declined['out_trade_no']}").json()
    assert (shown["status"], shown["decline_code"]) == ("failed", "limit_exceeded")

    company.script("pay", "approve")
    assert company.open()["status"] == "succeeded"


def test_a_closed_payment_cannot_be_paid_and_a_paid_one_not_closed(company: Company) -> None:
    closed, paid = company.open(), company.open()
    company.admin("POST", f"/payments/{paid['out_trade_no']}/approve")

    first = company.call("POST", f"/payments/{closed['out_trade_no']}/close")
    again = company.call("POST", f"/payments/{closed['out_trade_no']}/close")
    late = company.call("POST", f"/payments/{paid['out_trade_no']}/close")
    company.decide(closed["trade_no"], "approve")

    assert (first.status_code, again.status_code) == (200, 200)
    assert (late.status_code, late.json()["status"]) == (409, "succeeded")
    assert company.call("GET", f"/payments/{closed['out_trade_no']}").json()["status"] == "closed"


def test_closing_a_number_keeps_it_from_being_opened(company: Company) -> None:
    request = payment_request()

    unknown = company.call("POST", f"/payments/{request['out_trade_no']}/close")
    opened = company.call("POST", "/payments", request)

    assert unknown.status_code == 404
    assert (opened.status_code, opened.json()["code"]) == (409, "payment_closed")


def test_time_closes_a_payment(company: Company, receiver: Receiver) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    answer = company.call("POST", "/payments", payment_request(receiver, expires_at=soon))
    assert answer.status_code in (201, 422)  # 422: this machine took a second to get here
    if answer.status_code == 201:
        path = f"/payments/{answer.json()['out_trade_no']}"
        eventually(lambda: company.call("GET", path).json()["status"] == "closed")
        assert receiver.wait(1)[0].data["close_reason"] == "expired"


def test_money_can_arrive_after_a_no(company: Company, receiver: Receiver) -> None:
    payment = company.open(receiver)
    company.call("POST", f"/payments/{payment['out_trade_no']}/close")

    company.admin("POST", f"/payments/{payment['out_trade_no']}/approve", {"force": True})

    events = {message.data["event"] for message in receiver.wait(2)}
    assert events == {"payment.closed", "payment.succeeded"}


def test_refunds_in_parts_up_to_what_was_paid(company: Company, receiver: Receiver) -> None:
    payment = company.open(receiver)
    company.decide(payment["trade_no"], "approve")
    receiver.wait(1)
    expected = _refund(payment, 1000)

    first = company.call("POST", "/refunds", expected)
    again = company.call("POST", "/refunds", expected)
    other = company.call("POST", "/refunds", expected | {"amount": 1})
    too_much = company.call("POST", "/refunds", _refund(payment, 981))
    rest = company.call("POST", "/refunds", _refund(payment, 980))

    assert [each.status_code for each in (first, again, other, too_much, rest)] == [201, 200, 422, 422, 201]
    assert first.json() == again.json()
    assert too_much.json()["code"] == "refund_exceeds_payment"
    answers = [message.data for message in receiver.wait(3)[1:]]
    assert {each["event"] for each in answers} == {"refund.succeeded"}
    assert sum(each["amount"] for each in answers) == 1980


def test_a_refund_of_an_unpaid_payment_is_refused(company: Company) -> None:
    answer = company.call("POST", "/refunds", _refund(company.open(), 100))

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_paid")


def test_refunds_can_fail_or_wait(company: Company, receiver: Receiver) -> None:
    payment = company.open(receiver)
    company.decide(payment["trade_no"], "approve")
    company.script("refund", "decline", value="account_closed", times=1)
    company.script("refund", "pending", times=1)

    failed = company.call("POST", "/refunds", _refund(payment, 1980)).json()
    waiting = company.call("POST", "/refunds", _refund(payment, 1980)).json()
    company.admin("POST", f"/refunds/{waiting['out_refund_no']}/succeed")

    assert (failed["status"], failed["code"], waiting["status"]) == ("failed", "account_closed", "pending")
    assert company.call("GET", f"/refunds/{waiting['out_refund_no']}").json()["status"] == "succeeded"
    assert company.call("GET", "/refunds/none").status_code == 404
    events = {message.data["event"] for message in receiver.wait(3)}
    assert events == {"payment.succeeded", "refund.failed", "refund.succeeded"}


def test_the_bill_lists_what_was_paid_and_refunded(company: Company) -> None:
    payment = company.open()
    company.open()
    company.decide(payment["trade_no"], "approve")
    company.call("POST", "/refunds", _refund(payment, 500))

    days = {datetime.now(UTC).date(), (datetime.now(UTC) - timedelta(minutes=5)).date()}
    bills = [company.call("GET", f"/bills/{day.isoformat()}").text.splitlines() for day in days]

    lines = [line.split(",") for bill in bills for line in bill[1:]]
    movements = [(line[0], line[4], line[6]) for line in lines if line[0] in ("payment", "refund")]
    assert movements == [("payment", "1980", "12"), ("refund", "-500", "-3")]
    assert company.call("GET", "/bills/2999-01-01").status_code == 404
    assert company.call("GET", "/bills/yesterday").status_code == 422


def _refund(payment: dict[str, Any], amount: int) -> dict[str, Any]:
    return {
        "out_refund_no": number(),
        "out_trade_no": payment["out_trade_no"],
        "amount": amount,
        "currency": "USD",
        "reason": "asked for",
    }
