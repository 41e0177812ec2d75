"""Issuing a coupon: to a buyer, or for whoever has its code."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from app.core import clock, db, outbox, states
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.marketing import codes
from app.domain.marketing.coupon_use import Identity
from app.domain.marketing.models import Coupon, CouponTemplate
from app.domain.marketing.states import COUPON, TemplateStatus
from app.domain.orders.types import Buyer
from app.workflow.steps.marketing.who_buys import named_now, who_buys

templates, coupons = db.table(CouponTemplate), db.table(Coupon)


def issue_coupon(
    business_id: uuid.UUID,
    template_id: uuid.UUID,
    *,
    buyer: Buyer | None,
    source: str = "manual",
    actor: str,
    coupon_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Issue one coupon with a code of its own, to that buyer or to the bearer of the code; its id. A second call with
    the same `coupon_id` changes nothing.

    Raises:
        NotFound: no such template. Conflict: it is not active, has a shared code, or all of its coupons, or all of
            this buyer's, are issued.
    """
    coupon_id = coupon_id or new_id()
    with db.phase("issue_coupons.issue", business_id):
        whose = who_buys(named_now(buyer)).identity if buyer else None
        template = db.lock(CouponTemplate, template_id)
        if not is_issued(coupon_id):
            check_open(template, 1)
            check_buyer(template, whose)
            write_coupon(template, coupon_id, buyer=whose, source=source, actor=actor)
    return coupon_id


def write_coupon(
    template: CouponTemplate,
    coupon_id: uuid.UUID,
    *,
    buyer: Identity | None,
    source: str,
    actor: str,
    campaign_id: uuid.UUID | None = None,
) -> None:
    """A new coupon of the template, which is locked, in the caller's phase; of a campaign, if one issues it."""
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
    count(template, 1)
    payload = {"coupon_id": str(coupon_id), "coupon_template_id": str(template.id)}
    payload |= {"campaign_id": str(campaign_id)} if campaign_id is not None else {}
    outbox.emit("coupon.issued", aggregate_id=coupon_id, payload=payload)


def expiry(template: CouponTemplate) -> datetime | None:
    """Until when a coupon that is issued now can be used; None without an end."""
    last: datetime | None = template.ends_at
    if template.valid_days is None:
        return last
    now = clock.now()
    ends: datetime = max(now, template.starts_at or now) + timedelta(days=template.valid_days)
    return ends if last is None else min(ends, last)


def count(template: CouponTemplate, quantity: int) -> None:
    """Count what is issued against the template's quota, if it has one."""
    if template.max_issued is not None:
        db.write(db.change(CouponTemplate, template.id, issued=templates.c.issued + quantity))


def check_open(template: CouponTemplate, quantity: int) -> None:
    """Whether so many can be issued of the template, which is locked.

    Raises:
        Conflict: not now, or not so many.
    """
    if template.code is not None:
        raise Conflict("coupon_not_issued", "This template uses a shared code; coupons cannot be issued.")
    if template.status != TemplateStatus.ACTIVE or (template.ends_at is not None and template.ends_at <= clock.now()):
        raise Conflict("coupon_not_issued", "Coupons can be issued only from an active template.")
    if template.max_issued is not None and template.issued + quantity > template.max_issued:
        left = template.max_issued - template.issued
        raise Conflict("coupon_quota_spent", f"Only {left} more can be issued.", details={"left": left})


def check_buyer(template: CouponTemplate, buyer: Identity | None) -> None:
    """Whether the buyer can have one more of the template, which is locked.

    Raises:
        Conflict: they cannot.
    """
    if buyer is None or template.max_issued_per_buyer is None:
        return
    known = buyer.known(template.identify_by)
    conditions = [coupons.columns[column] == value for column, value in known.items()]
    if not conditions:
        return
    had = select(func.count()).where(
        coupons.c.business_id == db.here(), coupons.c.template_id == template.id, or_(*conditions)
    )
    if int(db.scalar(had)) >= template.max_issued_per_buyer:
        raise Conflict("coupon_quota_spent", "This buyer has reached the limit per buyer.", details={"left": 0})


def is_issued(coupon_id: uuid.UUID) -> bool:
    """Whether the coupon is there already, in the open transaction."""
    found = select(coupons.c.id).where(coupons.c.business_id == db.here(), coupons.c.id == coupon_id)
    return db.scalar(found) is not None
