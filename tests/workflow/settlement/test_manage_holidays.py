"""Holidays of countries and of the business: partners who are settled by working days rest on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import clock as clocks
from app.core import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.settlement.clearing.types import ShareTerms
from app.read.settlement import holidays
from app.workflow.settlement import close_batches, manage_holidays
from app.workflow.settlement.close_batches import TermsCommand
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop


def test_a_holiday_is_added_once_and_removed(shop: Shop) -> None:
    holiday_id = new_id()
    for _ in range(2):
        manage_holidays.add(
            shop.business_id, calendar="DE", day=date(2026, 12, 25), name="Christmas", holiday_id=holiday_id
        )
    with pytest.raises(Conflict):
        manage_holidays.add(shop.business_id, calendar="DE", day=date(2026, 12, 25), name="Again")
    manage_holidays.add(shop.business_id, calendar="", day=date(2026, 12, 25), name="Our own")

    manage_holidays.remove(shop.business_id, holiday_id)

    assert [row.name for row in holidays.list_holidays(shop.business_id, after=None)] == ["Our own"]
    with pytest.raises(NotFound):
        manage_holidays.remove(shop.business_id, holiday_id)


@pytest.mark.parametrize(("calendar", "name"), [("Germany", "x"), ("d1", "x"), ("DE", " "), ("DE", "x" * 121)])
def test_what_cannot_be_is_refused(shop: Shop, calendar: str, name: str) -> None:
    with pytest.raises(Invalid):
        manage_holidays.add(shop.business_id, calendar=calendar, day=date(2026, 12, 25), name=name)


@pytest.mark.parametrize(("calendar", "is_due"), [("DE", False), ("", False), ("FR", True)])
def test_on_a_holiday_of_the_partners_country_nothing_becomes_due(shop: Shop, calendar: str, is_due: bool) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    terms = TermsCommand(hold_days=1, working_days=True, calendar="DE")
    close_batches.set_terms(shop.business_id, ada, terms)
    sharer.sold()
    with db.reading(shop.business_id):
        now = clocks.now().astimezone(UTC)
    monday = (now + timedelta(days=7 - now.weekday())).date()  # the next one, and a holiday of somebody
    manage_holidays.add(shop.business_id, calendar=calendar, day=monday, name="Rest")

    tuesday = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) + timedelta(days=1, hours=now.hour)
    friday = monday - timedelta(days=3)
    shop.advance((tuesday - now).total_seconds() + 3600)
    try:
        sharer.close(ada)
        closed = True
    except Conflict:
        closed = False

    # Sold before Friday, it is due either way; on Friday or later, the Monday decides.
    assert closed == (is_due or now.date() < friday)
