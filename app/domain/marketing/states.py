"""The edges of promotions, of coupon templates and of coupons."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.marketing.models import Coupon, CouponTemplate, Promotion


class PromotionStatus(StrEnum):
    """Where a promotion stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class TemplateStatus(StrEnum):
    """Where a coupon template stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class CouponStatus(StrEnum):
    """Where one coupon stands."""

    ISSUED = "issued"
    RESERVED = "reserved"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


# A promotion, or a coupon template, that may be turned on: both have the same states.
STARTABLE = (PromotionStatus.DRAFT, PromotionStatus.PAUSED)

PROMOTION = Machine(
    name="promotion",
    model=Promotion,
    initial=PromotionStatus.DRAFT,
    edges={
        (PromotionStatus.DRAFT, PromotionStatus.ACTIVE): None,
        (PromotionStatus.ACTIVE, PromotionStatus.PAUSED): None,
        (PromotionStatus.PAUSED, PromotionStatus.ACTIVE): None,
        (PromotionStatus.DRAFT, PromotionStatus.ENDED): None,
        (PromotionStatus.ACTIVE, PromotionStatus.ENDED): None,
        (PromotionStatus.PAUSED, PromotionStatus.ENDED): None,
    },
)

COUPON_TEMPLATE = Machine(
    name="coupon_template",
    model=CouponTemplate,
    initial=TemplateStatus.DRAFT,
    edges={
        (TemplateStatus(source), TemplateStatus(target)): topic for (source, target), topic in PROMOTION.edges.items()
    },
)

# reserved → issued: the order was closed unpaid. used → issued: it was refunded, and the template says so.
COUPON = Machine(
    name="coupon",
    model=Coupon,
    initial=CouponStatus.ISSUED,
    edges={
        (CouponStatus.ISSUED, CouponStatus.RESERVED): None,
        (CouponStatus.RESERVED, CouponStatus.USED): None,
        (CouponStatus.RESERVED, CouponStatus.ISSUED): None,
        (CouponStatus.USED, CouponStatus.ISSUED): None,
        (CouponStatus.ISSUED, CouponStatus.EXPIRED): "coupon.expired",
        (CouponStatus.ISSUED, CouponStatus.REVOKED): "coupon.revoked",
    },
)
