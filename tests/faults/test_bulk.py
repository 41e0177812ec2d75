"""The process is stopped dead while one thing is done to many orders; another one carries on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.domain.insights.lists.models import BulkRow
from app.domain.orders.models import OrderNote
from app.workflow.orders import bulk_orders
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

POINTS = ("bulk_orders.row.before_commit", "bulk_orders.row.after")


@pytest.mark.parametrize("point", POINTS)
def test_each_order_gets_one_note_whatever_happens(
    shop: Shop, dies: Callable[..., None], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    placed, run_id = [shop.place() for _ in range(3)], new_id()
    monkeypatch.setattr(bulk_orders, "AT_ONCE_S", 0)
    bulk_orders.start_bulk(shop.business_id, "note", placed, actor="usr_x", run_id=run_id, note="Once")

    dies(shop, "bulk", run_id, at=point)

    bulk_orders.work(shop.business_id, run_id, slice_s=60)
    notes = shop.many(select(OrderNote.order_id))
    results = shop.many(select(BulkRow.result).where(BulkRow.run_id == run_id))
    assert sorted(row.order_id for row in notes) == sorted(placed)
    assert [row.result for row in results] == ["done"] * 3


def test_these_points_exist() -> None:
    assert set(POINTS) <= points_of("bulk_orders")
