"""The list of clearing entries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.money import known_currencies
from app.core.paging import Key
from app.domain.settlement.clearing.states import EntryKind
from app.domain.settlement.clearing.types import BUSINESS
from app.read.settlement.clearing import EntryRow, entries
from app.read.settlement.partners import partner_choices, partner_names

KINDS: dict[str, str] = {
    EntryKind.SHARE: "Share",
    EntryKind.FEE: "Fee",
    EntryKind.SHARE_REVERSED: "Share taken back",
    EntryKind.FEE_REVERSED: "Fee given back",
}
VIEWS = {"all": "All", "partners": "Partners", "business": "Business"}


@dataclass(frozen=True)
class EntryOfList:
    """An entry with the name of its party."""

    row: EntryRow
    party_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def percent(bps: int) -> str:
    """Basis points as people write them: `12.5%`."""
    return f"{bps // 100}.{bps % 100:02}".rstrip("0").rstrip(".") + "%"


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[EntryOfList]:
    """Entries that were asked for, behind `after`."""
    conditions = [entries.c.business_id == request.business_id, *request.days(entries.c.created_at)]
    if view := request.text("view"):
        conditions.append(entries.c.partner_id.is_(None) if view == "business" else entries.c.partner_id.is_not(None))
    if partner := request.text("partner"):
        conditions.append(entries.c.partner_id == (ids.try_parse(partner, "par") or uuid.UUID(int=0)))
    if kind := request.text("kind"):
        conditions.append(entries.c.kind == kind)
    if currency := request.text("currency"):
        conditions.append(entries.c.currency == currency)
    if order := request.text("q"):
        conditions.append(entries.c.order_id == (ids.try_parse(order.strip(), "ord") or uuid.UUID(int=0)))
    statement = select(entries).where(*conditions)
    with db.reading(request.business_id):
        found = db.rows(request.in_order(statement, entries.c.created_at, entries.c.id, after, limit))
        names = partner_names(request.business_id, sorted({row.party for row in found} - {BUSINESS}))
    return [EntryOfList(row, names.get(row.party, "Business")) for row in found]


CLEARING = lists.add(
    Listing(
        name="clearing",
        title="Clearing",
        permission="settlement.read",
        views=VIEWS,
        ordered_by="made",
        read=read,
        filters=(
            Filter(key="q", title="Order", kind="search", hint="Order ID"),
            Filter(key="partner", title="Partner", kind="choice", choices=partner_choices),
            Filter(key="kind", title="Kind", kind="choice", choices=lambda _: tuple(KINDS.items())),
            Filter(
                key="currency",
                title="Currency",
                kind="choice",
                choices=lambda _: [(each, each) for each in sorted(known_currencies())],
                further=True,
            ),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="party", title="Party", value=lambda row: row.party_name),
            Column(key="amount", title="Amount", kind="money", value=lambda row: (row.amount_minor, row.currency)),
            Column(key="kind", title="Kind", value=lambda row: row.kind, labels=KINDS),
            Column(key="order", title="Order", kind="id", value=lambda row: ("ord", row.order_id)),
            Column(key="rate", title="Rate", value=lambda row: percent(row.bps) if row.bps else None, default=False),
            Column(
                key="base",
                title="Of",
                kind="money",
                value=lambda row: (row.base_minor, row.currency) if row.base_minor else None,
                default=False,
            ),
            Column(key="made", title="Cleared", kind="when", value=lambda row: row.created_at),
            Column(key="line", title="Line", kind="id", value=lambda row: ("oln", row.line_id), default=False),
            Column(key="entry", title="Entry", kind="id", value=lambda row: ("cle", row.id), default=False),
        ),
    )
)
