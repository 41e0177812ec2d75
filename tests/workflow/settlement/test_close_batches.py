"""Closing what partners are owed: by terms, in the partner's zone, once, and never what was closed before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock as clocks
from app.core import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.settlement.clearing.types import ShareTerms
from app.domain.settlement.partners.models import Partner
from app.read.settlement import partners
from app.workflow.settlement import close_batches, manage_partners
from app.workflow.settlement.close_batches import TermsCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop

DAY = 86_400


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _ada(sharer: Sharer, bps: int = 7000):
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=bps))
    return ada


def test_a_batch_holds_what_is_owed_and_the_next_one_only_what_came_since(sharer: Sharer) -> None:
    ada = _ada(sharer)
    first_order, batch_id = sharer.sold(), new_id()
    for _ in range(2):
        close_batches.close(sharer.shop.business_id, ada, currency="USD", actor=sharer.maker, batch_id=batch_id)
    sharer.sold()
    sharer.refund(first_order, 500)

    second = sharer.close(ada)

    totals = [(row.number, row.total_minor, row.entry_count) for row in sharer.batches(ada)]
    assert totals == [(1, 700, 1), (2, 350, 2)]
    assert second == sharer.batches(ada)[1].id
    with pytest.raises(Conflict) as nothing:
        sharer.close(ada)
    assert nothing.value.code == "nothing_to_settle"


def test_what_a_partner_owes_is_carried_over(sharer: Sharer) -> None:
    ada = _ada(sharer)
    order_id = sharer.sold()
    sharer.close(ada)
    sharer.refund(order_id)
    with pytest.raises(Conflict):
        sharer.close(ada)
    sharer.sold()
    sharer.sold()

    sharer.close(ada)

    assert [row.total_minor for row in sharer.batches(ada)] == [700, 700]


def test_less_than_the_minimum_waits(sharer: Sharer) -> None:
    ada = _ada(sharer)
    close_batches.set_terms(sharer.shop.business_id, ada, TermsCommand(minimum={"USD": 1400}))
    sharer.sold()
    with pytest.raises(Conflict):
        sharer.close(ada)
    sharer.sold()

    sharer.close(ada)

    assert [row.total_minor for row in sharer.batches(ada)] == [1400]


def test_a_cycle_closes_what_is_older_than_the_hold(sharer: Sharer) -> None:
    ada = _ada(sharer)
    close_batches.set_terms(sharer.shop.business_id, ada, TermsCommand(cycle="daily", hold_days=2))
    sharer.sold()

    sharer.shop.advance(DAY * 1.5)
    early = len(sharer.batches(ada))
    sharer.shop.advance(DAY * 2)

    assert (early, [row.total_minor for row in sharer.batches(ada)]) == (0, [700])


def test_a_suspended_partner_is_not_closed_by_itself(sharer: Sharer) -> None:
    ada = _ada(sharer)
    close_batches.set_terms(sharer.shop.business_id, ada, TermsCommand(cycle="daily"))
    sharer.sold()
    manage_partners.suspend(sharer.shop.business_id, ada, reason="disputed", actor=sharer.maker)
    sharer.shop.advance(DAY * 2)
    held = len(sharer.batches(ada))
    manage_partners.resume(sharer.shop.business_id, ada, actor=sharer.maker)

    sharer.shop.advance(DAY)

    assert (held, [row.total_minor for row in sharer.batches(ada)]) == (0, [700])


def test_the_cut_off_follows_the_partners_zone(sharer: Sharer) -> None:
    tokyo = sharer.partner("Kaz", time_zone="Asia/Tokyo")
    close_batches.set_terms(sharer.shop.business_id, tokyo, TermsCommand(cycle="weekly", day=5))

    with db.reading(sharer.shop.business_id):
        now = clocks.now()
    at = partners.get_partner(sharer.shop.business_id, tokyo).settles_at

    assert at is not None
    assert now < at <= now + timedelta(days=7)
    assert (at.hour, at.weekday()) == (15, 3)  # midnight before a Friday in Tokyo


def test_many_who_close_at_once_close_once(sharer: Sharer) -> None:
    ada = _ada(sharer)
    for _ in range(2):
        sharer.sold()

    def close(_: int) -> bool:
        try:
            sharer.close(ada)
        except (Conflict, db.VersionConflict):
            return False
        return True

    with ThreadPoolExecutor(max_workers=6) as pool:
        closed = list(pool.map(close, range(12)))

    assert closed.count(True) == 1
    assert [row.total_minor for row in sharer.batches(ada)] == [1400]


@pytest.mark.parametrize(("late", "closed"), [(timedelta(0), 1), (timedelta(microseconds=1), 0)])
def test_what_is_cleared_in_the_cut_offs_second_is_in_it_and_what_is_later_is_not(
    sharer: Sharer, late: timedelta, closed: int
) -> None:
    ada = _ada(sharer)
    close_batches.set_terms(sharer.shop.business_id, ada, TermsCommand(cycle="daily"))
    [share] = [entry for entry in sharer.entries(sharer.sold()) if entry.partner_id == ada]
    with db.phase("test.cut_off", sharer.shop.business_id):
        db.write(db.change(Partner, ada, settles_at=share.created_at - late), expect=1)

    close_batches.close_due()

    assert len(sharer.batches(ada)) == closed


def test_a_reserve_is_kept_and_a_later_batch_returns_it_by_itself(sharer: Sharer) -> None:
    ada = _ada(sharer)
    terms = TermsCommand(cycle="daily", reserve_bps=1000, reserve_days=3)
    close_batches.set_terms(sharer.shop.business_id, ada, terms)
    sharer.sold(2)

    sharer.shop.advance(DAY)
    first = [(row.total_minor, row.reserve_kept_minor) for row in sharer.batches(ada)]
    sharer.shop.advance(DAY * 4)

    later = sorted(sharer.batches(ada), key=lambda row: row.number)[1:]
    assert first == [(1260, 140)]
    assert [(row.total_minor, row.entry_count, row.reserve_returned_minor) for row in later] == [(140, 0, 140)]
    assert later[0].closing_minor == sharer.owed(ada) == 1400


def test_what_a_partner_owes_is_taken_of_its_reserve(sharer: Sharer) -> None:
    ada = _ada(sharer)
    terms = TermsCommand(reserve_bps=5000, reserve_days=1)
    close_batches.set_terms(sharer.shop.business_id, ada, terms)
    order_id = sharer.sold(2)
    sharer.close(ada)
    sharer.refund(order_id, 500)
    sharer.shop.advance(DAY * 2)

    sharer.close(ada)

    assert [row.total_minor for row in sharer.batches(ada)] == [700, 350]


@pytest.mark.parametrize(
    "terms",
    [
        {"cycle": "hourly"},
        {"cycle": "weekly"},
        {"cycle": "weekly", "day": 8},
        {"cycle": "monthly", "day": 29},
        {"cycle": "daily", "day": 1},
        {"hold_days": -1},
        {"hold_days": 181},
        {"minimum": {"USD": -1}},
        {"minimum": {"ZZQ": 1}},
    ],
)
def test_terms_that_cannot_be_are_refused(sharer: Sharer, terms: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        close_batches.set_terms(sharer.shop.business_id, sharer.partner(), TermsCommand(**terms))


def test_there_must_be_a_partner(sharer: Sharer) -> None:
    with pytest.raises(NotFound):
        sharer.close(new_id())
