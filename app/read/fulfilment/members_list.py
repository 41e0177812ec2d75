"""The list of members: one row for each buyer and product."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Mapped

from app.core import clock, db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.fulfilment.models import BuyerMembership
from app.domain.fulfilment.states import MembershipStatus
from app.lib import days
from app.read.named_row import NamedRow

if TYPE_CHECKING:

    class MemberRow(BuyerMembership):
        """A membership with the name of its product."""

        product_name: Mapped[str]

else:
    MemberRow = BuyerMembership

ENDING_DAYS = 7  # where the business reminds nobody
ENDING = "ending"  # a view of those that are active
VIEWS = {
    "all": "All",
    MembershipStatus.ACTIVE: "Active",
    ENDING: "Ending soon",
    MembershipStatus.ENDED: "Ended",
}
memberships, products = db.table(BuyerMembership), db.table(Product)


def with_product(business_id: uuid.UUID) -> Select[MemberRow]:
    """The business's memberships, each with its `product_name`; narrow it down, and give it a limit."""
    return (
        db.select_as(MemberRow, select(memberships, products.c.name.label("product_name")))
        .join(
            products,
            (products.c.business_id == memberships.c.business_id) & (products.c.id == memberships.c.product_id),
        )
        .where(memberships.c.business_id == business_id)
    )


def status_is(business_id: uuid.UUID, status: str) -> list[ColumnElement[bool]]:
    """In the open reading: the condition of `active`, `ending` or `ended`; none for others."""
    now = clock.now()
    if status == MembershipStatus.ENDED:
        return [memberships.c.ends_at <= now]
    if status == MembershipStatus.ACTIVE:
        return [memberships.c.ends_at > now]
    if status != ENDING:
        return []
    ahead = db.scalar(select(Business.membership_reminder_days).where(Business.id == business_id)) or ENDING_DAYS
    return [memberships.c.ends_at > now, memberships.c.ends_at <= now + timedelta(days=ahead)]


def status_of(row: BuyerMembership) -> str:
    """`active` or `ended`, now."""
    return MembershipStatus.ACTIVE if row.ends_at > clock.now() else MembershipStatus.ENDED


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[MemberRow]:
    """Members who were asked for, behind `after`."""
    with db.reading(request.business_id):
        statement = with_product(request.business_id).where(*_conditions(request))
        return db.rows(request.in_order(statement, memberships.c.created_at, memberships.c.id, after, limit))


def _conditions(request: ListRequest) -> list[ColumnElement[bool]]:
    found = [*request.days(memberships.c.created_at), *status_is(request.business_id, request.text("view"))]
    if buyer := request.text("buyer"):
        found.append(memberships.c.buyer_reference == buyer)
    if product := request.text("product"):
        found.append(memberships.c.product_id == ids.try_parse(product, "prd"))
    if level := request.text("level"):
        found.append(memberships.c.level == level)
    since = days.midnight(days.day_of(request.text("ends_from")), request.time_zone)
    until = days.midnight(days.day_of(request.text("ends_to")), request.time_zone, days=1)
    found += [] if since is None else [memberships.c.ends_at >= since]
    return found + ([] if until is None else [memberships.c.ends_at < until])


def membership_products(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """The products that are memberships, newest first: id and name."""
    query = (
        db.select_as(NamedRow, select(products.c.id, products.c.name))
        .where(products.c.business_id == business_id, products.c.delivery_kind == "entitlement")
        .order_by(products.c.created_at.desc(), products.c.id.desc())
        .limit(200)
    )
    with db.reading(business_id):
        return [(ids.show("prd", row.id), row.name) for row in db.rows(query)]


def _of(name: str) -> Any:
    return lambda row: getattr(row, name)


MEMBERS = lists.add(
    Listing(
        name="memberships",
        title="Members",
        permission="orders.read",
        views=VIEWS,
        ordered_by="since",
        read=read,
        filters=(
            Filter(key="buyer", title="Buyer", kind="search", hint="Your reference for the buyer"),
            Filter(key="product", title="Product", kind="choice", choices=membership_products),
            Filter(key="level", title="Level"),
            Filter(key="ends_from", title="Ends from", kind="from", further=True),
            Filter(key="ends_to", title="Ends to", kind="to", further=True),
            Filter(key="from", title="From", kind="from", further=True),
            Filter(key="to", title="To", kind="to", further=True),
        ),
        columns=(
            Column(key="buyer", title="Buyer", value=_of("buyer_reference"), personal=True),
            Column(key="state", title="State", kind="state", value=lambda row: (status_of(row), None)),
            Column(key="product", title="Product", value=_of("product_name")),
            Column(key="level", title="Level", value=_of("level")),
            Column(key="ends", title="Ends", kind="when", value=_of("ends_at")),
            Column(key="since", title="First joined", kind="when", value=_of("created_at")),
            Column(key="starts", title="Member since", kind="when", value=_of("starts_at"), default=False),
            Column(key="membership", title="Membership", kind="id", value=lambda row: ("mbr", row.id), default=False),
        ),
    )
)
