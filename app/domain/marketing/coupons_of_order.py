"""What an order that is paid has to do with coupons, in one statement."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from app.core import db
from app.domain.marketing.models import CouponTemplate, CouponUse
from app.domain.marketing.states import TemplateStatus

_templates, _uses = db.table(CouponTemplate), db.table(CouponUse)


class Held(db.JoinedRow):
    """Whether an order holds coupons, and whether there are templates that issue some for orders."""

    has_coupons: bool
    is_waited_for: bool


HELD = db.prepared(
    db.select_as(
        Held,
        select(
            select(_uses.c.id)
            .where(_uses.c.business_id == db.HERE, _uses.c.order_id == bindparam("order"), _uses.c.released.is_(False))
            .exists()
            .label("has_coupons"),
            select(_templates.c.id)
            .where(
                _templates.c.business_id == db.HERE,
                _templates.c.status == TemplateStatus.ACTIVE,
                _templates.c.issue_on != "manual",
            )
            .exists()
            .label("is_waited_for"),
        ),
    )
)
