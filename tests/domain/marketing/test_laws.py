"""What holds for every cart and every set of rules."""

from __future__ import annotations

import os
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.marketing.kinds import (
    EVERYTHING,
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
    Step,
)
from app.domain.marketing.types import Coupon, DiscountLimits, DiscountRule, Priced
from tests.domain.marketing.carts import coupon, only, priced, rule, sku

EXAMPLES = 3000 if os.environ.get("TEST_PROFILE") == "long" else 25
GOODS = "abcd"
RATES = st.integers(1, 10_000)
SCOPES = st.sampled_from([EVERYTHING, only("a"), only("a", "b"), only("c")])
MONEY = st.integers(1, 5000)
TIMES = st.none() | st.integers(1, 3)
MEMBERS = frozenset({"m"})


@st.composite
def steps(draw: Any) -> FullReduction:
    threshold = draw(MONEY)
    off = draw(st.integers(1, threshold))
    return FullReduction(steps=(Step(threshold, off),), repeated=draw(st.booleans()), max_times=draw(TIMES))


WHOLE_CART = st.one_of(
    st.builds(Percentage, off_bps=RATES, cap_minor=st.none() | MONEY),
    st.builds(FirstPurchase, off_minor=MONEY, off_bps=st.none()),
)
NEVER_LOWER_ALONE = st.one_of(
    WHOLE_CART,
    st.builds(MemberPrice, off_bps=RATES),
    st.builds(NthItem, n=st.integers(2, 4), off_bps=RATES, max_times=TIMES),
    st.builds(BuyGet, buy_quantity=st.integers(1, 3), get_quantity=st.integers(1, 2), off_bps=RATES, max_times=TIMES),
)
ANYTHING = st.one_of(
    NEVER_LOWER_ALONE,
    steps(),
    st.builds(lambda unit: MemberPrice(unit_minor={sku("a"): unit}), MONEY),
    st.builds(lambda off: Ladder(steps=(LadderStep(from_quantity=3, off_bps=off),)), RATES),
    st.builds(lambda unit: Ladder(steps=(LadderStep(from_quantity=2, unit_minor=unit),)), MONEY),
    st.builds(lambda off: BuyGet(buy_quantity=2, get_quantity=1, get=only("b"), off_bps=off), RATES),
    st.builds(lambda minor: Bundle(parts=(Part(only("a")), Part(only("b"), 2)), price_minor=minor), MONEY),
)
QUANTITIES = st.dictionaries(st.sampled_from(GOODS), st.integers(1, 7), min_size=1)
PRICES = st.fixed_dictionaries({name: st.integers(0, 3000) for name in GOODS})
CURRENCIES = st.sampled_from(["JPY", "CNY", "KWD"])


@st.composite
def rules(draw: Any, benefits: Any = ANYTHING) -> list[tuple[Any, dict[str, Any]]]:
    """Benefits with what makes them rules; the currency comes later."""
    more = st.fixed_dictionaries(
        {
            "scope": SCOPES,
            "priority": st.integers(0, 2),
            "exclusive": st.booleans(),
            "combinable": st.booleans(),
            "exclusion_group": st.sampled_from([None, None, "g"]),
            "minimum_minor": st.sampled_from([0, 0, 900]),
            "limits": st.builds(DiscountLimits, budget_minor=st.none() | MONEY, max_discount_minor=st.none() | MONEY),
        }
    )
    return list(draw(st.lists(st.tuples(benefits, more), max_size=5)))


def _made(given_rules: Any, currency: str) -> list[DiscountRule]:
    return [rule(benefit, currency, buyer_groups=MEMBERS, **more) for benefit, more in given_rules]


def _price(
    currency: str, prices: Any, quantities: Any, promotions: list[DiscountRule], coupons: list[Coupon]
) -> Priced:
    return priced(currency, prices, quantities, promotions, coupons, buyer_groups=MEMBERS, is_first_purchase=True)


@settings(max_examples=EXAMPLES)
@given(CURRENCIES, PRICES, QUANTITIES, rules(), rules(), st.randoms(use_true_random=False))
def test_nothing_is_negative_and_everything_adds_up_in_any_order(
    currency: str, prices: Any, quantities: Any, promotions: Any, coupons: Any, shuffle: random.Random
) -> None:
    made = _made(promotions, currency)
    held = [coupon(benefit, currency, buyer_groups=MEMBERS, **more) for benefit, more in coupons]

    found = _price(currency, prices, quantities, made, held)

    assert all(0 <= line.discount_minor <= line.subtotal_minor for line in found.lines)
    assert found.total_minor == found.subtotal_minor - found.discount_minor >= 0
    given_off = [each for each in found.steps if each.rule_id]
    assert all(each.discount_minor == sum(share.minor for share in each.shares) > 0 for each in given_off)
    assert found.discount_minor == sum(each.discount_minor for each in given_off)
    assert [each.discount_minor for each in given_off] == [each.spent_minor for each in found.consumed]
    for each in found.consumed:
        limits = next(one for one in [*made, *(c.rule for c in held)] if one.id == each.rule_id).limits
        assert each.spent_minor <= min(limits.budget_minor or 10**12, limits.max_discount_minor or 10**12)
    shuffle.shuffle(made)
    shuffle.shuffle(held)
    assert _price(currency, prices, quantities, made, held) == found


@settings(max_examples=EXAMPLES)
@given(CURRENCIES, PRICES, QUANTITIES, NEVER_LOWER_ALONE, SCOPES, st.sampled_from(GOODS), st.integers(1, 3))
def test_one_more_unit_never_lowers_the_total_by_one_rule(
    currency: str, prices: Any, quantities: Any, benefit: Any, scope: Any, more: str, count: int
) -> None:
    promotion = rule(benefit, currency, scope=scope, buyer_groups=MEMBERS)

    before = _price(currency, prices, quantities, [promotion], [])
    after = _price(currency, prices, {**quantities, more: quantities.get(more, 0) + count}, [promotion], [])

    assert after.total_minor >= before.total_minor


@settings(max_examples=EXAMPLES)
@given(CURRENCIES, PRICES, QUANTITIES, st.lists(WHOLE_CART, max_size=4), st.sampled_from(GOODS))
def test_nor_by_several_rules_about_the_whole_cart(
    currency: str, prices: Any, quantities: Any, benefits: Any, more: str
) -> None:
    promotions = [rule(benefit, currency) for benefit in benefits]

    before = _price(currency, prices, quantities, promotions, [])
    after = _price(currency, prices, {**quantities, more: quantities.get(more, 0) + 1}, promotions, [])

    assert after.total_minor >= before.total_minor
