"""MRR at the end of each month as bars; the same numbers stand in the table below."""

from __future__ import annotations

from dataclasses import dataclass

from babel.dates import format_date

from app.core.money import format_money
from app.read.subscriptions.contract_metrics import ContractMetrics, MonthMoved
from app.web.portal.insights.home.chart import FOOT, HEIGHT, LEFT, RIGHT, Label, height_of, round_up, scale_of


@dataclass(frozen=True)
class Column:
    """A month: where its bar stands."""

    x: float
    y: float
    width: float
    height: float
    month: MonthMoved
    title: str


@dataclass(frozen=True)
class MrrChart:
    """Ready-made SVG geometry."""

    width: int
    height: int
    left: int
    scale: tuple[Label, ...]
    labels: tuple[Label, ...]
    columns: tuple[Column, ...]


def chart(metrics: ContractMetrics, *, width: int) -> MrrChart:
    """The picture of the months, `width` units wide."""
    top = round_up(max(*(each.closing_minor for each in metrics.months), 1))
    slot = (width - LEFT - RIGHT) / len(metrics.months)
    bar, columns, labels = slot * 0.64, [], []
    for number, each in enumerate(metrics.months):
        x, y = LEFT + slot * number, height_of(each.closing_minor, top)
        title = f"{month_text(each)}: {format_money(each.closing_minor, metrics.currency)}"
        columns.append(
            Column(round(x + (slot - bar) / 2, 1), y, round(bar, 1), round(HEIGHT - FOOT - y, 1), each, title)
        )
        if (len(metrics.months) - 1 - number) % (2 if width > 500 else 4) == 0:
            labels.append(Label(round(x + slot / 2, 1), HEIGHT - 5, str(format_date(each.month, "MMM", locale="en"))))
    return MrrChart(width, HEIGHT, LEFT, scale_of(top, metrics.currency), tuple(labels), tuple(columns))


def month_text(month: MonthMoved) -> str:
    """A month as people call it: Nov 2026."""
    return str(format_date(month.month, "MMM y", locale="en"))
