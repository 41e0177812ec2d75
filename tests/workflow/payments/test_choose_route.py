"""Routing a real payment: the facts it is decided by, and the decision that stays with the attempt."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.domain.payments.errors import NoChannel
from app.domain.payments.models import ChannelTerms, RoutingDecision, RoutingRule
from app.workflow.payments import manage_channels
from tests.factories.shop import Shop


def another(shop: Shop, name: str, *, priority: int = 100) -> uuid.UUID:
    """A second account of the shop's at the pretend company."""
    return manage_channels.add_channel_account(
        shop.business_id,
        channel="simulator",
        name=name,
        values={"base_url": shop.simulator, "merchant_id": shop.merchant_id, "api_key": shop.api_key},
        priority=priority,
    )


def add(shop: Shop, model: Any, **values: Any) -> None:
    with db.phase("test.add", shop.business_id):
        db.add(model, **values)


def decision(shop: Shop, attempt_id: uuid.UUID) -> Any:
    return shop.one(select(RoutingDecision.__table__).where(RoutingDecision.id == attempt_id))


def test_the_decision_stays_with_the_attempt(shop: Shop) -> None:
    better = another(shop, "Better", priority=1)

    attempt_id = shop.pay(shop.place())

    stored = decision(shop, attempt_id)
    assert shop.attempt(attempt_id).channel_account_id == better
    assert stored.requested_channel == "simulator"
    assert [each["name"] for each in stored.candidates] == ["Better", "Pretend Pay"]
    assert [each["usable"] for each in stored.candidates] == [True, True]


def test_a_daily_limit_counts_what_today_took_and_may_still_take(shop: Shop) -> None:
    add(shop, ChannelTerms, channel_account_id=shop.account_id, currency="USD", daily_minor=2500)
    declined = shop.pay(shop.place())
    shop.decline(declined)
    shop.poll(declined)
    shop.paid_order()
    shop.pay(shop.place())

    with pytest.raises(NoChannel):
        shop.pay(shop.place())

    second = another(shop, "Second", priority=200)
    attempt_id = shop.pay(shop.place())
    assert shop.attempt(attempt_id).channel_account_id == second
    [refused] = [each for each in decision(shop, attempt_id).candidates if not each["usable"]]
    assert refused["against"] == [{"code": "daily", "limit_minor": 2500, "used_minor": 2000, "currency": "USD"}]


@pytest.mark.parametrize("fits", [True, False])
def test_a_rule_for_a_product_looks_into_the_order(shop: Shop, fits: bool) -> None:
    special = another(shop, "Special", priority=200)
    targets = [{"account_id": str(special), "weight": 1}]
    about = {"product_id": shop.product_id} if fits else {"currency": "EUR"}
    add(shop, RoutingRule, name="Memberships", targets=targets, **about)

    attempt_id = shop.pay(shop.place())

    assert shop.attempt(attempt_id).channel_account_id == (special if fits else shop.account_id)


def test_a_rule_that_is_switched_off_does_nothing(shop: Shop) -> None:
    special = another(shop, "Special", priority=200)
    targets = [{"account_id": str(special), "weight": 1}]
    add(shop, RoutingRule, name="Off", targets=targets, enabled=False)

    assert shop.attempt(shop.pay(shop.place())).channel_account_id == shop.account_id


def test_a_wallet_is_taken_only_when_it_is_chosen(shop: Shop) -> None:
    manage_channels.add_channel_account(shop.business_id, channel="wallet", name="Balance", values={}, priority=1)

    attempt_id = shop.pay(shop.place(), new_id(), channel=None)

    assert shop.attempt(attempt_id).channel == "simulator"
