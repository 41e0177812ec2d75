"""Who gets what of a line, and what a refund takes back: worked examples, and the same in fractions as an oracle."""

from __future__ import annotations

import random
import uuid
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import Money
from app.domain.settlement.clearing.rules import check_terms, divide, take_back
from app.domain.settlement.clearing.types import (
    BUSINESS,
    SELLER,
    WHOLE_BPS,
    ClearableLine,
    ShareTerms,
    SplitTerms,
    Tier,
)

LINE = uuid.UUID(int=1)


def _line(
    amount: int, *, gross: int | None = None, fee: int = 0, quantity: int = 1, currency: str = "USD", **more: Any
) -> ClearableLine:
    return ClearableLine(
        line_id=LINE,
        currency=currency,
        quantity=quantity,
        gross_minor=amount if gross is None else gross,
        amount_minor=amount,
        fee_minor=fee,
        **more,
    )


def _rates(*bps: int) -> tuple[ShareTerms, ...]:
    return tuple(ShareTerms(party=f"p{index}", bps=each) for index, each in enumerate(bps))


def _amounts(line: ClearableLine, terms: SplitTerms) -> dict[str, int]:
    return {part.party: part.amount_minor for part in divide(line, terms)}


def test_thirds_leak_nothing() -> None:
    thirds = SplitTerms(shares=(*_rates(3333, 3333), ShareTerms(party="p2", is_rest=True)))

    assert _amounts(_line(100), thirds) == {"p0": 33, "p1": 33, "p2": 34, BUSINESS: 0}
    assert _amounts(_line(1, currency="JPY"), thirds) == {"p0": 0, "p1": 0, "p2": 1, BUSINESS: 0}
    assert _amounts(_line(1000, currency="KWD"), thirds) == {"p0": 333, "p1": 333, "p2": 334, BUSINESS: 0}


def test_a_share_is_of_what_was_paid_and_not_of_the_price_before_discounts() -> None:
    shared = _amounts(_line(800, gross=1000), SplitTerms(shares=_rates(7000)))
    borne = _amounts(_line(800, gross=1000), SplitTerms(shares=_rates(7000), discounts="business"))

    assert (shared, borne) == ({"p0": 560, BUSINESS: 240}, {"p0": 700, BUSINESS: 100})


def test_a_discount_that_the_business_bears_may_cost_it_more_than_came_in() -> None:
    free = _amounts(_line(0, gross=1000), SplitTerms(shares=_rates(7000), discounts="business"))

    assert free == {"p0": 700, BUSINESS: -700}


def test_amounts_for_each_unit_come_on_top_of_the_percentage_and_stay_within_the_line() -> None:
    share = ShareTerms(party="p0", bps=1000, fixed={"USD": 30})

    assert _amounts(_line(1000, quantity=2), SplitTerms(shares=(share,))) == {"p0": 160, BUSINESS: 840}
    assert _amounts(_line(50, quantity=2), SplitTerms(shares=(share,))) == {"p0": 50, BUSINESS: 0}
    assert _amounts(_line(1000, currency="JPY"), SplitTerms(shares=(share,))) == {"p0": 100, BUSINESS: 900}


def test_who_comes_first_in_the_rule_takes_first() -> None:
    shares = (ShareTerms(party="p0", fixed={"USD": 70}), ShareTerms(party="p1", fixed={"USD": 70}))

    assert _amounts(_line(100), SplitTerms(shares=shares)) == {"p0": 70, "p1": 30, BUSINESS: 0}


def test_a_minimum_and_a_maximum_bound_a_share_but_nothing_is_shared_of_nothing() -> None:
    bounded = SplitTerms(shares=(ShareTerms(party="p0", bps=1000, minimum={"USD": 50}, maximum={"USD": 90}),))

    assert [_amounts(_line(amount), bounded)["p0"] for amount in (0, 30, 499, 500, 501, 899, 900, 5000)] == [
        *(0, 30, 50, 50, 50, 90, 90, 90)
    ]


def test_the_volume_of_the_month_decides_about_the_rate() -> None:
    tiered = ShareTerms(party="p0", bps=1000, tiers=(Tier(from_minor=1000, bps=1500), Tier(from_minor=5000, bps=2000)))

    rates = [
        divide(_line(100, volumes={"p0": volume}), SplitTerms(shares=(tiered,)))[0].bps
        for volume in (0, 999, 1000, 4999, 5000)
    ]

    assert rates == [1000, 1000, 1500, 1500, 2000]


def test_the_sellers_share_goes_to_its_partner_or_stays() -> None:
    terms = SplitTerms(shares=(ShareTerms(party=SELLER, bps=8000),))

    assert _amounts(_line(100, seller="p7"), terms) == {"p7": 80, BUSINESS: 20}
    assert _amounts(_line(100), terms) == {BUSINESS: 100}


def test_fees_are_borne_by_the_business_or_by_everybody_as_they_share() -> None:
    alone = divide(_line(1000, fee=31), SplitTerms(shares=_rates(7000)))
    shared = divide(_line(1000, fee=31), SplitTerms(shares=_rates(7000), fees="shared"))

    assert [(part.amount_minor, part.fee_minor) for part in alone] == [(700, 0), (300, 0)]
    assert [(part.amount_minor, part.fee_minor) for part in shared] == [(700, 22), (300, 9)]


def test_nobody_bears_a_fee_that_is_more_than_there_is() -> None:
    parts = divide(_line(10, fee=31), SplitTerms(shares=_rates(7000), fees="shared"))

    assert [(part.amount_minor, part.fee_minor) for part in parts] == [(7, 7), (3, 3)]


def test_a_refund_takes_back_by_the_shares_it_was_cleared_with() -> None:
    cleared = {"p0": 33, "p1": 33, "p2": 34, BUSINESS: 0}

    first = take_back(cleared, {}, Money(50, "USD"))
    rest = take_back(cleared, first, Money(50, "USD"))

    assert first == {"p0": 17, "p1": 16, "p2": 17, BUSINESS: 0}
    assert {party: first[party] + rest[party] for party in cleared} == cleared


def test_what_the_business_paid_on_top_comes_back_with_the_refund() -> None:
    cleared = {"p0": 900, BUSINESS: -100}

    half = take_back(cleared, {}, Money(400, "USD"))
    rest = take_back(cleared, half, Money(400, "USD"))

    assert (half, rest) == ({"p0": 450, BUSINESS: -50}, {"p0": 450, BUSINESS: -50})


@pytest.mark.parametrize("minor", [0, 101])
def test_no_more_goes_back_than_is_left(minor: int) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        take_back({"p0": 60, BUSINESS: 40}, {}, Money(minor, "USD"))


@pytest.mark.parametrize(
    "shares",
    [
        (),
        _rates(6000, 4001),
        (*_rates(5000), *_rates(5000)),
        _rates(0),
        _rates(-1),
        (ShareTerms(party="p0", is_rest=True), ShareTerms(party="p1", is_rest=True)),
        (ShareTerms(party="p0", bps=1, is_rest=True),),
        (ShareTerms(party="p0", fixed={"USD": -1}),),
        (ShareTerms(party="p0", fixed={"ZZQ": 1}),),
        (ShareTerms(party="p0", bps=1, minimum={"USD": 2}, maximum={"USD": 1}),),
        (ShareTerms(party="p0", bps=1, tiers=(Tier(from_minor=5, bps=1), Tier(from_minor=5, bps=2))),),
        (ShareTerms(party="p0", bps=1, tiers=(Tier(from_minor=0, bps=1),)),),
        (*_rates(5000), ShareTerms(party="p9", bps=1, tiers=(Tier(from_minor=5, bps=5001),))),
        _rates(*[1] * 11),
    ],
)
def test_rules_that_cannot_be_applied_are_refused(shares: tuple[ShareTerms, ...]) -> None:
    with pytest.raises(Invalid):
        check_terms(SplitTerms(shares=shares))


def test_whole_rules_are_taken() -> None:
    check_terms(SplitTerms(shares=_rates(6000, 4000)))
    check_terms(SplitTerms(shares=(*_rates(WHOLE_BPS), ShareTerms(party="p9", is_rest=True))))
    check_terms(SplitTerms(shares=_rates(*[1] * 10)))


_CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
_MINOR = st.integers(0, 10**11)


@st.composite
def _terms(draw: st.DrawFn) -> SplitTerms:
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE_BPS), min_size=1, max_size=6)))
    rates = [b - a for a, b in zip([0, *cuts], cuts, strict=False)]
    shares = [
        ShareTerms(
            party=f"p{index}",
            bps=rate,
            fixed=draw(st.just({}) | st.builds(lambda minor: {"USD": minor}, st.integers(0, 500))),
            minimum=draw(st.just({}) | st.builds(lambda minor: {"USD": minor}, st.integers(0, 50))),
            maximum=draw(st.just({}) | st.builds(lambda minor: {"USD": minor}, st.integers(50, 10**9))),
        )
        for index, rate in enumerate(rates)
    ]
    if draw(st.booleans()):
        shares.append(ShareTerms(party="rest", is_rest=True))
    return SplitTerms(
        shares=tuple(shares),
        discounts=draw(st.sampled_from(["shared", "business"])),
        fees=draw(st.sampled_from(["business", "shared"])),
    )


@st.composite
def _lines(draw: st.DrawFn) -> ClearableLine:
    gross = draw(_MINOR)
    amount = draw(st.integers(0, gross))
    return _line(
        amount,
        gross=gross,
        fee=draw(st.integers(0, 10**9)),
        quantity=draw(st.integers(1, 50)),
        currency=draw(_CURRENCIES),
    )


@given(_lines(), _terms())
def test_parts_always_sum_to_the_line(line: ClearableLine, terms: SplitTerms) -> None:
    parts = divide(line, terms)

    assert sum(part.amount_minor for part in parts) == line.amount_minor
    assert all(part.amount_minor >= 0 for part in parts if part.party != BUSINESS)
    assert terms.discounts == "business" or parts[-1].amount_minor >= 0
    assert all(0 <= part.fee_minor <= max(part.amount_minor, 0) for part in parts)


@given(_lines(), st.lists(st.integers(0, 2500), min_size=1, max_size=4))
def test_a_share_by_percentage_is_the_fraction_but_for_less_than_one_minor_unit(
    line: ClearableLine, rates: list[int]
) -> None:
    parts = divide(line, SplitTerms(shares=_rates(*rates)))

    for part, rate in zip(parts, rates, strict=False):
        assert abs(part.amount_minor - Fraction(line.amount_minor * rate, WHOLE_BPS)) < 1


@given(_lines(), _terms(), st.data())
def test_refunds_in_any_parts_take_back_exactly_what_was_cleared(
    line: ClearableLine, terms: SplitTerms, data: st.DataObject
) -> None:
    cleared = {part.party: part.amount_minor for part in divide(line, terms)}
    taken = dict.fromkeys(cleared, 0)
    steps = 0

    while sum(taken.values()) < line.amount_minor:
        left = line.amount_minor - sum(taken.values())
        steps += 1
        minor = left if steps == 12 else data.draw(st.integers(1, left) | st.integers(1, min(left, 3)))
        back = take_back(cleared, taken, Money(minor, line.currency))
        assert sum(back.values()) == minor
        taken = {party: taken[party] + back[party] for party in cleared}
        for party, share in cleared.items():
            if party != BUSINESS:
                assert 0 <= taken[party] <= share
                _assert_is_the_original_share(taken, cleared, party)

    assert taken == cleared or not line.amount_minor


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=10),
    st.integers(0, 200),
    st.randoms(use_true_random=False),
)
def test_many_small_refunds_in_any_order_are_by_the_original_ratios(
    shares: list[int], rest: int, dice: random.Random
) -> None:
    cleared = {f"p{index}": share for index, share in enumerate(shares)} | {BUSINESS: rest}
    taken = dict.fromkeys(cleared, 0)

    while (left := sum(cleared.values()) - sum(taken.values())) > 0:
        back = take_back(cleared, taken, Money(dice.randint(1, min(left, dice.choice((1, 7, left)))), "USD"))
        assert min(back.values()) >= 0
        taken = {party: taken[party] + back[party] for party in cleared}
        for party in cleared:
            _assert_is_the_original_share(taken, cleared, party)

    assert taken == cleared


def _assert_is_the_original_share(taken: dict[str, int], cleared: dict[str, int], party: str) -> None:
    exact = Fraction(cleared[party] * sum(taken.values()), sum(cleared.values()))
    assert -max(1, len(cleared) - 1) < taken[party] - exact < 1


def test_four_hundred_refunds_of_one_cent_take_back_what_one_of_four_dollars_does() -> None:
    cleared = {"p0": 700, BUSINESS: 300}
    taken = dict.fromkeys(cleared, 0)

    for _ in range(400):
        back = take_back(cleared, taken, Money(1, "USD"))
        taken = {party: taken[party] + back[party] for party in cleared}

    assert taken == take_back(cleared, {}, Money(400, "USD")) == {"p0": 280, BUSINESS: 120}


def test_nobody_is_given_anything_by_a_refund_when_largest_remainders_move() -> None:
    # By largest remainder, 3 of 7 would be one of each, but 4 of 7 would be 2, 2 and 0.
    cleared = {"p0": 3, "p1": 3, BUSINESS: 1}
    taken, parts = dict.fromkeys(cleared, 0), []

    for _ in range(7):
        back = take_back(cleared, taken, Money(1, "USD"))
        taken = {party: taken[party] + back[party] for party in cleared}
        parts.append(sorted(back.values()))

    assert parts == [[0, 0, 1]] * 7
    assert taken == cleared
