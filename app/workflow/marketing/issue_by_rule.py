"""Coupons that templates issue by their own rules, when an order is paid."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import literal, select, tuple_

from app.core import db
from app.core.errors import Conflict
from app.core.ids import named
from app.domain.marketing.coupon_use import Identity
from app.domain.marketing.models import CouponTemplate
from app.domain.marketing.states import TemplateStatus
from app.domain.orders.models import Order
from app.lib.some import some
from app.workflow.marketing.issue_coupons import check_buyer, check_open, is_issued, write_coupon
from app.workflow.steps.orders.lock_order import lock_order

MAX_RULES = 100
orders, templates = db.table(Order), db.table(CouponTemplate)


def issue_for_order(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """What templates issue to the buyer of a paid order. Safe to call again."""
    with db.phase("issue_by_rule.issue", business_id):
        order = lock_order(order_id)
        if order.paid_at is None:
            return
        device = order.details.get("buyer_device")
        buyer = Identity.of(order.buyer_reference, email=order.buyer_email, device=device)
        for template in _waiting():
            coupon_id = named(order_id, str(template.id))
            if _is_met(template, order) and not is_issued(coupon_id) and _can_have(template, buyer):
                write_coupon(template, coupon_id, buyer=buyer, source=template.issue_on, actor="system")


def _waiting() -> Sequence[CouponTemplate]:
    """Active templates that issue by themselves, locked in the order of their ids."""
    return db.rows(
        select(templates)
        .where(
            templates.c.business_id == db.here(),
            templates.c.status == TemplateStatus.ACTIVE,
            templates.c.issue_on != "manual",
        )
        .order_by(templates.c.id)
        .limit(MAX_RULES)
        .with_for_update()
    )


def _is_met(template: CouponTemplate, order: Order) -> bool:
    """Whether this order is one that the template issues a coupon for."""
    least = int(template.issue.get("minimum_minor", 0))
    if least and (order.currency != template.currency or order.paid_minor < least):
        return False
    if template.starts_at is not None and some(order.paid_at) < template.starts_at:
        return False
    if template.issue_on == "first_order":
        return _is_first(order)
    if template.issue_on == "segment":
        return not set(template.issue.get("groups", ())).isdisjoint(order.details.get("buyer_groups", ()))
    return True


def _is_first(order: Order) -> bool:
    earlier = select(orders.c.id).where(
        orders.c.business_id == db.here(),
        orders.c.buyer_reference == order.buyer_reference,
        tuple_(orders.c.paid_at, orders.c.id) < tuple_(literal(order.paid_at), literal(order.id)),
    )
    return db.scalar(earlier.limit(1)) is None


def _can_have(template: CouponTemplate, buyer: Identity) -> bool:
    try:
        check_open(template, 1)
        check_buyer(template, buyer)
    except Conflict:  # the quota is spent, or its time is over: nothing is owed
        return False
    return True
