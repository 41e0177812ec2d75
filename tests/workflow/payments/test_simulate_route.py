"""Which account a payment would take, without making one."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core import clock, db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.payments.models import ChannelTerms, RoutingDecision
from app.domain.payments.routing import Route
from app.workflow.payments.simulate_route import simulate_route
from tests.factories.shop import Shop


def _route(shop: Shop, minor: int) -> Route:
    return simulate_route(
        shop.business_id, Money(minor, "USD"), scene="web", moment=clock.now(), requested_channel=None, seed=new_id()
    )


def test_a_route_is_found_as_a_payment_would_find_it_and_nothing_is_written(shop: Shop) -> None:
    with db.phase("test.limit", shop.business_id):
        db.add(ChannelTerms, channel_account_id=shop.account_id, currency="USD", max_minor=1500)

    assert [each.account.id for each in _route(shop, 1000).usable] == [shop.account_id]
    assert _route(shop, 2000).usable == ()
    with db.reading(shop.business_id):
        assert db.scalar(select(func.count()).select_from(RoutingDecision)) == 0
