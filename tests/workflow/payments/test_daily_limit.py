"""An account's daily limit: what counts towards it, on which day, and until when."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core import clock as app_clock
from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.payments import day_totals, queries
from app.domain.payments.day_totals import ChannelDayTotal
from app.domain.payments.errors import NoChannel
from app.domain.payments.models import ChannelAccount, ChannelTerms
from app.workflow.payments import manage_channels, manage_routing
from app.workflow.payments.manage_routing import ChannelTermsCommand
from tests.factories.shop import Shop

PRICE = 1000
LONG_AGO = date(2020, 1, 1)


def limit(shop: Shop, minor: int, *, since: date | None = LONG_AGO, account_id: uuid.UUID | None = None) -> None:
    """Give an account, by default the shop's own, a limit whose counters are complete since then."""
    command = ChannelTermsCommand(daily_minor=minor)
    manage_routing.set_terms(shop.business_id, account_id or shop.account_id, "USD", command)
    with db.phase("test.since", shop.business_id):
        db.run(update(ChannelTerms).where(ChannelTerms.business_id == db.here()).values(totals_from=since))


def used(shop: Shop, moment: datetime | None = None) -> int:
    """What routing says that the account took on the day of that moment."""
    with db.reading(shop.business_id):
        [row] = queries.facts(Money(1, "USD"), moment or app_clock.now())
        return int(row.used_minor)


def counted(shop: Shop) -> int:
    total = select(func.coalesce(func.sum(ChannelDayTotal.taken_minor), 0).label("minor"))
    return int(shop.one(total.where(ChannelDayTotal.business_id == shop.business_id)).minor)


@pytest.mark.parametrize("since", [LONG_AGO, date(2999, 1, 1), None], ids=["counters", "attempts", "unknown"])
def test_what_was_taken_and_what_may_still_be_taken_counts(shop: Shop, since: date | None) -> None:
    limit(shop, 3 * PRICE - 1, since=since)
    declined = shop.pay(shop.place())
    shop.decline(declined)
    shop.poll(declined)
    shop.paid_order()
    shop.pay(shop.place())

    assert used(shop) == 2 * PRICE
    with pytest.raises(NoChannel):
        shop.pay(shop.place())


def test_without_a_limit_nothing_is_counted(shop: Shop) -> None:
    attempt_id = shop.pay(shop.place())

    assert shop.attempt(attempt_id).limit_day is None
    assert counted(shop) == 0


def test_a_payment_that_comes_after_all_counts_again(shop: Shop) -> None:
    limit(shop, 9 * PRICE)
    attempt_id = shop.pay(shop.place())
    shop.decline(attempt_id)
    shop.poll(attempt_id)
    before = counted(shop)

    shop.notice(attempt_id)

    assert (before, counted(shop)) == (0, PRICE)
    assert shop.attempt(attempt_id).status == "succeeded"


def test_the_day_ends_at_midnight_where_the_business_is(shop: Shop, clock: ModuleType) -> None:
    with db.system_phase("test.zone"):
        db.run(update(Business).where(Business.id == shop.business_id).values(time_zone="Asia/Shanghai"))
    limit(shop, 9 * PRICE)
    today = clock.now().astimezone(UTC) + timedelta(hours=8)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1, hours=-8)

    attempt_id = shop.pay(shop.place())

    assert shop.attempt(attempt_id).limit_day == today.date()
    assert used(shop, midnight - timedelta(seconds=1)) == PRICE
    assert used(shop, midnight) == 0


def test_what_began_yesterday_is_given_back_to_yesterday(shop: Shop, clock: ModuleType) -> None:
    limit(shop, 9 * PRICE)
    attempt_id = shop.pay(shop.place())
    day = shop.attempt(attempt_id).limit_day
    clock.move(86_400)
    shop.decline(attempt_id)
    shop.poll(attempt_id)

    rows = shop.many(select(ChannelDayTotal.__table__).where(ChannelDayTotal.business_id == shop.business_id))
    assert [(row.day, row.taken_minor) for row in rows] == [(day, 0)]


def test_counters_are_asked_from_the_day_after_the_limit_was_set(shop: Shop, clock: ModuleType) -> None:
    def totals_from() -> Any:
        return shop.one(select(ChannelTerms.__table__).where(ChannelTerms.business_id == shop.business_id)).totals_from

    shop.pay(shop.place())
    command = ChannelTermsCommand(daily_minor=2 * PRICE)
    manage_routing.set_terms(shop.business_id, shop.account_id, "USD", command)
    first = totals_from()
    shop.pay(shop.place())

    # The one before the limit was set is in no counter, and counts.
    assert (counted(shop), used(shop)) == (PRICE, 2 * PRICE)
    assert first > clock.now().date()
    limit(shop, 5 * PRICE)
    manage_routing.set_terms(shop.business_id, shop.account_id, "USD", command)
    assert totals_from() == LONG_AGO  # another limit, and the counters were complete


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-01T12:00:00", "UTC", date(2026, 3, 2)),
        ("2026-03-01T23:54:59", "UTC", date(2026, 3, 2)),
        ("2026-03-01T23:55:00", "UTC", date(2026, 3, 3)),
        ("2026-03-01T17:00:00", "Asia/Shanghai", date(2026, 3, 3)),
    ],
)
def test_a_limit_set_shortly_before_midnight_counts_from_the_day_after_next(moment: str, zone: str, day: date) -> None:
    assert day_totals.complete_from(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone) == day


def test_many_payments_at_once_are_all_counted(shop: Shop) -> None:
    limit(shop, 1000 * PRICE)
    orders = [shop.place() for _ in range(12)]

    with ThreadPoolExecutor(6) as pool:
        attempts = list(pool.map(shop.pay, orders))

    assert counted(shop) == 12 * PRICE
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: (shop.decline(each), shop.poll(each)), attempts))
    assert counted(shop) == 0


def test_a_payment_that_another_account_takes_over_counts_there(shop: Shop) -> None:
    values = {"base_url": "http://127.0.0.1:9", "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    ahead = manage_channels.add_channel_account(
        shop.business_id, channel="simulator", name="Ahead", values=values, priority=1
    )
    for account_id in (ahead, shop.account_id):
        limit(shop, 9 * PRICE, account_id=account_id)

    shop.pay(shop.place())

    rows = shop.many(select(ChannelDayTotal.__table__).where(ChannelDayTotal.business_id == shop.business_id))
    assert {row.channel_account_id: row.taken_minor for row in rows} == {ahead: 0, shop.account_id: PRICE}


def test_what_one_phase_counts_and_gives_back_is_not_written(shop: Shop) -> None:
    attempt_id, day, amount = new_id(), date(2026, 1, 1), Money(PRICE, "USD")

    with db.phase("test.count", shop.business_id):
        day_totals.count(shop.account_id, attempt_id, amount, day)
        day_totals.count(shop.account_id, attempt_id, amount, day, sign=-1)

    assert not shop.many(select(ChannelDayTotal.__table__).where(ChannelDayTotal.business_id == shop.business_id))


def test_a_wallets_share_counts_at_the_wallet(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", PRICE)
    wallet = shop.one(select(ChannelAccount.__table__).where(ChannelAccount.channel == "wallet")).id
    limit(shop, 9 * PRICE, account_id=wallet)

    attempt_id = shop.pay(shop.place(), wallet_minor=300)
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    assert counted(shop) == 300
