"""What rows have that are read about coupons and promotions: some are, for type checkers, models with more columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped

from app.core import db
from app.domain.marketing.models import Coupon, CouponBatch


class SpentRow(db.JoinedRow):
    """How many orders of a currency got something, and what altogether."""

    currency: str
    orders: int
    minor: Decimal


if TYPE_CHECKING:

    class CouponRow(Coupon):
        """A coupon with the name of its template."""

        template_name: Mapped[str]

    class BatchRow(CouponBatch):
        """A batch with the name of its template."""

        template_name: Mapped[str]

else:
    CouponRow, BatchRow = Coupon, CouponBatch
