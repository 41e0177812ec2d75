"""Orders end some time after their delivery."""

from __future__ import annotations

from types import ModuleType

import pytest

from app.workflow.orders import complete_orders
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_a_delivered_order_completes_by_itself_after_its_period(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.paid_order()
    complete_orders.complete_due()
    assert shop.order(order_id).status == "fulfilled"
    clock.move(604_801)

    complete_orders.complete_due()

    assert shop.order(order_id).status == "completed"
