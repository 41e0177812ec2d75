"""The lists of coupon templates, and of the coupons with a code of their own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.marketing import codes
from app.domain.marketing.states import CouponStatus, TemplateStatus
from app.read.marketing.coupon_rows import CouponRow
from app.read.marketing.coupons import Card, card_of, coupons, shown_code, templates, with_template
from app.read.named_row import NamedRow

TEMPLATE_VIEWS = {
    "all": "All",
    TemplateStatus.ACTIVE: "Active",
    TemplateStatus.DRAFT: "Draft",
    TemplateStatus.PAUSED: "Paused",
    TemplateStatus.ENDED: "Ended",
}
VIEWS = {
    "all": "All",
    CouponStatus.ISSUED: "Issued",
    CouponStatus.RESERVED: "Reserved",
    CouponStatus.USED: "Used",
    CouponStatus.EXPIRED: "Expired",
    CouponStatus.REVOKED: "Revoked",
}


def read_templates(request: ListRequest, after: Key | None, limit: int) -> list[Card]:
    """Templates that were asked for, behind `after`."""
    conditions = [templates.c.business_id == request.business_id, *request.days(templates.c.created_at)]
    if view := request.text("view"):
        conditions.append(templates.c.status == view)
    if code := request.text("code"):
        conditions.append(templates.c.code == codes.normal(code))
    statement = select(templates).where(*conditions)
    with db.reading(request.business_id):
        found = db.rows(request.in_order(statement, templates.c.created_at, templates.c.id, after, limit))
    return [card_of(row) for row in found]


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[CouponRow]:
    """Coupons that were asked for, behind `after`, each with its `template_name`."""
    statement = with_template(request.business_id).where(*_conditions(request))
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, coupons.c.created_at, coupons.c.id, after, limit))


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions = request.days(coupons.c.created_at)
    if view := request.text("view"):
        conditions.append(coupons.c.status == view)
    if code := request.text("code"):
        conditions.append(coupons.c.code == codes.normal(code))
    if buyer := request.text("buyer"):
        conditions.append(coupons.c.buyer_reference == buyer)
    if template := request.text("template"):
        conditions.append(coupons.c.template_id == ids.try_parse(template, "cpt"))
    return conditions


def _templates(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    query = select(templates.c.id, templates.c.name).where(templates.c.business_id == business_id)
    newest = query.order_by(templates.c.created_at.desc(), templates.c.id.desc()).limit(200)
    with db.reading(business_id):
        found = db.rows(db.select_as(NamedRow, newest))
    return [(ids.show("cpt", row.id), row.name) for row in found]


def _state(card: Card) -> tuple[str, None]:
    return ("over" if card.is_over and card.row.status == TemplateStatus.ACTIVE else card.row.status), None


def _of(name: str) -> Any:
    return lambda card: getattr(card.row, name)


COUPON_TEMPLATES = lists.add(
    Listing(
        name="coupon_templates",
        title="Coupons",
        permission="promotions.read",
        views=TEMPLATE_VIEWS,
        ordered_by="made",
        read=read_templates,
        earlier={"status": "view"},
        filters=(
            Filter(key="code", title="Code", kind="search", hint="Shared code"),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="name", title="Name", value=_of("name")),
            Column(key="state", title="State", kind="state", value=_state),
            Column(key="code", title="Code", kind="code", value=_of("shared_code"), nothing="individual codes"),
            Column(key="gives", title="Discount", value=lambda card: card.short),
            Column(key="ends", title="Ends", kind="when", value=_of("ends_at"), nothing="open"),
            Column(key="made", title="Created", kind="when", value=_of("created_at")),
            Column(key="begins", title="Starts", kind="when", value=_of("starts_at"), default=False),
            Column(key="uses", title="Orders", kind="number", value=_of("uses"), default=False),
            Column(key="max_uses", title="Order limit", kind="number", value=_of("max_uses"), default=False),
            Column(key="issued", title="Issued", kind="number", value=_of("issued"), default=False),
            Column(key="words", title="Summary", value=lambda card: card.words, default=False),
            Column(key="template", title="Template", kind="id", value=lambda card: ("cpt", card.row.id), default=False),
        ),
    )
)

COUPONS = lists.add(
    Listing(
        name="coupons",
        title="Codes",
        permission="promotions.read",
        views=VIEWS,
        ordered_by="made",
        read=read,
        earlier={"status": "view"},
        filters=(
            Filter(key="code", title="Code", kind="search", hint="Upper or lower case"),
            Filter(key="buyer", title="Buyer", hint="Your reference for the buyer"),
            Filter(key="template", title="Coupon", kind="choice", choices=_templates),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="code", title="Code", kind="code", value=shown_code, personal=True),
            Column(key="state", title="State", kind="state", value=lambda row: (row.status, None)),
            Column(key="coupon", title="Coupon", value=lambda row: row.template_name),
            Column(
                key="buyer",
                title="Buyer",
                value=lambda row: row.buyer_reference,
                personal=True,
                nothing="anyone with the code",
            ),
            Column(
                key="order",
                title="Order",
                kind="id",
                value=lambda row: ("ord", row.order_id) if row.order_id else None,
            ),
            Column(key="ends", title="Ends", kind="when", value=lambda row: row.expires_at, nothing="open"),
            Column(key="made", title="Issued at", kind="when", value=lambda row: row.created_at),
            Column(key="source", title="Source", value=lambda row: row.source.replace("_", " "), default=False),
            Column(
                key="batch",
                title="Batch",
                kind="id",
                value=lambda row: ("cpb", row.batch_id) if row.batch_id else None,
                default=False,
            ),
            Column(key="coupon_id", title="Id", kind="id", value=lambda row: ("cpn", row.id), default=False),
        ),
    )
)
