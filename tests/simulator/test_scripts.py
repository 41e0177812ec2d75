"""Every failure on demand, seen from outside."""

import json
import signal
import threading
from typing import Any

import httpx
import pytest

from ops.testing.stack import Stack
from sandbox.simulator.signature import sign_notice
from tests.simulator.company import KEY, Company, Message, Receiver, eventually, payment_request


def is_signed(message: Message) -> bool:
    expected = sign_notice(KEY, message.headers["X-Timestamp"], message.body)
    return expected == message.headers["X-Signature"]


@pytest.mark.parametrize("behavior", ["drop", "timeout_before", "timeout_after"])
def test_an_answer_can_be_lost(company: Company, behavior: str) -> None:
    request = payment_request()
    company.script("create", behavior, times=1, **({} if behavior == "drop" else {"value": 0}))

    with pytest.raises(httpx.RemoteProtocolError):
        company.call("POST", "/payments", request)

    known = company.call("GET", f"/payments/{request['out_trade_no']}").status_code == 200
    assert known is (behavior == "timeout_after")


@pytest.mark.parametrize(("value", "is_known"), [(None, False), ("after", True)])
def test_a_server_error_before_or_after_acting(company: Company, value: str | None, is_known: bool) -> None:
    request = payment_request()
    company.script("create", "http_500", value=value, times=1)

    assert company.call("POST", "/payments", request).status_code == 500

    found = company.call("GET", f"/payments/{request['out_trade_no']}").status_code
    assert found == (200 if is_known else 404)


@pytest.mark.parametrize("kind", ["html", "truncated", "empty", "array", "redirect", "huge"])
def test_answers_can_be_garbage(company: Company, kind: str) -> None:
    payment = company.open()
    company.script("query", "garbage", value=kind, times=1)

    answer = company.call("GET", f"/payments/{payment['out_trade_no']}")

    assert answer.status_code == (302 if kind == "redirect" else 200)
    assert b'"status": "pending"' not in answer.content


def test_answers_can_carry_another_amount_or_currency(company: Company) -> None:
    payment = company.open()
    company.script("query", "wrong_amount", value=-5, times=1)
    company.script("query", "wrong_currency", times=1)
    path = f"/payments/{payment['out_trade_no']}"

    response = [company.call("GET", path).json() for _ in range(3)]

    assert [(each["amount"], each["currency"]) for each in response] == [(1975, "USD"), (1980, "EUR"), (1980, "USD")]


def test_scripts_of_a_payment_come_first_and_end(company: Company) -> None:
    payment, other = company.open(), company.open()
    company.script("query", "http_500")
    number = payment["out_trade_no"]
    company.script("query", "wrong_amount", scope="payment", out_trade_no=number, times=1)

    assert company.call("GET", f"/payments/{number}").json()["amount"] == 1981
    assert company.call("GET", f"/payments/{number}").status_code == 500
    assert company.call("GET", f"/payments/{other['out_trade_no']}").status_code == 500
    company.admin("DELETE", "/scripts")
    assert company.call("GET", f"/payments/{number}").status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        {"operation": "fly", "behavior": "drop"},
        {"operation": "close", "behavior": "wrong_amount"},
        {"operation": "query", "behavior": "drop", "times": 0},
        {"operation": "query", "behavior": "delay", "value": "soon"},
        {"operation": "notice", "behavior": "duplicate", "value": 1000},
        {"operation": "query", "behavior": "drop", "scope": "payment"},
    ],
    ids=str,
)
def test_a_script_nobody_can_play_is_refused(company: Company, bad: dict[str, Any]) -> None:
    assert company.client.post(f"{company.url}/admin/scripts", json=bad).status_code == 422


def test_a_notice_is_tried_again_until_it_is_acknowledged(company: Company, receiver: Receiver) -> None:
    company.admin("POST", "/settings", {"ladder": [0, 0, 0, 0]})
    receiver.answers += [500, 302]

    payment = approved(company, receiver)

    first, *others = [message.data for message in receiver.wait(3)]
    assert others == [first, first]
    notice = eventually(lambda: finished(company, payment, "delivered"))
    assert (notice["attempts"], notice["last_status"]) == (3, 200)


def test_a_notice_is_abandoned_at_the_end_of_the_schedule(company: Company, receiver: Receiver) -> None:
    company.admin("POST", "/settings", {"ladder": [0, 0]})
    receiver.answers += [500, 500]

    payment = approved(company, receiver)

    assert eventually(lambda: finished(company, payment, "abandoned"))["attempts"] == 2


def test_notices_outlive_a_hard_stop(own_stack: Stack, own_company: Company, receiver: Receiver) -> None:
    own_company.admin("POST", "/settings", {"ladder": [3600]})
    payment = approved(own_company, receiver)
    own_stack.kill("simulator")

    own_stack.start("simulator")
    notice = finished(own_company, payment, "waiting")
    own_company.admin("POST", f"/notices/{notice['notice_id']}/send")

    assert receiver.wait(1)[0].data["notice_id"] == notice["notice_id"]


def test_a_dropped_notice_comes_on_the_next_step(company: Company, receiver: Receiver) -> None:
    company.admin("POST", "/settings", {"ladder": [0, 0, 0]})
    company.script("notice", "drop", times=2)

    payment = approved(company, receiver)

    receiver.wait(1)
    assert eventually(lambda: finished(company, payment, "delivered"))["attempts"] == 3


def test_a_notice_comes_many_times_at_once(company: Company, receiver: Receiver) -> None:
    company.script("notice", "duplicate", value=10, times=1)

    approved(company, receiver)

    messages = receiver.wait(10)
    assert len({message.body for message in messages}) == 1
    assert all(is_signed(message) for message in messages)


def test_a_later_notice_can_overtake(company: Company, receiver: Receiver) -> None:
    company.script("notice", "reorder", value=3600, times=1)
    payment = approved(company, receiver)
    eventually(lambda: company.admin("GET", "/scripts")["data"][0]["used"] == 1)

    refund = {"out_refund_no": "r1", "out_trade_no": payment["out_trade_no"], "amount": 1, "currency": "USD"}
    company.call("POST", "/refunds", refund)

    events = [message.data["event"] for message in receiver.wait(2)]
    assert events == ["refund.succeeded", "payment.succeeded"]


def test_a_delayed_notice_waits_once(company: Company, receiver: Receiver) -> None:
    company.script("notice", "delay", value=0)

    approved(company, receiver)

    assert is_signed(receiver.wait(1)[0])


@pytest.mark.parametrize("behavior", ["forge", "stale", "wrong_amount", "wrong_currency", "wrong_merchant"])
def test_a_notice_can_lie(company: Company, receiver: Receiver, behavior: str) -> None:
    company.admin("POST", "/settings", {"ladder": [0, 0]})
    company.script("notice", behavior, times=1)
    receiver.answers += [400]

    approved(company, receiver)

    lie, truth = receiver.wait(2)
    assert is_signed(lie) is (behavior != "forge")
    assert is_signed(truth)
    answer = {name: lie.data[name] for name in lie.data if lie.data[name] != truth.data[name]}
    expected = {
        "wrong_amount": {"amount": 1981},
        "wrong_currency": {"currency": "EUR"},
        "wrong_merchant": {"merchant_id": "someone_else"},
    }
    assert answer == expected.get(behavior, {})
    age = int(truth.headers["X-Timestamp"]) - int(lie.headers["X-Timestamp"])
    assert (age >= 600) is (behavior == "stale")


@pytest.mark.parametrize("kind", ["html", "truncated", "duplicate_keys", "float_amount", "not_utf8"])
def test_a_notice_can_be_garbage_with_a_good_signature(company: Company, receiver: Receiver, kind: str) -> None:
    company.script("notice", "garbage", value=kind, times=1)

    approved(company, receiver)

    message = receiver.wait(1)[0]
    assert is_signed(message)
    if kind in ("html", "truncated", "not_utf8"):
        with pytest.raises(ValueError, match=r".+"):
            json.loads(message.body.decode())


def test_calls_and_notices_are_logged(company: Company, receiver: Receiver) -> None:
    company.script("query", "http_500", times=1)
    payment = approved(company, receiver)
    eventually(lambda: finished(company, payment, "delivered"))
    company.call("GET", f"/payments/{payment['out_trade_no']}")

    calls = company.admin("GET", f"/calls?out_trade_no={payment['out_trade_no']}")["data"]

    seen = [(call["direction"], call["operation"], call["http_status"], call["script"]) for call in calls]
    assert seen == [("in", "create", 201, None), ("out", "notice", 200, None), ("in", "query", 500, "http_500")]


def test_stopping_answers_the_calls_under_way(own_stack: Stack, own_company: Company) -> None:
    payment = own_company.open()
    own_company.script("query", "delay", value=3600)
    answers: list[int] = []
    path = f"/payments/{payment['out_trade_no']}"
    caller = threading.Thread(target=lambda: answers.append(own_company.call("GET", path).status_code))
    caller.start()
    eventually(lambda: own_company.admin("GET", "/scripts")["data"][0]["used"] == 1)

    own_stack.running["simulator"].send_signal(signal.SIGTERM)

    assert own_stack.wait_ended("simulator") == 0
    caller.join(60)
    assert answers == [200]


def approved(company: Company, receiver: Receiver) -> dict[str, Any]:
    payment = company.open(receiver)
    company.decide(payment["trade_no"], "approve")
    return payment


def finished(company: Company, payment: dict[str, Any], state: str) -> dict[str, Any]:
    """The payment's only notice when it is in this state, else nothing."""
    (notice,) = company.admin("GET", f"/payments/{payment['out_trade_no']}")["notices"]
    return dict(notice) if notice["state"] == state else {}
