"""Giving a test business its own clock, and taking it away."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.core import clock, db
from app.domain.accounts.business.models import Business
from app.domain.accounts.clocks.errors import ClockState, LiveClock
from app.read.operations import test_clocks
from app.workflow.operations import advance_test_clock, manage_test_clock
from tests.factories.shop import Shop


def test_a_new_clock_shows_everybodys_time(shop: Shop) -> None:
    manage_test_clock.create_test_clock(shop.business_id, actor="test")

    found = test_clocks.find(shop.business_id)
    assert found is not None
    assert (found.status, abs((found.now - clock.actual()).total_seconds()) < 5) == ("ready", True)


def test_a_business_has_one_clock(shop: Shop) -> None:
    clock_id = manage_test_clock.create_test_clock(shop.business_id, actor="test")
    assert manage_test_clock.create_test_clock(shop.business_id, actor="test", clock_id=clock_id) == clock_id

    with pytest.raises(ClockState) as refused:
        manage_test_clock.create_test_clock(shop.business_id, actor="test")

    assert refused.value.code == "test_clock_exists"


def test_a_live_business_has_none(shop: Shop) -> None:
    _set_mode(shop, "live")

    with pytest.raises(LiveClock):
        manage_test_clock.create_test_clock(shop.business_id, actor="test")

    _set_mode(shop, "test")


def test_one_that_was_never_advanced_can_be_deleted_and_made_again(shop: Shop) -> None:
    clock_id = manage_test_clock.create_test_clock(shop.business_id, actor="test")

    manage_test_clock.delete_test_clock(shop.business_id, clock_id)

    assert test_clocks.find(shop.business_id) is None
    manage_test_clock.create_test_clock(shop.business_id, actor="test")


def test_one_that_was_advanced_stays_since_time_does_not_go_back(shop: Shop) -> None:
    clock_id = manage_test_clock.create_test_clock(shop.business_id, actor="test")
    shop.advance(60)

    with pytest.raises(ClockState) as refused:
        manage_test_clock.delete_test_clock(shop.business_id, clock_id)

    assert refused.value.code == "test_clock_moved"
    assert advance_test_clock.carry_on(shop.business_id) == 0


def _set_mode(shop: Shop, mode: str) -> None:
    with db.system_phase("test"):
        db.write(update(Business).where(Business.id == shop.business_id).values(mode=mode), expect=1)
