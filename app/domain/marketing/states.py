"""The edges of promotions, of coupon templates and of coupons."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.marketing.models import Coupon, CouponTemplate, Promotion

PROMOTION = Machine(
    name="promotion",
    model=Promotion,
    initial="draft",
    edges={
        ("draft", "active"): None,
        ("active", "paused"): None,
        ("paused", "active"): None,
        ("draft", "ended"): None,
        ("active", "ended"): None,
        ("paused", "ended"): None,
    },
)

COUPON_TEMPLATE = Machine(name="coupon_template", model=CouponTemplate, initial="draft", edges=PROMOTION.edges)

# held → issued: the order was closed unpaid. used → issued: it was refunded, and the template says so.
COUPON = Machine(
    name="coupon",
    model=Coupon,
    initial="issued",
    edges={
        ("issued", "held"): None,
        ("held", "used"): None,
        ("held", "issued"): None,
        ("used", "issued"): None,
        ("issued", "expired"): "coupon.expired",
        ("issued", "withdrawn"): "coupon.withdrawn",
    },
)
