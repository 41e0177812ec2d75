"""The day's sales as a line, last week's as a dashed one: sums from midnight on, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from app.core.money import format_money
from app.read.dashboard import Sales

HEIGHT, TOP, FOOT, LEFT, RIGHT = 210, 10, 24, 68, 20


@dataclass(frozen=True)
class Label:
    """A text beside an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Ready-made SVG geometry; `points` are "x,y x,y …"."""

    width: int
    height: int
    left: int
    now_points: str
    then_points: str
    area_points: str
    dot: tuple[float, float]
    scale: tuple[Label, ...]
    hours: tuple[Label, ...]
    summary: str
    is_empty: bool


def day_chart(sales: Sales, hours_gone: float, *, width: int) -> Chart:
    """The chart of one currency's day up to now, `width` units wide."""
    today = [0, *accumulate(sales.hours_today)]
    then = [0, *accumulate(sales.hours_then)]
    top = _round_up(max(today[-1], then[-1], 1))

    def point(hour: float, minor: int) -> tuple[float, float]:
        x = LEFT + (width - LEFT - RIGHT) * hour / 24
        y = TOP + (HEIGHT - FOOT - TOP) * (1 - minor / top)
        return round(x, 1), round(y, 1)

    now_points = [point(min(hour, hours_gone), minor) for hour, minor in enumerate(today)]
    floor = HEIGHT - FOOT
    return Chart(
        width=width,
        height=HEIGHT,
        left=LEFT,
        now_points=_joined(now_points),
        then_points=_joined([point(hour, minor) for hour, minor in enumerate(then)]),
        area_points=_joined([(now_points[0][0], floor), *now_points, (now_points[-1][0], floor)]),
        dot=now_points[-1],
        scale=tuple(
            Label(LEFT - 10, point(0, part)[1] + 4, format_money(part, sales.currency)) for part in (0, top // 2, top)
        ),
        hours=tuple(Label(point(hour, 0)[0], HEIGHT - 5, f"{hour:02d}:00") for hour in (0, 6, 12, 18, 24)),
        summary=(
            f"Sales so far today: {format_money(sales.today_minor, sales.currency)}; "
            f"the same day last week up to this hour: {format_money(sales.then_minor, sales.currency)}."
        ),
        is_empty=today[-1] == 0 and then[-1] == 0,
    )


def _joined(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _round_up(minor: int) -> int:
    """The next figure that people like at the head of a scale."""
    power: int = 10 ** (len(str(minor)) - 1)
    steps = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
    return next(step * power // 10 for step in steps if step * power // 10 >= minor)
