"""The list's state, all of it in the address: view, text, dates, cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.read.order_search import VIEWS, OrderFilter
from app.web.portal.address import Tab, typed
from app.web.portal.days import day_of, midnight

TITLES = {
    "all": "All",
    "open": "Awaiting payment",
    "paid": "Paid",
    "refunds": "Refunds",
    "closed": "Closed",
    "trouble": "Needs attention",
}


@dataclass(frozen=True)
class ListState:
    """What the address asks for."""

    view: str
    text: str
    since: str
    until: str
    cursor: str

    @classmethod
    def from_request(cls) -> ListState:
        """The state in the address; what makes no sense in it is left out."""
        view = request.args.get("view", "all")
        dates = [request.args.get(name, "") for name in ("from", "to")]
        since, until = (text if day_of(text) else "" for text in dates)
        return cls(view if view in VIEWS else "all", typed("q"), since, until, request.args.get("cursor", ""))

    def wanted(self, time_zone: str) -> OrderFilter:
        """The filter for reading; days are the business's."""
        return OrderFilter(
            view=self.view,
            text=self.text,
            since=midnight(day_of(self.since), time_zone),
            until=midnight(day_of(self.until), time_zone, days=1),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the view narrows the list."""
        return bool(self.text or self.since or self.until)

    def url(self, **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        named = {"view": self.view if self.view != "all" else "", "q": self.text, "from": self.since, "to": self.until}
        return url_for("portal.orders.index", **{key: value for key, value in (named | changes).items() if value})

    def tabs(self) -> list[Tab]:
        """Every view."""
        return [
            Tab(title, self.url(view=key if key != "all" else ""), key == self.view) for key, title in TITLES.items()
        ]
