"""Order numbers, and what people type for them."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid
from app.domain.accounts.business.settings import texts
from app.domain.orders.numbers import number_text, numbers_in, random_number


def test_random_numbers_have_ten_digits_and_differ() -> None:
    drawn = {random_number() for _ in range(1000)}

    assert len(drawn) == 1000
    assert all(len(number) == 10 and number.isdecimal() and number[0] != "0" for number in drawn)


@pytest.mark.parametrize(
    "typed", ["10482", "#10482", " Order 10482 ", "order #10482", "No. 10482", "10 482", "10-482", "A-10482", "a-10482"]
)
def test_a_number_is_known_however_it_is_typed(typed: str) -> None:
    assert "A-10482" in numbers_in(typed, "A-{number}", year=2026)


@pytest.mark.parametrize("typed", ["", "ada", "#", "order", "1" * 41])
def test_what_has_no_number_means_none(typed: str) -> None:
    assert numbers_in(typed, "{number}", year=2026) == frozenset()


def test_a_number_of_last_year_is_known_by_its_digits() -> None:
    assert numbers_in("7", "{year}/{number}", year=2026) >= {"2026/7", "2025/7"}


def test_the_format_fills_in_number_and_year() -> None:
    assert number_text("S{year}-{number}", "12", year=2026) == "S2026-12"
    assert texts.order_number_format("S{year}-{number}") == "S{year}-{number}"


@pytest.mark.parametrize("pattern", ["A", "{number}{number}", "{order}", "{number}}"])
def test_a_format_without_its_number_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid, match="Use {number} once"):
        texts.order_number_format(pattern)
