"""What the home page shows, all of it in the address: period, own days, currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from app.read.insights.metrics import Step
from app.read.periods import PERIODS, Period, period_of
from app.web.portal.address import Tab
from app.web.portal.days import day_of


@dataclass(frozen=True)
class Shown:
    """The period and the currency that the address asks for."""

    endpoint: str
    period: Period
    currency: str
    path: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_request(cls, endpoint: str, time_zone: str, *, default: str = "today", **path: str) -> Shown:
        """What makes no sense in the address is left out."""
        since, until = (day_of(request.args.get(name, "")) for name in ("from", "to"))
        period = period_of(request.args.get("period", default), time_zone, since=since, until=until)
        return cls(endpoint, period, request.args.get("currency", "")[:3], tuple(path.items()))

    def url(self, *, _endpoint: str = "", **changes: Any) -> str:
        """The page's address with changes, or that of another endpoint about the same days."""
        own = self.period.name == "own"
        named = {
            "period": "" if own else self.period.name,
            "from": self.period.since.isoformat() if own else "",
            "to": self.period.until.isoformat() if own else "",
            "currency": self.currency,
        }
        if "period" in changes:
            named |= {"from": "", "to": ""}
        values: dict[str, Any] = dict(self.path) | named | changes
        return url_for(_endpoint or self.endpoint, **{key: value for key, value in values.items() if value})

    def tabs(self) -> list[Tab]:
        """The periods that have a name."""
        return [Tab(title, self.url(period=name), name == self.period.name) for name, title in PERIODS.items()]

    def orders(self, **more: Any) -> str:
        """The list of the orders paid in the period."""
        return self._orders(self.period.since, self.period.until, **more)

    def refunds(self, currency: str) -> str:
        """The list of the refunds that the metric counts."""
        named: dict[str, Any] = {
            "view": "sales",
            "decided_from": self.period.since.isoformat(),
            "decided_to": self.period.until.isoformat(),
            "currency": currency,
        }
        return url_for("portal.refunds.index", **named)

    def tried(self, currency: str, channel: str = "") -> str:
        """The list of the attempts to pay that the metric counts, at this channel account or at all."""
        named: dict[str, Any] = {
            "view": "decided",
            "from": self.period.since.isoformat(),
            "to": self.period.until.isoformat(),
            "currency": currency,
            **({"channel": channel} if channel else {}),
        }
        return url_for("portal.payments.index", **named)

    def orders_of(self, step: Step) -> str:
        """The list of the orders paid on the step's day."""
        return self._orders(step.day, step.day)

    def _orders(self, since: date, until: date, **more: Any) -> str:
        span = {"paid_from": since.isoformat(), "paid_to": until.isoformat(), "currency": self.currency}
        return url_for("portal.orders.index", **{key: value for key, value in {**span, **more}.items() if value})

    @property
    def span_text(self) -> str:
        """The period in words."""
        period = self.period
        return _day(period.since) if period.is_one_day else f"{_day(period.since)} – {_day(period.until)}"

    @property
    def before_text(self) -> str:
        """What it compares with, in words."""
        period = self.period
        if period.is_one_day:
            weekday = period.before_since.strftime("%A")
            return (
                f"{weekday} last week" if period.since - period.before_since == timedelta(days=7) else "the day before"
            )
        return f"{_day(period.before_since)} – {_day(period.before_until)}"


def _day(day: date) -> str:
    return f"{day.day} {day.strftime('%b')} {day.year}"
