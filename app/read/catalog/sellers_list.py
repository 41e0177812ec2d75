"""The list of sellers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core import db, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.catalog.sellers.states import SellerStatus
from app.read.catalog.sellers import SellerRow, sellers
from app.read.finding import begins_in_any_case, found_by

VIEWS = {"all": "All", SellerStatus.ACTIVE: "Active", SellerStatus.ARCHIVED: "Archived"}


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[SellerRow]:
    """Sellers that were asked for, behind `after`."""
    conditions = [sellers.c.business_id == request.business_id, *request.days(sellers.c.created_at)]
    if view := request.text("view"):
        conditions.append(sellers.c.status == view)
    if part := request.text("q").replace("\x00", ""):
        ways = (sellers.c.reference == part, sellers.c.email == part, begins_in_any_case(sellers.c.name, part))
        conditions.append(found_by(sellers, request.business_id, ways))
    statement = select(sellers).where(*conditions)
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, sellers.c.created_at, sellers.c.id, after, limit))


def _of(name: str) -> Any:
    return lambda row: getattr(row, name) or None


SELLERS = lists.add(
    Listing(
        name="sellers",
        title="Sellers",
        permission="products.read",
        views=VIEWS,
        ordered_by="made",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Beginning of the name, reference or email"),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="name", title="Name", value=_of("name")),
            Column(key="state", title="State", kind="state", value=lambda row: (row.status, None)),
            Column(key="reference", title="Reference", kind="code", value=_of("reference")),
            Column(key="legal_name", title="Legal name", value=_of("legal_name")),
            Column(key="made", title="Created", kind="when", value=_of("created_at")),
            Column(key="email", title="Email", value=_of("email"), default=False),
            Column(key="phone", title="Phone", value=_of("phone"), default=False),
            Column(key="seller", title="Seller", kind="id", value=lambda row: ("sel", row.id), default=False),
        ),
    )
)
