"""The list of buyers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, text

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.buyers.models import Buyer
from app.domain.buyers.states import BuyerStatus
from app.domain.buyers.types import SOURCES
from app.domain.orders.models import Order
from app.domain.orders.states import EVER_PAID
from app.read.finding import begins, found_by

VIEWS = {
    "active": "Active",
    "members": "In a group",
    "proven": "Proven mailbox",
    "ended": "Merged or erased",
    "all": "All",
}
TITLES = {"api": "API", "portal": "Portal", "order": "Paid order", "mailbox": "Proven mailbox", "import": "Import"}
MAX_GROUPS = 100
buyers, orders = db.table(Buyer), db.table(Order)


@dataclass(frozen=True)
class BuyerListRow:
    """One buyer, and how many orders they paid."""

    row: Buyer
    order_count: int

    @property
    def id(self) -> uuid.UUID:
        """Which buyer it is."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """Since when they are known."""
        return self.row.created_at

    @property
    def called(self) -> str:
        """How people call them: by name, else by address, else by reference."""
        return self.row.name or self.row.email or self.row.reference


class _Count(db.JoinedRow):
    buyer_reference: str
    number: int


class _Group(db.JoinedRow):
    name: str


def read(request: ListRequest, after: Key | None, limit: int) -> list[BuyerListRow]:
    """Buyers that were asked for, behind `after`."""
    statement = select(buyers).where(buyers.c.business_id == request.business_id, *_conditions(request))
    with db.reading(request.business_id):
        found = db.rows(request.in_order(statement, buyers.c.created_at, buyers.c.id, after, limit))
        counts = _counts([row.reference for row in found]) if request.shows("orders") else {}
    return [BuyerListRow(row, counts.get(row.reference, 0)) for row in found]


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions = [*request.days(buyers.c.created_at), *_of_view(request.text("view"))]
    if group := request.text("group"):
        conditions.append(buyers.c.groups.contains([group]))
    if source := request.text("source"):
        conditions.append(buyers.c.source == source)
    if query := request.text("q"):
        conditions.append(_named(request.business_id, query))
    return conditions


def _named(business_id: uuid.UUID, query: str) -> ColumnElement[bool]:
    """By id, reference, address, number, or the beginning of the name; each by its index."""
    buyer_id = ids.try_parse(query, "byr")
    if buyer_id is not None:
        return or_(buyers.c.id == buyer_id, buyers.c.reference == query)
    ways = [
        buyers.c.reference == query,
        buyers.c.email == query.lower(),
        buyers.c.phone == query.replace(" ", ""),
        begins(buyers.c.name, query),
    ]
    return found_by(buyers, business_id, ways)


def _of_view(view: str) -> Sequence[ColumnElement[bool]]:
    if view == "all":
        return ()
    if view == "ended":
        return (buyers.c.status != BuyerStatus.ACTIVE,)
    active = buyers.c.status == BuyerStatus.ACTIVE
    if view == "members":
        return active, func.jsonb_array_length(buyers.c.groups) > 0
    return (active, buyers.c.email_verified_at.is_not(None)) if view == "proven" else (active,)


def _counts(references: Sequence[str]) -> dict[str, int]:
    if not references:
        return {}
    counted = (
        select(orders.c.buyer_reference, func.count().label("number"))
        .where(orders.c.business_id == db.here(), orders.c.buyer_reference.in_(references))
        .where(orders.c.status.in_(EVER_PAID))
        .group_by(orders.c.buyer_reference)
    )
    return {row.buyer_reference: int(row.number) for row in db.rows(db.select_as(_Count, counted))}


def groups_of(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """The groups that buyers are in, by name, MAX_GROUPS at most."""
    asked = text(
        "SELECT DISTINCT jsonb_array_elements_text(groups) AS name FROM buyers"
        " WHERE business_id = :business AND groups <> '[]' ORDER BY 1 LIMIT :most"
    )
    with db.reading(business_id):
        found = db.rows(db.select_as(_Group, asked), business=business_id, most=MAX_GROUPS)
    return [(row.name, row.name) for row in found]


def _sources(_: uuid.UUID) -> Sequence[tuple[str, str]]:
    return [(source, TITLES[source]) for source in SOURCES]


BUYERS = lists.add(
    Listing(
        name="buyers",
        title="Buyers",
        permission="buyers.read",
        views=VIEWS,
        ordered_by="known",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Reference, email, phone or beginning of the name"),
            Filter(key="group", title="Group", kind="choice", choices=groups_of),
            Filter(key="source", title="Known by", kind="choice", choices=_sources, further=True),
            Filter(key="from", title="From", kind="from", further=True),
            Filter(key="to", title="To", kind="to", further=True),
        ),
        columns=(
            Column(key="buyer", title="Buyer", value=lambda each: each.called, personal=True),
            Column(key="email", title="Email", value=lambda each: each.row.email, personal=True),
            Column(key="groups", title="Groups", value=lambda each: ", ".join(each.row.groups) or None),
            Column(key="orders", title="Paid orders", kind="number", value=lambda each: each.order_count),
            Column(key="state", title="State", kind="state", value=lambda each: (each.row.status, None)),
            Column(key="known", title="Known since", kind="when", value=lambda each: each.created_at),
            Column(
                key="reference", title="Reference", value=lambda each: each.row.reference, personal=True, default=False
            ),
            Column(key="phone", title="Phone", value=lambda each: each.row.phone, personal=True, default=False),
            Column(key="locale", title="Language", value=lambda each: each.row.locale, default=False),
            Column(key="source", title="Known by", value=lambda each: TITLES[each.row.source], default=False),
            Column(key="id", title="ID", kind="id", value=lambda each: ("byr", each.id), default=False),
        ),
    )
)
