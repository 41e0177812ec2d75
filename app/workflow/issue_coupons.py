"""Issuing coupons: to a buyer, many codes at once, or by a template's own rule when an order is paid."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from app.core import clock, db, outbox, states
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.marketing import codes
from app.domain.marketing.coupon_use import Identity
from app.domain.marketing.models import Coupon, CouponBatch, CouponTemplate
from app.domain.marketing.states import COUPON
from app.workflow.manage_coupons import locked_template

MAX_BATCH = 10_000
CHUNK = 500
templates, coupons, batches = CouponTemplate.__table__, Coupon.__table__, CouponBatch.__table__


def issue_coupon(
    business_id: uuid.UUID,
    template_id: uuid.UUID,
    *,
    buyer: Identity | None,
    source: str = "hand",
    actor: str,
    coupon_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """One coupon with a code of its own, for that buyer or for whoever has the code; its id. The same `coupon_id`
    again changes nothing.

    Raises:
        NotFound: no such template. Conflict: it is not active, has a shared code, or all of its coupons, or all of
            this buyer's, are issued.
    """
    coupon_id = coupon_id or new_id()
    with db.phase("issue_coupons.issue", business_id):
        template = locked_template(template_id)
        if not _exists(coupon_id):
            _check_open(template, 1)
            _check_buyer(template, buyer)
            _issue(template, coupon_id, buyer=buyer, source=source, actor=actor)
    return coupon_id


def _issue(template: Row[Any], coupon_id: uuid.UUID, *, buyer: Identity | None, source: str, actor: str) -> None:
    db.add(
        Coupon,
        id=coupon_id,
        template_id=template.id,
        code=codes.new_code(),
        buyer_reference=buyer.reference if buyer else None,
        email_key=buyer.email_key if buyer else None,
        device_key=buyer.device_key if buyer else None,
        source=source,
        expires_at=expiry(template),
    )
    states.born(COUPON, coupon_id, reason=f"issued: {source}", actor=actor)
    _count(template, 1)
    payload = {"coupon_id": str(coupon_id), "coupon_template_id": str(template.id)}
    if buyer is not None:
        payload["buyer_reference"] = buyer.reference
    outbox.emit("coupon.issued", aggregate_id=coupon_id, payload=payload)


def expiry(template: Row[Any]) -> datetime | None:
    """Until when a coupon that is issued now can be used; None when it has no end."""
    if template.valid_days is None:
        return _known_end(template)
    begins = max(clock.now(), template.starts_at or clock.now())
    ends: datetime = begins + timedelta(days=template.valid_days)
    last = _known_end(template)
    return ends if last is None else min(ends, last)


def _known_end(template: Row[Any]) -> datetime | None:
    ends: datetime | None = template.ends_at
    return ends


def _count(template: Row[Any], count: int) -> None:
    if template.max_issued is not None:
        db.write(db.change(CouponTemplate, template.id, issued=templates.c.issued + count))


def _check_open(template: Row[Any], count: int) -> None:
    if template.code is not None:
        raise Conflict("coupon_not_issued", "This template has one code for all; nothing is issued.")
    if template.status != "active" or (template.ends_at is not None and template.ends_at <= clock.now()):
        raise Conflict("coupon_not_issued", "Coupons are issued only of an active template.")
    if template.max_issued is not None and template.issued + count > template.max_issued:
        left = template.max_issued - template.issued
        raise Conflict("coupon_quota_spent", f"{left} can still be issued.", details={"left": left})


def _check_buyer(template: Row[Any], buyer: Identity | None) -> None:
    if buyer is None or template.max_issued_per_buyer is None:
        return
    known = buyer.known(template.identify_by)
    mine = [coupons.c[column] == value for column, value in known.items()]
    if not mine:
        return
    had = select(func.count()).where(
        coupons.c.business_id == db.here(), coupons.c.template_id == template.id, or_(*mine)
    )
    if int(db.scalar(had)) >= template.max_issued_per_buyer:
        raise Conflict("coupon_quota_spent", "This buyer has as many as a buyer can have.", details={"left": 0})


def _exists(coupon_id: uuid.UUID) -> bool:
    found = select(coupons.c.id).where(coupons.c.business_id == db.here(), coupons.c.id == coupon_id)
    return db.scalar(found) is not None
