"""What the addresses of the wallets section ask for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for

from app.core import ids
from app.read.wallets.wallets import PAGE, Entry, Wallet
from app.web.buyers import buyer_for_url, buyer_from_url
from app.web.portal.address import Tab, typed
from app.web.portal.days import day_of, midnight


@dataclass(frozen=True)
class SearchState:
    """The list: the beginning of a buyer's reference, and a cursor."""

    text: str
    cursor: str

    @classmethod
    def from_request(cls) -> SearchState:
        """The state in the address."""
        return cls(typed("q"), buyer_from_url("cursor"))

    def url(self, **changes: Any) -> str:
        """The list's address; the cursor is left out unless it is one of the changes."""
        named = {"q": self.text} | changes | {"cursor": buyer_for_url(changes.get("cursor"))}
        arguments = {key: value for key, value in named.items() if value}
        return url_for("portal.wallets.index", **arguments)


@dataclass(frozen=True)
class BuyerState:
    """One buyer's page: whose, the statement's currency, where it goes on, and the last day it shows."""

    buyer: str
    currency: str
    cursor: str
    day: str
    end: datetime | None
    currencies: tuple[str, ...] = ()

    @classmethod
    def from_request(cls, time_zone: str) -> BuyerState:
        """The state in the address; days are the business's."""
        day = day_of(typed("day"))
        text = day.isoformat() if day else ""
        end = midnight(day, time_zone, days=1)
        return cls(buyer_from_url("reference"), typed("currency"), typed("cursor"), text, end)

    def of(self, held: Sequence[Wallet]) -> BuyerState:
        """The state among these wallets: without a currency, or with another, the first that the buyer has."""
        currencies = tuple(wallet.currency for wallet in held)
        chosen = self.currency if self.currency in currencies else next(iter(currencies), "")
        return replace(self, currency=chosen, currencies=currencies)

    @property
    def before(self) -> uuid.UUID | None:
        """The last entry seen, or one that is older than whatever came after the day."""
        return ids.try_parse(self.cursor, "lde") or (ids.first_at(self.end) if self.end else None)

    def url(self, **changes: Any) -> str:
        """The page's address; the cursor is left out unless it is one of the changes."""
        named = {"reference": buyer_for_url(self.buyer), "currency": self.currency, "day": self.day}
        return url_for("portal.wallets.detail", **{key: value for key, value in (named | changes).items() if value})

    def next_url(self, lines: Sequence[Entry]) -> str:
        """Where older lines are; lines were read as one more than a page."""
        return self.url(cursor=ids.show("lde", lines[PAGE - 1].row.id)) if len(lines) > PAGE else ""

    def tabs(self) -> list[Tab]:
        """Every currency the buyer has."""
        return [Tab(each, self.url(currency=each), each == self.currency) for each in self.currencies]
