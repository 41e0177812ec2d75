"""Long accounts are rolled up, and every balance and statement stays what it was."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger import snapshots
from app.domain.ledger.models import LedgerJournal, LedgerSnapshot
from app.read.wallets import wallets
from app.workflow.ledger import roll_up_ledger
from app.workflow.wallets import hold_funds, move_money
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot at every third entry, few in one phase, also of what was posted this second."""
    monkeypatch.setattr(snapshots, "STRIDE", 3)
    monkeypatch.setattr(snapshots, "MAX_ENTRIES", 6)
    monkeypatch.setattr(roll_up_ledger, "CLOCKS_APART_MS", -2000)


def _give(shop: Shop, minor: int) -> None:
    move_money.grant(shop.business_id, buyer="buyer-1", money=Money(minor, "USD"), actor="test", reason="test")


def _hold(shop: Shop, minor: int) -> Any:
    about: dict[str, Any] = {"buyer": "buyer-1", "money": Money(minor, "USD"), "reason": "test", "actor": "test"}
    return hold_funds.place(shop.business_id, hold_id=new_id(), **about)


def _looks(shop: Shop) -> list[Any]:
    """The wallet now and at every moment something was posted, the merchant's account, and the statement by pages."""
    moments = [row.created_at for row in shop.many(select(LedgerJournal.created_at).order_by(LedgerJournal.id))]
    of = {"buyer": "buyer-1", "currency": "USD"}
    seen: list[Any] = [wallets.wallet(shop.business_id, **of, at=at) for at in (None, *moments)]
    seen.append(wallets.owed(shop.business_id))
    before = None
    while True:
        lines = wallets.statement(shop.business_id, **of, before=before, limit=2)
        seen += [(line.row.id, line.amount_minor, line.balance_minor) for line in lines[:2]]
        if len(lines) < 3:
            return seen
        before = lines[1].row.id


def _snapshots(shop: Shop) -> int:
    return int(shop.one(select(func.count().label("rows")).select_from(LedgerSnapshot)).rows)


@pytest.mark.usefixtures("short")
def test_what_is_written_down_changes_no_balance_and_no_statement(shop: Shop) -> None:
    shop.keep_wallets()
    for minor in (700, 50, 300):
        _give(shop, minor)
    hold_id = _hold(shop, 400)
    _give(shop, 20)
    about: dict[str, Any] = {"actor": "test", "reason": "test", "release_id": new_id()}
    hold_funds.release(shop.business_id, hold_id, amount_minor=150, **about)
    for minor in (5, 6, 7, 8, 9):
        _give(shop, minor)
    before = _looks(shop)

    made = roll_up_ledger.roll_up(shop.business_id)
    again = roll_up_ledger.roll_up(shop.business_id)

    assert (made > 4, again, _snapshots(shop)) == (True, 0, made)
    assert _looks(shop) == before
    held = wallets.wallet(shop.business_id, buyer="buyer-1", currency="USD")
    assert (held.total_minor, held.held_minor) == (1105, 250)
    shop.audit()


@pytest.mark.usefixtures("short")
def test_what_comes_after_it_counts_too_and_is_written_down_in_its_turn(shop: Shop) -> None:
    shop.keep_wallets()
    for _ in range(3):
        _give(shop, 100)
    first = roll_up_ledger.roll_up_all()

    _give(shop, 11)
    between = wallets.wallet(shop.business_id, buyer="buyer-1", currency="USD")
    for _ in range(2):
        _give(shop, 1)
    second = roll_up_ledger.roll_up_recent()

    assert (first >= 2, between.total_minor, second >= 2) == (True, 311, True)
    assert wallets.wallet(shop.business_id, buyer="buyer-1", currency="USD").total_minor == 313
    shop.audit()


def test_what_may_still_be_written_below_it_is_left_for_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "STRIDE", 1)
    monkeypatch.setattr(roll_up_ledger, "CLOCKS_APART_MS", 3_600_000)
    shop.keep_wallets()
    _give(shop, 100)

    assert roll_up_ledger.roll_up(shop.business_id) == 0
