"""Lines of strangers are few, and the rest is counted."""

from __future__ import annotations

from app.core.log_limit import MAX_SHAPES, LogLimit
from ops import child


def test_of_each_shape_some_are_written_and_the_rest_is_counted() -> None:
    limit = LogLimit(of_a_shape=3, of_all=100, window_s=0.0)

    taken = [limit.take(("GET", "x", "404")) for _ in range(10)]
    other = limit.take(("GET", "y", "404"))

    assert sum(taken) == 3
    assert other, "one shape does not hide another"
    assert limit.left_out() == {("GET", "x", "404"): 7}
    assert not limit.left_out(), "told once"
    assert limit.take(("GET", "x", "404")), "a new window"


def test_all_shapes_together_have_a_limit_too() -> None:
    limit = LogLimit(of_a_shape=3, of_all=100)

    taken = [limit.take(("GET", str(number), "404")) for number in range(10_000)]

    assert sum(taken) == 100


def test_shapes_without_end_take_no_memory() -> None:
    limit = LogLimit(of_a_shape=3, of_all=100, window_s=0.0)

    for number in range(10 * MAX_SHAPES):
        limit.take(("GET", str(number), "404"))
    left_out = limit.left_out()

    assert len(left_out) <= MAX_SHAPES
    assert left_out.total() == 10 * MAX_SHAPES - 100


def test_nothing_is_reported_before_the_window_is_over() -> None:
    limit = LogLimit(of_a_shape=1, window_s=0.2)
    limit.take(("a",))
    limit.take(("a",))

    assert not limit.left_out()
    assert child.wait_until(lambda: bool(limit.left_out()), limit_s=10)
