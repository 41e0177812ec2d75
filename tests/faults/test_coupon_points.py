"""Issuing coupons, stopped dead at each step: whoever was to get one gets one, and not two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.domain.marketing.models import Coupon, CouponBatch
from app.workflow.marketing import expire_coupons, issue_coupons, make_coupon_batch
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


def test_a_batch_that_stopped_halfway_is_resumed(shop: Shop, dies: Callable[..., None]) -> None:
    template_id, batch_id = active_template(shop.business_id), new_id()
    with db.phase("test.batch", shop.business_id):
        db.add(CouponBatch, id=batch_id, template_id=template_id, requested_count=600, actor="test")

    dies(shop, "batch", batch_id, at="make_coupon_batch.chunk.after")
    assert _count(shop) == make_coupon_batch.CHUNK

    make_coupon_batch.finish_batch(shop.business_id, batch_id)
    assert _count(shop) == 600


def test_those_that_were_not_expired_before_the_end_are_after_it(
    shop: Shop, dies: Callable[..., None], clock: Any
) -> None:
    template_id = active_template(shop.business_id, valid_days=1)
    for _ in range(2):
        issue_coupons.issue_coupon(shop.business_id, template_id, buyer=None, actor="test")
    clock.move(90_000)

    dies(shop, "expire", new_id(), at="expire_coupons.expire.after")

    expire_coupons.expire_due()
    assert [row.status for row in shop.many(select(Coupon.status))] == ["expired", "expired"]


def _count(shop: Shop) -> int:
    return len(shop.many(select(Coupon.id)))
