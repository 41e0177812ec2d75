"""The end of a coupon's time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core import clock as time
from app.domain.orders.types import Buyer
from app.workflow.marketing import issue_coupons
from app.workflow.marketing.expire_coupons import expire_due
from tests.factories.coupons import active_template, coupons_of
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_an_issued_coupon_ends_after_its_days(shop: Shop, clock: Any) -> None:
    template_id = active_template(shop.business_id, valid_days=2, ends_at=time.now() + timedelta(days=30))
    coupon_id = issue_coupons.issue_coupon(shop.business_id, template_id, buyer=Buyer(reference="ann"), actor="test")

    clock.move(2 * 86_400 - 100)
    expire_due()
    before = coupons_of(shop)[0].status
    clock.move(200)
    expire_due()

    assert (before, coupons_of(shop)[0].status, coupons_of(shop)[0].id) == ("issued", "expired", coupon_id)
