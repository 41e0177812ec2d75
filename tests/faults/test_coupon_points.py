"""Issuing coupons, stopped dead at each step: whoever was to get one gets one, and not two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.domain.marketing.models import Coupon
from tests.factories.coupons import active_template
from tests.factories.shop import Shop


@pytest.mark.parametrize("point", ["issue_by_rule.issue.before_commit", "issue_by_rule.issue.after"])
def test_issuing_for_a_paid_order(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    active_template(shop.business_id, issue_on="payment", max_issued=5)
    attempt_id = shop.pay(shop.place())
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    dies(shop, "drain", None, at=point)

    carry_on(shop)
    [coupon] = shop.many(select(Coupon.__table__))
    assert (coupon.buyer_reference, coupon.source) == ("buyer-1", "payment")
