"""Every kind of promotion with sums worked out by hand, in yen (no decimals), yuan (two) and dinars (three)."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.marketing.errors import BadRule
from app.domain.marketing.kinds import (
    Benefit,
    Bundle,
    BuyGet,
    FirstPurchase,
    FullReduction,
    Ladder,
    LadderStep,
    MemberPrice,
    NthItem,
    Part,
    Percentage,
    Scope,
    Step,
)
from tests.domain.marketing.carts import off, only, priced, rule, sku

# currency · unit prices · units · what is given · what each line gets off
CASES: list[tuple[str, dict[str, int], dict[str, int], Benefit, dict[str, int]]] = [
    # Over ¥10,000 less ¥1,000. 2 × 3,000 + 4,000 = 10,000. Shares 600 and 400.
    ("JPY", {"a": 3000, "b": 4000}, {"a": 2, "b": 1}, FullReduction(steps=(Step(10000, 1000),)), {"a": 600, "b": 400}),
    # One yen short of it: nothing.
    ("JPY", {"a": 9999}, {"a": 1}, FullReduction(steps=(Step(10000, 1000),)), {}),
    # Over 100.00 less 10.00, over 200.00 less 30.00: 250.00 reaches the second step.
    ("CNY", {"a": 25000}, {"a": 1}, FullReduction(steps=(Step(10000, 1000), Step(20000, 3000))), {"a": 3000}),
    # Over 10.000 less 1.500 for each full 10.000: 35.000 has three. 20 : 15 of 4.500 is 2.571 3/7 : 1.928 4/7.
    ("KWD", {"a": 20000, "b": 15000}, {"a": 1, "b": 1}, FullReduction(steps=(Step(10000, 1500),), repeated=True),
     {"a": 2571, "b": 1929}),
    # The same, twice at most: 3.000. 1.714 2/7 : 1.285 5/7.
    ("KWD", {"a": 20000, "b": 15000}, {"a": 1, "b": 1},
     FullReduction(steps=(Step(10000, 1500),), repeated=True, max_times=2), {"a": 1714, "b": 1286}),
    # 15% of ¥1,255 is 188.25, of which the whole yen count.
    ("JPY", {"a": 1255}, {"a": 1}, Percentage(off_bps=1500), {"a": 188}),
    # 12.5% of 99.90 + 0.05 = 99.95 is 12.49375. Shares 12.48 375 and 0.00 625: the largest remainder takes the rest.
    ("CNY", {"a": 9990, "b": 5}, {"a": 1, "b": 1}, Percentage(off_bps=1250), {"a": 1248, "b": 1}),
    # 50% of 12.345 is 6.172, but 5.000 at most.
    ("KWD", {"a": 12345}, {"a": 1}, Percentage(off_bps=5000, cap_minor=5000), {"a": 5000}),
    # From 3 units on 10% off, all units together: 2 × 500 + 1 × 300 = 1,300, of it 130 by 1000 : 300.
    ("JPY", {"a": 500, "b": 300}, {"a": 2, "b": 1}, Ladder(steps=(LadderStep(from_quantity=3, off_bps=1000),)),
     {"a": 100, "b": 30}),
    # From 5 on 8.00 each, from 10 on 7.00: seven units at 10.00 fall by 2.00 each. 7.50 is cheaper already.
    ("CNY", {"a": 1000, "b": 750}, {"a": 7, "b": 1},
     Ladder(steps=(LadderStep(from_quantity=5, unit_minor=800), LadderStep(from_quantity=10, unit_minor=700))),
     {"a": 1400}),
    # Two units where three are needed: nothing.
    ("KWD", {"a": 1000}, {"a": 2}, Ladder(steps=(LadderStep(from_quantity=3, off_bps=1000),)), {}),
    # Every second unit half off, dearest first: 900, [500], 500, [301]. Halves: 250 and 150 (of 150.5).
    ("JPY", {"a": 900, "b": 500, "c": 301}, {"a": 1, "b": 2, "c": 1}, NthItem(n=2, off_bps=5000), {"b": 250, "c": 150}),
    # Every third unit free, once: 8.00, 8.00, [8.00], 8.00, 8.00, 8.00.
    ("CNY", {"a": 800}, {"a": 6}, NthItem(n=3, off_bps=10000, max_times=1), {"a": 800}),
    # One unit has no second.
    ("KWD", {"a": 1000}, {"a": 1}, NthItem(n=2, off_bps=5000), {}),
    # Buy 2, get 1 free: of 900, 800, [700] and 600, 500 the third is free, and no sixth is there.
    ("JPY", {"a": 900, "b": 800, "c": 700, "d": 600, "e": 500}, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1},
     BuyGet(buy_quantity=2, get_quantity=1), {"c": 700}),
    # Buy 2 of a, get 1 of c or d free: 5 of a make two gifts, the cheapest there are: d for 1.50 and one c for 2.00.
    ("CNY", {"a": 1000, "c": 200, "d": 150}, {"a": 5, "c": 2, "d": 1},
     BuyGet(buy_quantity=2, get_quantity=1, get=only("c", "d")), {"c": 200, "d": 150}),
    # Buy 1, get 1 for 30% off: 3 × 4.005: the second of the pair, 1.201 (of 1.2015).
    ("KWD", {"a": 4005}, {"a": 3}, BuyGet(buy_quantity=1, get_quantity=1, off_bps=3000), {"a": 1201}),
    # a and b together for ¥1,000 instead of 1,200, twice; the third a has no b. 400 by 800 : 400 twice.
    ("JPY", {"a": 800, "b": 400}, {"a": 3, "b": 2}, Bundle(parts=(Part(only("a")), Part(only("b"))), price_minor=1000),
     {"a": 266, "b": 134}),
    # Any two books for 15.00, the dearest first: 12.00 + 9.00 is 6.00 too much, by 12 : 9 3.43 and 2.57.
    ("CNY", {"a": 1200, "b": 900}, {"a": 1, "b": 2},
     Bundle(parts=(Part(Scope(categories=frozenset({"book"})), 2),), price_minor=1500), {"a": 343, "b": 257}),
    # A bundle dearer than its parts is nobody's.
    ("KWD", {"a": 1000, "b": 1000}, {"a": 1, "b": 1},
     Bundle(parts=(Part(only("a")), Part(only("b"))), price_minor=2000), {}),
    # Members pay ¥700 for a; for b ¥450 is no gain.
    ("JPY", {"a": 900, "b": 400}, {"a": 3, "b": 1}, MemberPrice(unit_minor={sku("a"): 700, sku("b"): 450}), {"a": 600}),
    # Members pay 8.88% less for each unit: 0.887 112 of 9.99, of which 0.88 count, three times.
    ("CNY", {"a": 999}, {"a": 3}, MemberPrice(off_bps=888), {"a": 264}),
    # First purchase: 2.500 off, and never more than there is.
    ("KWD", {"a": 2000}, {"a": 1}, FirstPurchase(off_minor=2500), {"a": 2000}),
    # First purchase: 20% off, ¥300 at most.
    ("JPY", {"a": 2000}, {"a": 1}, FirstPurchase(off_bps=2000, cap_minor=300), {"a": 300}),
]  # fmt: skip


@pytest.mark.parametrize(("currency", "prices", "quantities", "benefit", "expected"), CASES)
def test_each_kind_takes_off_what_was_worked_out_by_hand(
    currency: str, prices: dict[str, int], quantities: dict[str, int], benefit: Benefit, expected: dict[str, int]
) -> None:
    members = frozenset({"members"})
    promotion = rule(benefit, currency, buyer_groups=members)

    found = priced(currency, prices, quantities, [promotion], buyer_groups=members, is_first_purchase=True)

    assert off(found) == expected
    assert found.total_minor == sum(prices[name] * quantity for name, quantity in quantities.items()) - sum(
        expected.values()
    )
    assert [each.spent_minor for each in found.consumed] == [sum(expected.values())] * bool(expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda: FullReduction(steps=()),
        lambda: FullReduction(steps=(Step(100, 101),)),
        lambda: FullReduction(steps=(Step(100, 20), Step(200, 10))),
        lambda: FullReduction(steps=(Step(100, 20), Step(200, 30)), repeated=True),
        lambda: Percentage(off_bps=0),
        lambda: Percentage(off_bps=10_001),
        lambda: Ladder(steps=(LadderStep(from_quantity=2, off_bps=1), LadderStep(from_quantity=2, off_bps=2))),
        lambda: LadderStep(from_quantity=2),
        lambda: NthItem(n=1, off_bps=5000),
        lambda: BuyGet(buy_quantity=0, get_quantity=1),
        lambda: Bundle(parts=(), price_minor=1),
        lambda: MemberPrice(),
        lambda: FirstPurchase(off_minor=1, off_bps=1),
        lambda: rule(FirstPurchase(off_minor=1)),
        lambda: rule(MemberPrice(off_bps=1)),
    ],
)
def test_a_rule_that_cannot_be_is_refused(make: Any) -> None:
    with pytest.raises(BadRule):
        make()
