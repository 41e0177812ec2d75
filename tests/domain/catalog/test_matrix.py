"""Options and the SKUs they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.ids import new_id
from app.domain.catalog.matrix import Cell, checked, combinations, fits, missing, name_of, place_of, refit
from app.domain.catalog.types import Option

TERM = Option("Term", ("1 month", "1 year"))
SEATS = Option("Seats", ("One", "Team"))
names = st.text("abcdefgh", min_size=1, max_size=3)
options = st.lists(
    st.builds(Option, names, st.lists(names, min_size=1, max_size=4, unique=True).map(tuple)),
    max_size=3,
    unique_by=lambda option: option.name,
).map(tuple)


def test_options_make_every_combination_in_their_order() -> None:
    made = combinations([TERM, SEATS])

    assert [name_of([TERM, SEATS], each) for each in made] == [
        "1 month / One", "1 month / Team", "1 year / One", "1 year / Team",
    ]  # fmt: skip
    assert [place_of([TERM, SEATS], each) for each in made] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert combinations([]) == []


@pytest.mark.parametrize(
    "bad",
    [
        [Option("", ("a",))],
        [Option("a", ())],
        [Option("a", ("x", "X"))],
        [Option("a", ("x",)), Option("A ", ("y",))],
        [Option("a", ("x\x00",))],
        [Option("a" * 61, ("x",))],
        [Option(str(number), ("x",)) for number in range(6)],
        [Option("a", tuple(map(str, range(11)))), Option("b", tuple(map(str, range(10))))],
    ],
)
def test_options_that_cannot_be_are_refused(bad: list[Option]) -> None:
    with pytest.raises(Invalid):
        checked(bad)


def test_a_sku_gets_the_value_it_is_called_by_under_a_new_option() -> None:
    month, year = Cell(new_id(), "1 Month", {}), Cell(new_id(), "1 year", {})

    assert refit([TERM], [year, month]) == {year.id: {"Term": "1 year"}, month.id: {"Term": "1 month"}}


def test_of_two_skus_that_become_the_same_the_earlier_stays() -> None:
    one, two = (
        Cell(new_id(), "x", {"Term": "1 year", "Seats": "One"}),
        Cell(new_id(), "y", {"Term": "1 year", "Seats": "Team"}),
    )

    assert refit([TERM], [one, two]) == {one.id: {"Term": "1 year"}, two.id: None}


def test_a_sku_with_a_removed_value_has_no_place() -> None:
    removed = Cell(new_id(), "x", {"Term": "2 years"})

    assert refit([TERM], [removed]) == {removed.id: None}


@given(before=options, after=options)
def test_every_sku_fits_after_refitting_or_has_no_place(before: tuple[Option, ...], after: tuple[Option, ...]) -> None:
    cells = [Cell(new_id(), name_of(before, each), each) for each in combinations(before)]

    places = [place for place in refit(after, cells).values() if place is not None]

    assert all(fits(after, place) for place in places)
    assert not after or len({tuple(sorted(place.items())) for place in places}) == len(places)


@given(before=options)
def test_the_same_options_leave_every_sku_where_it_is_and_nothing_is_missing(before: tuple[Option, ...]) -> None:
    cells = [Cell(new_id(), "", each) for each in combinations(before)]

    assert refit(before, cells) == {cell.id: cell.specification for cell in cells}
    assert missing(before, cells) == []
