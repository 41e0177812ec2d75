"""Notices at their door: believed only when everything agrees, and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id, show
from app.domain.payments.models import ChannelNotice
from app.domain.payments.refused import RefusedNotice
from app.workflow.payments import record_refused_notice


@pytest.fixture
def paying(shop):
    """An order whose buyer has just paid at the company; the notice is still to come."""
    order_id = shop.place(2)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    return order_id, attempt_id


def send(app, shop, body: bytes, *, account: str = "", channel: str = "simulator", **signed):
    path = f"/callbacks/{channel}/{account or show('cha', shop.account_id)}"
    return app.test_client().post(path, data=body, headers=shop.headers(body, **signed))


@pytest.fixture(autouse=True)
def _no_flood_before() -> None:
    record_refused_notice.tally.forget()


def refused(shop) -> list[str]:
    return [row.reason for row in shop.many(select(RefusedNotice.reason))]


def verdicts(shop) -> dict[str, int]:
    counted = select(ChannelNotice.verdict, func.count().label("number")).group_by(ChannelNotice.verdict)
    return {row.verdict: row.number for row in shop.many(counted)}


def test_a_genuine_notice_pays_the_order(app, shop, paying) -> None:
    order_id, attempt_id = paying

    answer = send(app, shop, shop.notice_bytes(attempt_id))

    assert answer.status_code == 200
    assert shop.order(order_id).status == "paid"
    assert shop.order(order_id).paid_minor == 2000


@pytest.mark.parametrize(
    ("changes", "signed", "reason"),
    [
        ({}, {"key": "f" * 48}, "bad_signature"),
        ({}, {"age_s": 301}, "stale"),
        ({}, {"age_s": -400}, "stale"),
        ({"amount": 1999}, {}, "wrong_amount"),
        ({"amount": 200_000}, {}, "wrong_amount"),
        ({"currency": "EUR"}, {}, "wrong_currency"),
        ({"merchant_id": "somebody-else"}, {}, "wrong_merchant"),
        ({"out_trade_no": show("att", new_id())}, {}, "unknown_order"),
        ({"out_trade_no": "att_nothing"}, {}, "unknown_order"),
        ({"trade_no": "pp_another"}, {}, "wrong_trade"),
        ({"amount": -2000}, {}, "malformed"),
        ({"amount": 2000.0}, {}, "malformed"),
        ({"amount": "2000"}, {}, "malformed"),
        ({"amount": True}, {}, "malformed"),
        ({"status": "failed"}, {}, "malformed"),
        ({"event": "payment.celebrated"}, {}, "malformed"),
    ],
)
def test_a_notice_that_does_not_agree_changes_nothing(app, shop, paying, changes, signed, reason) -> None:
    order_id, attempt_id = paying
    before = shop.attempt(attempt_id)

    answer = send(app, shop, shop.notice_bytes(attempt_id, **changes), **signed)

    assert (answer.status_code, answer.text) == (400, reason)
    assert shop.order(order_id).status == "paying"
    assert shop.attempt(attempt_id) == before
    assert refused(shop) == [reason]
    assert verdicts(shop) == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"notice_id": {}}', b"[" * 5000])
def test_garbage_is_refused_even_when_it_is_signed(app, shop, body: bytes) -> None:
    answer = send(app, shop, body)

    assert (answer.status_code, answer.text) == (400, "malformed")


def test_a_notice_of_another_shop_pays_nothing(app, shop, paying, new_shop) -> None:
    order_id, attempt_id = paying
    other = new_shop()
    body = shop.notice_bytes(attempt_id, merchant_id=other.merchant_id)

    answer = send(app, other, body)

    assert (answer.status_code, answer.text) == (400, "unknown_order")
    assert shop.order(order_id).status == "paying"


def test_a_door_that_does_not_exist_is_absent(app, shop) -> None:
    known = show("cha", shop.account_id)

    for channel, account in (("stripe", known), ("simulator", show("cha", new_id())), ("simulator", "1 OR 1=1")):
        answer = send(app, shop, b"{}", channel=channel, account=account)

        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


def test_a_body_beyond_the_limit_is_refused(app, shop) -> None:
    assert send(app, shop, b"x" * 262_145).status_code == 413


def test_one_notice_ten_times_at_once_has_one_effect(app, shop, paying) -> None:
    order_id, attempt_id = paying
    body = shop.notice_bytes(attempt_id)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _number: send(app, shop, body), range(10)))
    shop.work_off()

    assert {answer.status_code for answer in answers} == {200}
    assert verdicts(shop) == {"accepted": 1, "duplicate": 9}
    assert shop.order(order_id).paid_minor == 2000
    assert shop.order(order_id).status == "fulfilled"
    assert len(shop.entitlements()) == 1
