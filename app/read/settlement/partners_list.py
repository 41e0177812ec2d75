"""The list of partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core import db, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.settlement.partners.states import PartnerKind, PartnerStatus
from app.read.finding import begins_in_any_case, found_by
from app.read.settlement.partners import PartnerRow, partners

VIEWS = {
    "all": "All",
    PartnerStatus.ACTIVE: "Active",
    PartnerStatus.SUSPENDED: "Suspended",
    PartnerStatus.CLOSED: "Closed",
}
KINDS: dict[str, str] = {
    PartnerKind.PLATFORM: "Platform",
    PartnerKind.SELLER: "Seller",
    PartnerKind.AUTHOR: "Author",
    PartnerKind.AFFILIATE: "Affiliate",
    PartnerKind.TAX: "Tax authority",
    PartnerKind.OTHER: "Other",
}


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[PartnerRow]:
    """Partners that were asked for, behind `after`."""
    conditions = [partners.c.business_id == request.business_id, *request.days(partners.c.created_at)]
    if view := request.text("view"):
        conditions.append(partners.c.status == view)
    if kind := request.text("kind"):
        conditions.append(partners.c.kind == kind)
    if part := request.text("q").replace("\x00", ""):
        ways = (partners.c.reference == part, partners.c.email == part, begins_in_any_case(partners.c.name, part))
        conditions.append(found_by(partners, request.business_id, ways))
    statement = select(partners).where(*conditions)
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, partners.c.created_at, partners.c.id, after, limit))


def _of(name: str) -> Any:
    return lambda row: getattr(row, name) or None


PARTNERS = lists.add(
    Listing(
        name="partners",
        title="Partners",
        permission="settlement.read",
        views=VIEWS,
        ordered_by="made",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Beginning of the name, reference or email"),
            Filter(key="kind", title="Kind", kind="choice", choices=lambda _: tuple(KINDS.items())),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="name", title="Name", value=_of("name")),
            Column(key="state", title="State", kind="state", value=lambda row: (row.status, None)),
            Column(key="kind", title="Kind", value=_of("kind"), labels=KINDS),
            Column(key="reference", title="Reference", kind="code", value=_of("reference")),
            Column(key="made", title="Created", kind="when", value=_of("created_at")),
            Column(key="email", title="Email", value=_of("email"), default=False),
            Column(key="partner", title="Partner", kind="id", value=lambda row: ("par", row.id), default=False),
        ),
    )
)
