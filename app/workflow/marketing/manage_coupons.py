"""Coupon templates, and taking single coupons back. What a template gives never changes: end it and make another."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select

from app.core import db, states
from app.core.db import locks
from app.core.errors import Conflict
from app.domain.marketing import codes
from app.domain.marketing.models import Coupon, CouponTemplate
from app.domain.marketing.rule_rows import columns_of
from app.domain.marketing.rules import MAX_ACTIVE_TEMPLATES
from app.domain.marketing.states import COUPON, COUPON_TEMPLATE, CouponStatus, TemplateStatus
from app.domain.marketing.types import CouponPlan
from app.workflow.steps.marketing.check_named_items import check_named

templates, coupons = db.table(CouponTemplate), db.table(Coupon)


def create_template(business_id: uuid.UUID, plan: CouponPlan, *, actor: str) -> uuid.UUID:
    """A new template, in draft; its id is the rule's. The same id again changes nothing.

    Raises:
        BadRule: its name or code cannot be used, it is over already, or it names items that do not exist.
        Conflict: its code is another's. Invalid: there is no such currency.
    """
    rule = plan.rule
    columns = columns_of(rule, refused_as="invalid_coupon")
    shared = codes.shared(plan.shared_code) if plan.shared_code is not None else None
    code = codes.normal(shared) if shared is not None else None
    with db.phase("manage_coupons.create", business_id):
        known = select(templates.c.id).where(templates.c.business_id == business_id, templates.c.id == rule.id)
        if db.scalar(known) is not None:
            return rule.id
        check_named(rule, refused_as="invalid_coupon")
        if code is not None:
            locks.hold(f"coupon code {code}")
            if _is_taken(code):
                raise Conflict("coupon_code_taken", "This code is already in use.", details={"param": "shared_code"})
        db.add(
            CouponTemplate,
            **columns,
            combinable=rule.combinable,
            code=code,
            shared_code=shared,
            listed=plan.listed,
            valid_days=plan.valid_days,
            max_issued=plan.max_issued,
            max_issued_per_buyer=plan.max_issued_per_buyer,
            identify_by=sorted(plan.identify_by),
            refund_rule=plan.refund_rule,
            issue_on=plan.issue.on,
            issue={"minimum_minor": plan.issue.minimum_minor, "groups": sorted(plan.issue.groups)},
        )
        states.born(COUPON_TEMPLATE, rule.id, reason="made", actor=actor)
    return rule.id


def transition_template(business_id: uuid.UUID, template_id: uuid.UUID, to: str, *, actor: str) -> None:
    """Switch a template on (`active`), off for now (`paused`) or off for good (`ended`). Orders keep their price.

    Raises:
        NotFound: no such template. IllegalTransition: it has ended. Conflict: too many are active.
    """
    with db.phase("manage_coupons.move", business_id):
        locks.hold("active coupon templates")  # two at once would be counted by neither
        template = db.lock(CouponTemplate, template_id)
        if to == TemplateStatus.ACTIVE and template.status != TemplateStatus.ACTIVE:
            active = select(func.count()).where(
                templates.c.business_id == business_id, templates.c.status == TemplateStatus.ACTIVE
            )
            if int(db.scalar(active)) >= MAX_ACTIVE_TEMPLATES:
                raise Conflict(
                    "too_many_coupon_templates", f"At most {MAX_ACTIVE_TEMPLATES} templates can be active at a time."
                )
        states.advance(COUPON_TEMPLATE, template, to, reason=to, actor=actor)


def revoke_coupon(business_id: uuid.UUID, coupon_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Nobody can use the coupon any more. One that is revoked already stays as it is.

    Raises:
        NotFound: no such coupon. IllegalTransition: it was used, has expired, or an order holds it.
    """
    with db.phase("manage_coupons.revoke", business_id):
        coupon = db.lock(Coupon, coupon_id)
        states.advance(
            COUPON, coupon, CouponStatus.REVOKED, reason=reason or "revoked", actor=actor, payload=event_payload(coupon)
        )


def event_payload(coupon: Coupon) -> dict[str, Any]:
    """What an event says of a coupon."""
    return {"coupon_template_id": str(coupon.template_id)}


def _is_taken(code: str) -> bool:
    shared = select(templates.c.id).where(
        templates.c.business_id == db.here(), templates.c.code == code, templates.c.status != TemplateStatus.ENDED
    )
    own = select(coupons.c.id).where(coupons.c.business_id == db.here(), coupons.c.code == code)
    return db.scalar(shared) is not None or db.scalar(own) is not None
