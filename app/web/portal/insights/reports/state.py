"""The postings behind one balance, as the address asks for them: account, owner, currency and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import request

from app.core import paging
from app.core.errors import NotFound
from app.read.insights.reports import table
from app.read.ledger import balances
from app.read.periods import Period
from app.web.portal.access import Actor
from app.web.portal.insights.home.state import Shown

PAGE = 50


@dataclass(frozen=True)
class Behind:
    """One kind of account, or one channel account, in one currency."""

    who: Actor
    state: Shown
    kind: str
    owner: str
    name: str
    cursor: str

    @classmethod
    def from_request(cls, who: Actor) -> Behind:
        """What the address asks for.

        Raises:
            NotFound: there is no such account.
        """
        kind, owner = request.args.get("account", "channel_clearing"), request.args.get("owner", "")
        name = balances.account_names(who.business_id).get((kind, owner))
        if name is None:
            raise NotFound("not_found", "There is no such account.")
        state = Shown.from_request(
            "portal.reports.entries", who.membership.time_zone, default="30d", account=kind, owner=owner
        )
        return cls(who, state, kind, owner, name, request.args.get("cursor", ""))

    @property
    def period(self) -> Period:
        """Which days."""
        return self.state.period

    @cached_property
    def balance(self) -> dict[str, int]:
        """Opening, in, out and closing."""
        rows = [row for row in table(self.who.business_id, "balances", self.period).rows if self._is_mine(row)]
        names = ("opening_minor", "in_minor", "out_minor", "closing_minor")
        return {name: sum(int(row[name] or 0) for row in rows) for name in names}

    @cached_property
    def page(self) -> paging.Page[balances.PostingRow]:
        """The postings, newest first."""
        account = {"kind": self.kind, "owner": self.owner, "currency": self.state.currency}
        after = paging.key_of(self.cursor)
        found = balances.entries_of(self.who.business_id, self.period, **account, after=after, limit=PAGE)
        shown, following = paging.cut(found, PAGE)
        return paging.Page(tuple(shown), following)

    def _is_mine(self, row: Mapping[str, object]) -> bool:
        return (row["kind"], row["currency"]) == (self.kind, self.state.currency) and self.owner in ("", row["owner"])
