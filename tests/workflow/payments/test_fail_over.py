"""When an account certainly began nothing, the next one takes the payment within the same request."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import new_id, show
from app.core.limits import breaker
from app.core.limits.breaker import Breaker
from app.core.limits.bulkhead import Bulkhead, Kind
from app.domain.payments.breaker_changes import BreakerChange
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.types import Outcome
from app.domain.payments.errors import NoChannel, PaymentInProgress
from app.domain.payments.models import ChannelExchange, PaymentAttempt, RoutingDecision
from app.domain.payments.routing import breaker_key
from app.workflow import guarded_channel
from app.workflow.accounts.change_settings import change_settings
from app.workflow.payments import manage_channels
from tests.factories.shop import Shop

NOBODY = "http://127.0.0.1:9"


def ahead(shop: Shop, *, channel: str = "simulator", name: str = "Ahead", **settings: str) -> uuid.UUID:
    """An account that is tried before the shop's own; nobody answers at its address."""
    values = {"base_url": NOBODY, "merchant_id": shop.merchant_id, "api_key": shop.api_key, "timeout_s": "3"}
    return manage_channels.add_channel_account(
        shop.business_id, channel=channel, name=name, values=values | settings, priority=1
    )


def attempts(shop: Shop, account_id: uuid.UUID | None = None) -> list[Any]:
    table = PaymentAttempt.__table__
    return [
        row
        for row in shop.many(select(table).order_by(table.c.created_at, table.c.id))
        if account_id in (None, row.channel_account_id)
    ]


def test_what_a_channel_gave_up_before_the_wire_has_failed_and_is_not_unknown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave_up = Outcome(status="unknown", message="no words for it")
    monkeypatch.setattr(SimulatorChannel, "start_payment", lambda *_: gave_up)
    order_id = shop.place()

    attempt = shop.attempt(shop.pay(order_id))

    assert (attempt.status, attempt.decline_code) == ("failed", "invalid_request")
    assert shop.order(order_id).status == "created"


@pytest.mark.parametrize("settings", [{}, {"api_key": "a-wrong-key-0123456789"}], ids=["unreachable", "refused"])
def test_the_next_account_takes_what_the_first_did_not_begin(shop: Shop, settings: dict[str, str]) -> None:
    first = ahead(shop, **({"base_url": shop.simulator} | settings if settings else {}))
    order_id, attempt_id = shop.place(), new_id()

    last = shop.pay(order_id, attempt_id)

    one, two = attempts(shop)
    assert (one.id, one.channel_account_id, one.status) == (attempt_id, first, "failed")
    assert one.decline_code == ("channel_misconfigured" if settings else "channel_unreachable")
    assert (two.id, two.channel_account_id, two.status) == (last, shop.account_id, "pending")
    assert shop.order(order_id).status == "paying"
    stored = shop.one(select(RoutingDecision.__table__).where(RoutingDecision.id == last))
    assert [each["against"] for each in stored.candidates] == [[{"code": "tried"}], []]
    shop.approve(last)
    shop.notice(last)
    shop.work_off()
    assert shop.order(order_id).status == "fulfilled"


def test_when_nobody_can_be_reached_the_order_may_be_tried_again(shop: Shop) -> None:
    ahead(shop)
    ahead(shop, name="Also ahead")
    manage_channels.change_channel_account(
        shop.business_id, shop.account_id, name="Pretend Pay", values={"merchant_id": "m", "base_url": NOBODY},
        enabled=True, priority=9,
    )  # fmt: skip
    order_id = shop.place()

    shop.pay(order_id)

    assert [each.status for each in attempts(shop)] == ["failed"] * 3
    assert shop.order(order_id).status == "created"
    assert shop.balance("merchant_payable", "pending") == 0


@pytest.mark.parametrize("most", [1, 2, 5])
def test_as_many_accounts_are_tried_as_the_business_chose(shop: Shop, most: int) -> None:
    for name in ("One", "Two", "Three", "Four", "Five"):
        ahead(shop, name=name)
    change_settings(shop.business_id, {"accounts_tried": most}, actor="test")

    shop.pay(shop.place())

    assert [each.status for each in attempts(shop)] == ["failed"] * most


@pytest.mark.parametrize("behavior", ["http_500", "garbage"])
def test_what_the_company_may_have_received_is_never_tried_elsewhere(shop: Shop, behavior: str) -> None:
    first = ahead(shop, base_url=shop.simulator)
    order_id, attempt_id = shop.place(), new_id()
    shop.script("create", behavior, out_trade_no=show("att", attempt_id), times=1)

    shop.pay(order_id, attempt_id)

    [only] = attempts(shop)
    assert (only.channel_account_id, only.status) == (first, "unknown")
    with pytest.raises(PaymentInProgress):
        shop.pay(order_id)


def test_a_buyers_decline_is_not_tried_elsewhere(shop: Shop) -> None:
    ahead(shop, base_url=shop.simulator)
    order_id, attempt_id = shop.place(), new_id()
    shop.script("create", "decline", out_trade_no=show("att", attempt_id), times=1, value="card_declined")

    shop.pay(order_id, attempt_id)

    assert [each.status for each in attempts(shop)] == ["failed"]
    assert shop.order(order_id).status == "created"


def test_an_attempt_that_may_have_been_sent_stays_open_when_sending_it_again_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ahead(shop)
    order_id, attempt_id = shop.place(), new_id()

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(guarded_channel.GuardedChannel, "start_payment", dies)
        with pytest.raises(KeyboardInterrupt):
            shop.pay(order_id, attempt_id)

    shop.pay(order_id, attempt_id)

    [only] = attempts(shop)
    assert (only.channel_account_id, only.status) == (first, "ready")
    [exchanges] = shop.many(select(ChannelExchange.__table__))
    assert exchanges.http_status is None


def test_an_account_that_fails_too_often_is_left_in_peace_and_tried_again(shop: Shop) -> None:
    moment = [1_000_000.0]
    first = ahead(shop)
    ours, before = Breaker(None, moment=lambda: moment[0]), breaker.current()
    breaker.use(ours)
    try:
        for _ in range(9):
            shop.pay(shop.place())
        tried = len(attempts(shop, first))
        moment[0] += 16
        shop.pay(shop.place())
        again = len(attempts(shop, first))
    finally:
        breaker.use(before)

    assert (tried, again) == (8, 9)
    assert len(attempts(shop, shop.account_id)) == 10
    table = BreakerChange.__table__
    found = shop.many(select(table).order_by(table.c.created_at))
    assert [(row.operation, row.before, row.after, row.pause_s) for row in found] == [
        ("create", "closed", "open", 15),
        ("create", "open", "half_open", 15),
        ("create", "half_open", "open", 30),
    ]


def test_a_channel_whose_only_account_is_left_in_peace_cannot_be_chosen(shop: Shop) -> None:
    before = breaker.current()
    breaker.use(Breaker(None))
    try:
        for _ in range(8):
            breaker.current().report(breaker_key(shop.account_id, "create"), is_good=False)
        with pytest.raises(NoChannel):
            shop.pay(shop.place())
    finally:
        breaker.use(before)


def test_too_many_calls_at_once_go_to_the_next_account(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ahead(shop, base_url=shop.simulator)
    full = Bulkhead({"pay": 9}, {"create": Kind("pay", 9, to_one_side=1)}, wait_s=0.01)
    monkeypatch.setattr("app.core.limits.bulkhead._current", full)

    with full.slot("create", shop.business_id, first):
        last = shop.pay(shop.place())

    assert [each.channel_account_id for each in attempts(shop)] == [first, shop.account_id]
    assert shop.attempt(last).status == "pending"
