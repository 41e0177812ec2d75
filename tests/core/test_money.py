from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, Money, exponent, format_money, known_currencies, parse_minor, plain

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@settings(max_examples=150, database=None, derandomize=True)
@given(st.integers(-MAX_MINOR, MAX_MINOR), weights)
def test_shares_sum_to_the_whole_and_none_is_a_unit_off(minor: int, weights: list[int]) -> None:
    shares = Money(minor, "USD").allocate(weights)

    assert sum(share.minor for share in shares) == minor
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor * sum(weights) - minor * weight) < sum(weights)


def test_equal_remainders_go_to_the_earlier() -> None:
    assert [share.minor for share in Money(5, "USD").allocate([1, 1, 1])] == [2, 2, 1]
    assert [share.minor for share in Money(-5, "USD").allocate([1, 1, 1])] == [-2, -2, -1]


def test_the_larger_remainder_goes_first_and_no_weight_gets_nothing() -> None:
    assert [share.minor for share in Money(10, "USD").allocate([1, 0, 5])] == [2, 0, 8]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "USD").allocate(weights)


def test_currencies_do_not_mix() -> None:
    dollars, euros = Money(1, "USD"), Money(1, "EUR")

    assert dollars != euros
    for mix in (lambda: dollars + euros, lambda: dollars - euros, lambda: dollars < euros, lambda: dollars <= euros):
        with pytest.raises(ValueError, match="do not mix"):
            mix()


@pytest.mark.parametrize("minor", [1.0, 1.5, "1", None, True])
def test_minor_units_are_whole_numbers_and_nothing_else(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, "USD")


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("1250", "JPY", 1250),
        ("12.5", "CNY", 1250),
        ("12.50", "CNY", 1250),
        ("1.234", "KWD", 1234),
        (" 7 ", "USD", 700),
        ("0", "USD", 0),
        ("-3.20", "USD", -320),
        ("999999999.99", "USD", MAX_MINOR),
    ],
)
def test_typed_amounts_become_minor_units(typed: str, currency: str, minor: int) -> None:
    assert parse_minor(typed, currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("1e3", "USD"),
        ("１２", "USD"),  # full-width digits
        ("٣", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("--1", "USD"),
        ("+1", "USD"),
        ("", "USD"),
        (".5", "USD"),
        ("5.", "USD"),
        ("1,000", "USD"),
        ("1_000", "USD"),
        ("1 000", "USD"),
        ("0x10", "USD"),
        ("1.5", "JPY"),
        ("1.234", "CNY"),
        ("1.2345", "KWD"),
        ("1000000000.00", "USD"),
        (str(2**63), "JPY"),
        ("9" * 50, "JPY"),
        ("1", "XXQ"),
        ("1", "usd"),
    ],
)
def test_anything_else_is_refused(typed: str, currency: str) -> None:
    with pytest.raises(Invalid):
        parse_minor(typed, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (1250, "USD", "en", "$12.50"),
        (1250, "JPY", "en", "¥1,250"),
        (1250, "KWD", "en", "KWD1.250"),
        (1250, "CNY", "zh-Hans", "¥12.50"),
        (-5, "USD", "en", "−$0.05"),
        (MAX_MINOR, "EUR", "de", "999.999.999,99\xa0€"),
        (1250, "USD", "ar", "\u200f12.50\xa0US$\u200e"),
        (-1250, "USD", "ar", "\u200f\u200e−12.50\u200f\xa0US$\u200e"),
    ],
)
def test_amounts_are_shown_as_people_of_the_place_write_them(
    minor: int, currency: str, locale: str, shown: str
) -> None:
    assert format_money(minor, currency, locale) == shown


@pytest.mark.parametrize("currency", ["JPY", "CNY", "KWD"])
@pytest.mark.parametrize("minor", [0, 1, 999, 1000, MAX_MINOR, -1, -1001])
def test_what_a_form_shows_is_what_it_reads(minor: int, currency: str) -> None:
    assert parse_minor(plain(minor, currency), currency) == minor


def test_exponents_are_those_of_cldr() -> None:
    assert [exponent(currency) for currency in ("JPY", "CNY", "USD", "KWD")] == [0, 2, 2, 3]


def test_only_money_that_is_used_today_is_known() -> None:
    assert {"USD", "EUR", "KWD", "XOF"} <= known_currencies()
    assert known_currencies().isdisjoint({"DEM", "HRK", "XAU", "XXX", "USN"})
