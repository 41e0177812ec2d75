"""Coupons whose time is over."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db, states
from app.domain.marketing.models import Coupon
from app.domain.marketing.states import COUPON, CouponStatus
from app.workflow.marketing.manage_coupons import event_payload
from app.workflow.steps.operations import due

BATCH = 200
coupons = db.table(Coupon)


def expire_due() -> int:
    """Expire every coupon that has ended and is not reserved by an order; how many. Safe to run concurrently."""
    return due.process(_due, _expire)


def _expire(business_id: uuid.UUID, coupon_id: uuid.UUID) -> bool:
    with db.phase("expire_coupons.expire", business_id):
        coupon = db.first(
            select(coupons)
            .where(
                coupons.c.business_id == business_id,
                coupons.c.id == coupon_id,
                coupons.c.status == CouponStatus.ISSUED,
                coupons.c.expires_at <= clock.now(),
            )
            .with_for_update()
        )
        if coupon is not None:
            states.advance(
                COUPON, coupon, CouponStatus.EXPIRED, reason="expired", actor="system", payload=event_payload(coupon)
            )
    return coupon is not None


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    with db.system_reading():
        rows = db.rows(
            select(coupons.c.business_id, coupons.c.id)
            .where(coupons.c.status == CouponStatus.ISSUED, coupons.c.expires_at <= clock.now())
            .limit(BATCH)
        )
        return [(row.business_id, row.id) for row in rows]
