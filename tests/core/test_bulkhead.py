from __future__ import annotations

from app.core.bulkhead import Bulkhead


def test_who_finds_no_place_in_time_is_told_so_and_takes_none() -> None:
    bulkhead = Bulkhead(2, wait_s=0.01)

    with (
        bulkhead.place("a") as first,
        bulkhead.place("a") as second,
        bulkhead.place("a") as third,
        bulkhead.place("b") as elsewhere,
    ):
        found = (first, second, third, elsewhere)

    assert found == (True, True, False, True)
    with bulkhead.place("a") as again, bulkhead.place("a") as both:
        assert (again, both) == (True, True)
