"""Clearing against an oracle in fractions: rules that change, orders that complete late, refunds in any parts."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

import pytest

from app.domain.settlement.clearing.types import BUSINESS, WHOLE_BPS, ShareTerms
from app.workflow.settlement import clear_order
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop

PRICE = 1000  # of a unit, in minor units


@dataclass
class _Sale:
    """An order as the oracle sees it: the rates that counted, and minor units that went back."""

    order_id: uuid.UUID
    rates: dict[str, int]
    amount: int
    back: int = 0
    is_complete: bool = False

    def exact(self, party: str) -> Fraction:
        """What the party should have, to the fraction."""
        if not self.is_complete:
            return Fraction(0)
        return Fraction(self.rates.get(party, 0) * (self.amount - self.back), WHOLE_BPS)


@dataclass
class _Model:
    sharer: Sharer
    dice: random.Random
    partners: list[str]
    rule_id: uuid.UUID
    rates: dict[str, int] = field(default_factory=dict)
    sales: list[_Sale] = field(default_factory=list)

    def step(self) -> None:
        act = self.dice.choice(
            (self.sell, self.sell, self.complete, self.complete, self.refund, self.refund, self.revise)
        )
        act()

    def sell(self) -> None:
        units = self.dice.randint(1, 3)
        order_id = self.sharer.shop.paid_order(units)
        self.sales.append(_Sale(order_id, dict(self.rates), units * PRICE))

    def complete(self) -> None:
        waiting = [sale for sale in self.sales if not sale.is_complete and sale.back < sale.amount]
        if waiting:
            sale = self.dice.choice(waiting)
            self.sharer.complete(sale.order_id)
            sale.is_complete = True

    def refund(self) -> None:
        left = [sale for sale in self.sales if sale.back < sale.amount]
        if left:
            sale = self.dice.choice(left)
            rest = sale.amount - sale.back
            minor = self.dice.choice((1, rest, self.dice.randint(1, rest)))
            self.sharer.refund(sale.order_id, minor)
            sale.back += minor

    def revise(self) -> None:
        self.rates, left = {}, WHOLE_BPS
        for partner in self.partners:
            self.rates[partner] = self.dice.randint(0, left // 2)
            left -= self.rates[partner]
        shares = [ShareTerms(party=party, bps=bps) for party, bps in self.rates.items() if bps]
        self.sharer.revise(self.rule_id, *shares)

    def check(self) -> None:
        owed: Counter[str] = Counter()
        for sale in self.sales:
            clear_order.clear_order(self.sharer.shop.business_id, sale.order_id)
            sums = self.sharer.sums(sale.order_id)
            assert sum(sums.values()) == (sale.amount - sale.back if sale.is_complete else 0)
            for party in self.partners:
                # Rounded when it was cleared, and once more for all refunds together, among four parties.
                assert abs(sums.get(party, 0) - sale.exact(party)) < 4
                owed[party] += sums.get(party, 0)
            if sale.is_complete and sale.back == sale.amount:
                assert not any(sums.values())
            assert set(sums) <= {*self.partners, BUSINESS}
        for party in self.partners:
            assert self.sharer.owed(uuid.UUID(party)) == owed[party]


def _run(shop: Shop, seed: int, steps: int) -> None:
    sharer = sharer_of(shop)
    partners = [str(sharer.partner(name)) for name in ("Ada", "Bo", "Cy")]
    rule_id = sharer.rule(ShareTerms(party=partners[0], bps=3333))
    model = _Model(sharer, random.Random(seed), partners, rule_id, {partners[0]: 3333})
    for _ in range(steps):
        model.step()
    model.check()


@pytest.mark.parametrize("seed", [1, 2])
def test_partners_have_what_the_oracle_says(shop: Shop, seed: int) -> None:
    _run(shop, seed, steps=30)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_partners_have_what_the_oracle_says_for_very_long(shop: Shop, seed: int) -> None:
    _run(shop, seed, steps=1500)
