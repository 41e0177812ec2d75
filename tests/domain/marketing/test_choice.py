"""Which rules take part: scope, schedule, limits, exclusion, the order among equals, and coupons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.domain.marketing.coupons import choose
from app.domain.marketing.errors import BadCart, NoPrice
from app.domain.marketing.kinds import FirstPurchase, FullReduction, MemberPrice, Percentage, Scope, Step
from app.domain.marketing.pricing import price
from app.domain.marketing.types import Context, DiscountLimits, Priced, Tier, Usage
from tests.domain.marketing.carts import NOW, cart, coupon, off, offer, only, priced, rule, sku

HOUR = timedelta(hours=1)
TENTH = Percentage(off_bps=1000)
HALF = Percentage(off_bps=5000)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), {"a": 100, "c": 100}),
        (only("a"), {"a": 100}),
        (Scope(product_ids=frozenset({sku("C")})), {"c": 100}),
        (Scope(categories=frozenset({"book"})), {"a": 100}),
        (Scope(categories=frozenset({"book", "music"}), excluded_sku_ids=frozenset({sku("a")})), {"c": 100}),
    ],
)
def test_a_rule_is_about_its_scope_only(scope: Scope, expected: dict[str, int]) -> None:
    assert off(_two([rule(TENTH, scope=scope)])) == expected


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"starts_at": NOW + HOUR}, "not_started"),
        ({"ends_at": NOW}, "ended"),
        ({"currency": "CNY"}, "currency"),
        ({"buyer_groups": frozenset({"staff"})}, "buyer_group"),
        ({"channels": frozenset({"alipay"})}, "channel"),
        ({"scope": only("z")}, "nothing_in_scope"),
        ({"currency": "JPY", "minimum_minor": 2001}, "below_minimum"),
        ({"limits": DiscountLimits(max_uses=5)}, "uses_spent"),
        ({"limits": DiscountLimits(max_uses_per_buyer=1)}, "buyer_uses_spent"),
        ({"currency": "JPY", "limits": DiscountLimits(budget_minor=900)}, "budget_spent"),
    ],
)
def test_a_rule_that_takes_no_part_says_why(more: dict[str, Any], reason: str) -> None:
    promotion = rule(TENTH, **more)

    found = _two([promotion], usage={promotion.id: Usage(uses=5, uses_by_buyer=1, spent_minor=900)})

    assert [each.reason for each in found.verdicts] == [reason]
    assert (found.discount_minor, found.consumed) == (0, ())


@pytest.mark.parametrize(
    "more",
    [
        {"starts_at": NOW, "ends_at": NOW + HOUR},
        {"buyer_groups": frozenset({"staff", "members"})},
        {"channels": frozenset({"alipay", "simulator"})},
        {"currency": "JPY", "minimum_minor": 2000},
        {"limits": DiscountLimits(max_uses=6, max_uses_per_buyer=2)},
    ],
)
def test_on_the_other_side_of_each_line_it_takes_part(more: dict[str, Any]) -> None:
    promotion = rule(TENTH, **more)
    usage = {promotion.id: Usage(uses=5, uses_by_buyer=1)}

    found = _two([promotion], usage=usage, buyer_groups=frozenset({"members"}), channel="simulator")

    assert found.discount_minor == 200


def test_the_last_of_a_budget_is_spent_and_no_more() -> None:
    promotion = rule(HALF, "JPY", limits=DiscountLimits(budget_minor=1000, max_discount_minor=700))

    fresh = _two([promotion])
    nearly = _two([promotion], usage={promotion.id: Usage(spent_minor=999)})

    assert (fresh.discount_minor, [each.spent_minor for each in fresh.consumed]) == (700, [700])
    assert (off(nearly), "up to" in nearly.steps[-1].text) == ({"a": 1}, True)


def test_kinds_take_their_turns_in_whatever_order_they_come() -> None:
    member = rule(MemberPrice(unit_minor={sku("a"): 800}), "JPY", buyer_groups=frozenset({"m"}))
    over = rule(FullReduction(steps=(Step(1800, 300),)), "JPY")
    tenth = rule(TENTH)
    first = rule(FirstPurchase(off_minor=50), "JPY")

    found = _two([first, tenth, over, member], buyer_groups=frozenset({"m"}), is_first_purchase=True)

    # 800 + 1,000 = 1,800; 300 off is 1,500; a tenth off is 1,350; 50 off is 1,300.
    assert [each.discount_minor for each in found.steps if each.rule_id] == [200, 300, 150, 50]
    assert found.total_minor == 1300
    assert found == _two([member, tenth, first, over], buyer_groups=frozenset({"m"}), is_first_purchase=True)


def test_of_equal_rules_the_older_one_goes_first() -> None:
    older, younger = rule(TENTH, exclusive=True), rule(HALF, exclusive=True)

    found = _two([younger, older])

    assert [each.rule_id for each in found.consumed] == [older.id]
    assert [(each.rule_id, each.reason, each.values) for each in found.verdicts] == [
        (younger.id, "excluded", {"by": str(older.id)})
    ]


def test_a_higher_priority_is_chosen_before_an_older_rule() -> None:
    tenth, half = rule(TENTH, exclusion_group="sale"), rule(HALF, exclusion_group="sale", priority=1)

    assert [each.rule_id for each in _two([tenth, half]).consumed] == [half.id]


def test_a_rule_that_would_give_nothing_keeps_nobody_out() -> None:
    too_much = rule(FullReduction(steps=(Step(5000, 500),)), "JPY", exclusive=True, priority=9)

    found = _two([rule(TENTH), too_much])

    assert found.discount_minor == 200
    assert [each.reason for each in found.verdicts] == ["below_minimum"]
    assert found.verdicts[0].values == {"missing_minor": 3000}


def test_coupons_come_after_promotions_and_may_refuse_to_go_with_them() -> None:
    promotion = rule(HALF)
    mixing, alone = coupon(TENTH), coupon(TENTH, combinable=False)

    found = _two([promotion], [mixing, alone])

    assert [each.discount_minor for each in found.steps if each.rule_id] == [1000, 100]
    assert [(each.coupon_id, each.reason) for each in found.verdicts] == [(alone.id, "excluded")]


def test_the_best_of_a_buyers_coupons_is_found_even_when_it_is_two() -> None:
    tenth, fifth = coupon(TENTH), coupon(Percentage(off_bps=2000))
    quarter = coupon(Percentage(off_bps=2500), exclusive=True)
    later = coupon(HALF, "JPY", minimum_minor=9000)
    offers = [offer("a", 1000, "JPY")]

    found = choose(cart("JPY", a=2), offers, [], [tenth, quarter, later, fifth], Context(now=NOW))

    assert [each.saved_minor for each in found.usable] == [500, 400, 200]
    assert [(each.coupon_id, each.reason) for each in found.unusable] == [(later.id, "below_minimum")]
    # A fifth and then a tenth off is 28%, more than a quarter.
    assert {each.id for each in found.best} == {tenth.id, fifth.id}
    assert found.priced.total_minor == 1440


def test_no_coupon_is_best_when_none_helps() -> None:
    found = choose(cart("JPY", a=1), [offer("a", 0, "JPY")], [], [coupon(HALF)], Context(now=NOW))

    assert (found.best, [each.reason for each in found.unusable]) == ((), ["no_discount"])


def test_list_prices_follow_quantity_and_time() -> None:
    special = Tier(unit_minor=90, starts_at=NOW - HOUR, ends_at=NOW + HOUR)
    over = Tier(unit_minor=10, ends_at=NOW)
    many = Tier(unit_minor=70, from_quantity=10)
    offers = [offer("a", 100, "JPY", special, over, many)]

    def unit(quantity: int, now: Any = NOW) -> int:
        return price(cart("JPY", a=quantity), offers, [], [], Context(now=now)).lines[0].unit_minor

    assert [unit(9), unit(10), unit(9, NOW + HOUR), unit(9, NOW - 2 * HOUR)] == [90, 70, 100, 10]


def test_what_cannot_be_priced_is_refused() -> None:
    with pytest.raises(NoPrice):
        price(cart("JPY", a=1), [offer("a", 1, "KWD")], [], [], Context(now=NOW))
    with pytest.raises(BadCart):
        cart("JPY")
    with pytest.raises(BadCart):
        cart("JPY", a=0)
    promotion = rule(TENTH)
    with pytest.raises(BadCart):
        _two([promotion, promotion])


def test_every_step_explains_itself() -> None:
    found = _two([rule(FullReduction(steps=(Step(500, 100),), repeated=True), "JPY")])

    assert [each.text.partition(": ")[2] for each in found.steps] == [
        "1 × ¥1,000 = ¥1,000",
        "1 × ¥1,000 = ¥1,000",
        "over ¥500, ¥100 off, 4 times",
    ]
    assert [(each.key, each.minor) for each in found.steps[-1].shares] == [("a", 200), ("c", 200)]


def _two(promotions: Any = (), coupons: Any = (), **context: Any) -> Priced:
    """A book and a record for ¥1,000 each."""
    return priced("JPY", {"a": 1000, "c": 1000}, {"a": 1, "c": 1}, promotions, coupons, **context)
