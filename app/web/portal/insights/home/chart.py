"""Sales as a picture: a day as a line that grows through the day, longer as a bar for each day; behind it, dashed, what
the span before had. All of it also stands in the table beside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from babel.dates import format_date

from app.core.money import format_money
from app.read.insights.metrics import Metrics, Step

HEIGHT, TOP, FOOT, LEFT, RIGHT = 220, 10, 24, 68, 16


@dataclass(frozen=True)
class Label:
    """A text beside an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Bar:
    """A day: where it stands, and the whole height above it for the pointer."""

    x: float
    y: float
    width: float
    height: float
    slot_x: float
    slot_width: float
    step: Step
    title: str


@dataclass(frozen=True)
class Chart:
    """Ready-made SVG geometry; points are "x,y x,y …"."""

    width: int
    height: int
    left: int
    scale: tuple[Label, ...]
    labels: tuple[Label, ...]
    then_points: str
    summary: str
    is_empty: bool
    now_points: str = ""
    area_points: str = ""
    dot: tuple[float, float] | None = None
    bars: tuple[Bar, ...] = ()


def chart(metrics: Metrics, hours_gone: float, *, width: int) -> Chart:
    """The picture of the period, `width` units wide."""
    if metrics.period.is_one_day:
        return _line(metrics, hours_gone if metrics.period.cut else 24.0, width)
    return _bars(metrics, width)


def _line(metrics: Metrics, hours_gone: float, width: int) -> Chart:
    full_hours = ceil(hours_gone)
    now = [0, *accumulate(step.minor for step in metrics.steps[:full_hours])]
    then = [0, *accumulate(step.then for step in metrics.steps)]
    top = round_up(max(now[-1], then[-1], 1))

    def point(hour: float, minor: int) -> tuple[float, float]:
        return round(LEFT + (width - LEFT - RIGHT) * hour / 24, 1), height_of(minor, top)

    points = [point(min(hour, hours_gone), minor) for hour, minor in enumerate(now)]
    floor = HEIGHT - FOOT
    return Chart(
        width=width,
        height=HEIGHT,
        left=LEFT,
        scale=scale_of(top, metrics.currency),
        labels=tuple(Label(point(hour, 0)[0], HEIGHT - 5, f"{hour:02d}:00") for hour in (0, 6, 12, 18, 24)),
        now_points=_joined(points),
        then_points=_joined([point(hour, minor) for hour, minor in enumerate(then)]),
        area_points=_joined([(points[0][0], floor), *points, (points[-1][0], floor)]),
        dot=points[-1],
        summary=_summary(metrics),
        is_empty=now[-1] == 0 and then[-1] == 0,
    )


def _bars(metrics: Metrics, width: int) -> Chart:
    steps = metrics.steps
    top = round_up(max(*(step.minor for step in steps), *(step.then for step in steps), 1))
    slot = (width - LEFT - RIGHT) / len(steps)
    bar = max(min(slot * 0.64, 44.0), 0.8)
    floor = HEIGHT - FOOT
    bars, middles = [], []
    for number, step in enumerate(steps):
        x, y = LEFT + slot * number, height_of(step.minor, top)
        middles.append((round(x + slot / 2, 1), height_of(step.then, top)))
        bars.append(
            Bar(
                x=round(x + (slot - bar) / 2, 1),
                y=y,
                width=round(bar, 1),
                height=round(floor - y, 1),
                slot_x=round(x, 1),
                slot_width=round(slot, 1),
                step=step,
                title=f"{day_text(step)}: {format_money(step.minor, metrics.currency)}",
            )
        )
    every = max(1, ceil(len(steps) / (7 if width > 500 else 4)))
    labels = [Label(middles[n][0], HEIGHT - 5, day_text(steps[n])) for n in range(0, len(steps), every)]
    return Chart(
        width=width,
        height=HEIGHT,
        left=LEFT,
        scale=scale_of(top, metrics.currency),
        labels=tuple(labels),
        then_points=_joined(middles),
        bars=tuple(bars),
        summary=_summary(metrics),
        is_empty=not any(step.minor or step.then for step in steps),
    )


def day_text(step: Step) -> str:
    """A step as people call it: 14:00, or 3 Nov."""
    return f"{step.hour:02d}:00" if step.hour is not None else str(format_date(step.day, "d MMM", locale="en"))


def _summary(metrics: Metrics) -> str:
    now, then = (format_money(each.sales.minor, metrics.currency) for each in (metrics.now, metrics.then))
    return f"Sales: {now}; previous period: {then}. See the table below for details."


def height_of(minor: int, top: int) -> float:
    return round(TOP + (HEIGHT - FOOT - TOP) * (1 - minor / top), 1)


def scale_of(top: int, currency: str) -> tuple[Label, ...]:
    return tuple(
        Label(LEFT - 10, height_of(part, top) + 4, format_money(part, currency)) for part in (0, top // 2, top)
    )


def _joined(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def round_up(minor: int) -> int:
    """The next number that people like at the head of a scale."""
    power: int = 10 ** (len(str(minor)) - 1)
    steps = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
    return next(step * power // 10 for step in steps if step * power // 10 >= minor)
