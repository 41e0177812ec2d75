"""Which source of an order's money a refund returns to."""

from __future__ import annotations

import uuid

import pytest

from app.domain.payments.rules import from_sources
from app.domain.payments.types import LinePart

LINE, OTHER, SUB = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


def _part(minor: int, quantity: int | None = None, line: uuid.UUID = LINE) -> LinePart:
    return LinePart(line_id=line, sub_order_id=SUB, quantity=quantity, amount_minor=minor)


@pytest.mark.parametrize(
    ("expected", "left", "taken"),
    [
        (500, [600, 400], [500, 0]),
        (600, [600, 400], [600, 0]),
        (601, [600, 400], [600, 1]),
        (1000, [600, 400], [600, 400]),
        (3, [0, 400], [0, 3]),
        (7, [7], [7]),
    ],
)
def test_the_first_source_gives_what_it_has_left_then_the_next(
    expected: int, left: list[int], taken: list[int]
) -> None:
    shares = from_sources([_part(expected)], left)

    assert [sum(part.amount_minor for part in share) for share in shares] == taken


def test_more_than_all_have_left_is_no_refund() -> None:
    with pytest.raises(ValueError, match="more than"):
        from_sources([_part(1001)], [600, 400])


def test_a_line_that_both_give_is_cut_in_two_and_its_units_count_once() -> None:
    shares = from_sources([_part(300, 1), _part(500, 2, OTHER)], [600, 400])

    assert shares == [[_part(300, 1), _part(300, 2, OTHER)], [_part(200, None, OTHER)]]
