"""What rows of coupons and batches have: for type checkers, models with the name of their template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped

from app.domain.marketing.models import Coupon, CouponBatch

if TYPE_CHECKING:

    class CouponRow(Coupon):
        """A coupon with the name of its template."""

        template_name: Mapped[str]

    class BatchRow(CouponBatch):
        """A batch with the name of its template."""

        template_name: Mapped[str]

else:
    CouponRow, BatchRow = Coupon, CouponBatch
