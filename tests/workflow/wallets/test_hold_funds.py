"""Parts of wallets that nobody may spend until they are released."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import AppError, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger.errors import HoldExceeded, InsufficientFunds
from app.domain.ledger.service import Balance
from app.read.wallets.holds import get_hold
from app.workflow.wallets import hold_funds, move_money
from tests.factories.shop import Shop


@pytest.fixture
def wallets(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    return shop


def _has(shop: Shop) -> Balance:
    return move_money.wallet(shop.business_id, buyer="ann", currency="USD")


def _hold(shop: Shop, minor: int, hold_id: uuid.UUID | None = None) -> uuid.UUID:
    return hold_funds.place(
        shop.business_id,
        buyer="ann",
        money=Money(minor, "USD"),
        reason="chargeback feared",
        actor="test",
        hold_id=hold_id,
    )


def _release(shop: Shop, hold_id: uuid.UUID, minor: int | None, release_id: uuid.UUID | None = None) -> None:
    hold_funds.release(
        shop.business_id, hold_id, amount_minor=minor, reason="all fine", actor="test", release_id=release_id
    )


def _give(shop: Shop, minor: int) -> None:
    money = Money(minor, "USD")
    move_money.transfer(shop.business_id, payer="ann", recipient="bob", money=money, actor="test")


def test_what_is_held_cannot_be_spent_and_can_after_its_release(wallets: Shop) -> None:
    hold_id = new_id()
    for _ in range(2):
        _hold(wallets, 700, hold_id)
    held = _has(wallets)
    with pytest.raises(InsufficientFunds):
        _give(wallets, 301)

    _release(wallets, hold_id, None)
    _give(wallets, 301)

    assert held == Balance(1000, 700)
    assert _has(wallets) == Balance(699, 0)


def test_a_hold_is_released_in_parts_each_once(wallets: Shop) -> None:
    hold_id, release_id = _hold(wallets, 700), new_id()

    for _ in range(2):
        _release(wallets, hold_id, 200, release_id)
    partly = _has(wallets)
    with pytest.raises(HoldExceeded):
        _release(wallets, hold_id, 501)
    _release(wallets, hold_id, 500)

    found = get_hold(wallets.business_id, hold_id)
    assert (partly, _has(wallets)) == (Balance(1000, 500), Balance(1000, 0))
    assert (found.row.status, found.row.left_minor) == ("released", 0)
    assert [each.amount_minor for each in found.releases] == [200, 500]
    with pytest.raises(HoldExceeded):
        _release(wallets, hold_id, None)


def test_no_more_is_held_than_is_available(wallets: Shop) -> None:
    _hold(wallets, 600)

    with pytest.raises(InsufficientFunds):
        _hold(wallets, 401)

    assert _has(wallets) == Balance(1000, 600)


@pytest.mark.parametrize(("minor", "error"), [(0, Invalid), (-1, Invalid), (701, HoldExceeded)])
def test_a_senseless_release_is_refused(wallets: Shop, minor: int, error: type[AppError]) -> None:
    hold_id = _hold(wallets, 700)

    with pytest.raises(error):
        _release(wallets, hold_id, minor)
    with pytest.raises(NotFound):
        _release(wallets, new_id(), 1)

    assert _has(wallets) == Balance(1000, 700)


def test_releases_and_spenders_at_once_leave_nothing_lost_and_nothing_twice(wallets: Shop) -> None:
    hold_id = _hold(wallets, 900)

    def act(number: int) -> int:
        try:
            if number % 2:
                _release(wallets, hold_id, 300)
                return 0
            _give(wallets, 100)
        except (HoldExceeded, InsufficientFunds):
            return 0
        return 100

    with ThreadPoolExecutor(8) as pool:
        spent = sum(pool.map(act, range(12)))

    assert _has(wallets) == Balance(1000 - spent, 0)
