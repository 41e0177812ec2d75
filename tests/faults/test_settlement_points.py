"""Whoever confirms a settlement or approves a reversal is stopped dead: it is whole in the ledger, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop


@pytest.mark.parametrize("point", ["book_settlement.confirm.before_commit", "book_settlement.confirm.after"])
def test_a_settlement_that_somebody_confirms(shop: Shop, dies: Callable[..., None], point: str) -> None:
    accountant = accountant_of(shop)
    settlement_id = accountant.record()

    dies(shop, "confirm_settlement", settlement_id, at=point)
    left = accountant.balances()
    accountant.confirm(settlement_id)

    assert left == ((1000, 0, 0) if point.endswith("before_commit") else (0, 30, 970))
    assert accountant.balances() == (0, 30, 970)
    shop.audit()


@pytest.mark.parametrize("point", ["adjust_ledger.approve.before_commit", "adjust_ledger.approve.after"])
def test_a_reversal_that_somebody_approves(shop: Shop, dies: Callable[..., None], point: str) -> None:
    accountant = accountant_of(shop)
    settlement_id = accountant.settled()
    reversal_id = accountant.reverse(settlement_id)

    dies(shop, "approve_adjustment", reversal_id, at=point)
    left = accountant.row(settlement_id).status
    accountant.approve(reversal_id)

    assert left == ("confirmed" if point.endswith("before_commit") else "reversed")
    assert accountant.row(settlement_id).status == "reversed"
    assert accountant.balances() == (1000, 0, 0)
    shop.audit()
