"""The tax in a price, to the minor unit, and the text of a receipt's number."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import format_money
from app.domain.accounts.business.settings import texts
from app.domain.orders.receipts.rules import IncludedTax, credited_taxes, included_minor, included_taxes, number_text

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GAME, BOOK = uuid4(), uuid4()


@dataclass(frozen=True)
class Rate:
    """A rate as the table has it."""

    rate_bps: int
    product_id: UUID | None = None
    name: str = "VAT"
    country: str = "DE"
    starts_at: datetime = NOW - timedelta(days=1)
    ends_at: datetime | None = None


@pytest.mark.parametrize(
    ("gross_minor", "currency", "rate_bps", "tax_minor", "shown"),
    [
        (11900, "EUR", 1900, 1900, "€19.00"),
        (1000, "EUR", 1900, 160, "€1.60"),
        (1100, "JPY", 1000, 100, "¥100"),
        (980, "JPY", 800, 73, "¥73"),
        (10500, "KWD", 500, 500, "KWD0.500"),
        (1, "KWD", 500, 0, "KWD0.000"),
        (10810, "CHF", 810, 810, "CHF8.10"),
        (0, "EUR", 1900, 0, "€0.00"),
        (100, "EUR", 0, 0, "€0.00"),
        (3, "EUR", 10_000, 2, "€0.02"),
    ],
)
def test_the_tax_in_an_amount_with_no_two_and_three_decimals(
    gross_minor: int, currency: str, rate_bps: int, tax_minor: int, shown: str
) -> None:
    assert included_minor(gross_minor, rate_bps) == tax_minor
    assert format_money(included_minor(gross_minor, rate_bps), currency) == shown


@given(st.integers(0, 99_999_999_999), st.integers(0, 10_000))
def test_tax_is_the_nearest_minor_unit(gross_minor: int, rate_bps: int) -> None:
    exact = Fraction(gross_minor * rate_bps, 10_000 + rate_bps)

    assert abs(included_minor(gross_minor, rate_bps) - exact) <= Fraction(1, 2)


@given(st.lists(st.tuples(st.sampled_from([GAME, BOOK]), st.integers(0, 10**9)), max_size=20))
def test_the_amounts_of_all_rates_are_the_lines(lines: list[tuple[UUID, int]]) -> None:
    taxes = included_taxes(lines, [Rate(1900), Rate(700, product_id=BOOK)], country="DE", at=NOW)

    assert sum(tax.gross_minor for tax in taxes) == sum(amount for _, amount in lines)


def test_a_product_has_its_own_rate_and_rounding_happens_once_a_rate() -> None:
    lines = [(GAME, 999), (BOOK, 500), (GAME, 999), (GAME, 999)]

    taxes = included_taxes(lines, [Rate(1900), Rate(700, product_id=BOOK)], country="DE", at=NOW)

    assert taxes == [IncludedTax("VAT", 1900, 2997, 479), IncludedTax("VAT", 700, 500, 33)]
    assert 3 * included_minor(999, 1900) == 480, "one by one it would be a minor unit more"


@pytest.mark.parametrize(
    ("rate", "country", "holds"),
    [
        (Rate(1900), "DE", True),
        (Rate(1900), "AT", False),
        (Rate(1900), None, False),
        (Rate(1900, starts_at=NOW), "DE", True),
        (Rate(1900, starts_at=NOW + timedelta(microseconds=1)), "DE", False),
        (Rate(1900, ends_at=NOW), "DE", False),
        (Rate(1900, ends_at=NOW + timedelta(microseconds=1)), "DE", True),
        (Rate(1900, product_id=BOOK), "DE", False),
    ],
)
def test_a_rate_holds_in_its_country_and_time(rate: Rate, country: str | None, holds: bool) -> None:
    assert bool(included_taxes([(GAME, 100)], [rate], country=country, at=NOW)) == holds


def test_what_has_no_rate_is_in_no_tax() -> None:
    rates = [replace(Rate(700), product_id=BOOK)]

    assert included_taxes([(GAME, 100), (BOOK, 107)], rates, country="DE", at=NOW) == [IncludedTax("VAT", 700, 107, 7)]


def test_a_number_is_printed_as_its_pattern_says() -> None:
    assert number_text("R-{year}-{number}", 17, year=2026) == "R-2026-17"
    assert number_text("{number}", 1000, year=2026) == "1000"


@pytest.mark.parametrize("pattern", ["R", "R-{year}", "{number}{number}", "{number}-{month}", "{number", "{number}}"])
def test_a_pattern_without_its_number_or_with_other_braces_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        texts.receipt_format(pattern)
    assert texts.receipt_format("{number}/{year}")


def test_a_refund_by_line_gives_back_the_tax_of_that_line() -> None:
    taxes = [
        {"name": "VAT", "rate_bps": 1900, "gross_minor": 1190, "tax_minor": 190, "lines": ["a"]},
        {"name": "VAT", "rate_bps": 700, "gross_minor": 1070, "tax_minor": 70, "lines": ["b", "c"]},
    ]
    about: dict[str, Any] = {"total_minor": 2260, "before_minor": 0}

    of_one = credited_taxes(taxes, [], amount_minor=535, by_line={"b": 535}, **about)
    of_both = credited_taxes(taxes, [], amount_minor=1725, by_line={"a": 1190, "c": 535}, **about)

    assert of_one == [IncludedTax("VAT", 700, 535, 35)]
    assert of_both == [IncludedTax("VAT", 1900, 1190, 190), IncludedTax("VAT", 700, 535, 35)]


def test_of_a_receipt_that_names_no_lines_a_refund_is_spread_by_amount() -> None:
    taxes = [{"name": "VAT", "rate_bps": 1900, "gross_minor": 1190, "tax_minor": 190}]

    notes, before = list[list[dict[str, Any]]](), 0
    for amount in (1, 1000, 1379):
        made = credited_taxes(taxes, notes, amount_minor=amount, total_minor=2380, before_minor=before, by_line={})
        notes, before = [*notes, [asdict(each) for each in made]], before + amount

    assert [sum(each["gross_minor"] for each in note) for note in notes] == [0, 500, 690]
    assert sum(each["tax_minor"] for note in notes for each in note) == 190


def test_no_note_has_more_tax_lines_than_money() -> None:
    taxes = [{"name": name, "rate_bps": 1900, "gross_minor": 1, "tax_minor": 0} for name in ("A", "B")]

    last = credited_taxes(taxes, [], amount_minor=1, total_minor=2, before_minor=1, by_line={})

    assert [each.gross_minor for each in last] == [1]
