"""The list's state, all of it in the address: state, kind, channel, buyer, dates, cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.read.movements import KINDS, STATUSES, MovementFilter
from app.web.portal.address import Tab
from app.web.portal.days import day_of, midnight

TITLES = {"": "All", "open": "Undecided", "succeeded": "Succeeded", "failed": "Failed", "cancelled": "Cancelled"}


@dataclass(frozen=True)
class ListState:
    """What the address asks for."""

    status: str
    kind: str
    channel: str
    buyer: str
    since: str
    until: str
    cursor: str

    @classmethod
    def from_request(cls) -> ListState:
        """The state in the address; what makes no sense in it is left out."""
        given = {name: text.replace("\x00", "").strip()[:200] for name, text in request.args.items()}
        since, until = (text if day_of(text) else "" for text in (given.get("from", ""), given.get("to", "")))
        status, kind = given.get("status", ""), given.get("kind", "")
        return cls(
            status=status if status in STATUSES else "",
            kind=kind if kind in KINDS else "",
            channel=given.get("channel", ""),
            buyer=given.get("buyer", ""),
            since=since,
            until=until,
            cursor=given.get("cursor", ""),
        )

    def wanted(self, time_zone: str) -> MovementFilter:
        """The filter for reading; days are the business's."""
        return MovementFilter(
            status=self.status,
            kind=self.kind,
            channel=self.channel,
            buyer=self.buyer,
            since=midnight(day_of(self.since), time_zone),
            until=midnight(day_of(self.until), time_zone, days=1),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the state narrows the list."""
        return bool(self.kind or self.channel or self.buyer or self.since or self.until)

    def url(self, **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        named = {"status": self.status, "kind": self.kind, "channel": self.channel, "buyer": self.buyer}
        named |= {"from": self.since, "to": self.until}
        kept = {key: value for key, value in (named | changes).items() if value}
        return url_for("portal.movements.index", **kept)

    @property
    def clear_url(self) -> str:
        """The list of this state with nothing else asked for."""
        return self.url(kind="", channel="", buyer="", **{"from": "", "to": ""})

    def tabs(self) -> list[Tab]:
        """Every state."""
        return [Tab(title, self.url(status=key), key == self.status) for key, title in TITLES.items()]
