"""The process is stopped dead while a receipt is made: no number is lost, and none is given twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.workflow.orders.make_receipt import make_receipt
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

POINTS = ("make_receipt.make.before_commit", "make_receipt.make.after")


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_loses_no_number(shop: Shop, dies: Callable[..., None], point: str) -> None:
    dying, other = shop.paid_order(), shop.paid_order()

    dies(shop, "receipt", dying, at=point)
    numbers = [make_receipt(shop.business_id, order_id).number for order_id in (other, dying)]

    assert numbers == ([1, 2] if point.endswith("before_commit") else [2, 1])


def test_these_points_exist() -> None:
    assert set(POINTS) == points_of("make_receipt")
