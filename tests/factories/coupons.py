"""Coupon templates for tests."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core.ids import new_id
from app.domain.marketing.kinds import Benefit, Percentage
from app.domain.marketing.models import Coupon
from app.domain.marketing.types import CouponPlan, DiscountRule, IssueOn, IssueRule
from app.workflow.marketing import manage_coupons
from tests.factories.shop import Shop

_OF_PLAN = {
    "shared_code", "listed", "valid_days", "max_issued", "max_issued_per_buyer", "identify_by", "refund_rule", "issue",
}  # fmt: skip


def make_template(
    business_id: uuid.UUID,
    benefit: Benefit | None = None,
    *,
    off_bps: int = 1000,
    issue_on: IssueOn = "manual",
    **more: Any,
) -> uuid.UUID:
    """The id of a new coupon template, in draft: 10% off by default."""
    plan = {name: more.pop(name) for name in set(more) & _OF_PLAN}
    if issue_on != "manual":
        plan["issue"] = IssueRule(on=issue_on)
    rule = DiscountRule(id=new_id(), name="Coupon", benefit=benefit or Percentage(off_bps=off_bps), **more)
    return manage_coupons.create_template(business_id, CouponPlan(rule=rule, **plan), actor="test")


def active_template(business_id: uuid.UUID, benefit: Benefit | None = None, **more: Any) -> uuid.UUID:
    """The id of a new coupon template that is active."""
    template_id = make_template(business_id, benefit, **more)
    manage_coupons.transition_template(business_id, template_id, "active", actor="test")
    return template_id


def coupons_of(shop: Shop) -> list[Any]:
    """The shop's coupons, oldest first."""
    return list(shop.many(select(Coupon.__table__).order_by(Coupon.id)))
