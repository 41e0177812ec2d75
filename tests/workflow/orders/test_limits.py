"""How much of a product one order and one buyer may have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from app.core import clock, db
from app.core.errors import AppError
from app.domain.catalog.models import Product
from app.workflow.orders.close_orders import close_order
from tests.factories.shop import Shop


def _limit(shop: Shop, **limits: int) -> None:
    with db.phase("test.limit", shop.business_id):
        db.write(db.change(Product, shop.product_id, **limits), expect=1)


def _refused(shop: Shop, quantity: int, buyer: str = "buyer-1") -> AppError:
    with pytest.raises(AppError) as refused:
        shop.place(quantity, buyer=buyer)
    return refused.value


def test_an_order_has_from_the_least_to_the_most(shop: Shop) -> None:
    _limit(shop, min_per_order=2, max_per_order=4)

    few, many = _refused(shop, 1), _refused(shop, 5)

    assert (few.code, many.code) == ("quantity_not_allowed", "quantity_not_allowed")
    assert (few.details["min"], many.details["max"]) == (2, 4)
    assert shop.place(2)
    assert shop.place(4)


def test_a_buyer_has_so_many_for_good_and_another_buyer_as_many(shop: Shop) -> None:
    _limit(shop, max_per_buyer=3)
    shop.paid_order(2)

    refused = _refused(shop, 2)

    assert (refused.code, refused.details["left"]) == ("buyer_limit", 1)
    assert shop.place(1)
    assert shop.place(3, buyer="another")
    assert "none can be bought now" in _refused(shop, 1).message


def test_what_was_closed_or_refunded_counts_for_nothing(shop: Shop) -> None:
    _limit(shop, max_per_buyer=1)
    close_order(shop.business_id, shop.place(), reason="cancelled", actor="test")
    paid = shop.paid_order()
    full = _refused(shop, 1)

    shop.refund(paid)
    shop.work_off()

    assert full.code == "buyer_limit"
    assert shop.place(1)


def test_a_limit_for_a_time_lets_go_after_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(shop, max_per_period=2, period_days=7)
    shop.place(2)
    refused = _refused(shop, 1)
    later = clock.now() + timedelta(days=7, minutes=1)

    monkeypatch.setattr(clock, "now", lambda: later)

    assert "2 in 7 days" in refused.message
    assert shop.place(2)


def test_of_many_at_once_only_so_many_get_the_last_allowed(shop: Shop) -> None:
    _limit(shop, max_per_buyer=2)
    shop.place(1)
    start = Barrier(4)

    def buy(_: int) -> str:
        start.wait(60)
        try:
            shop.place(1)
        except AppError as error:
            return error.code
        return "placed"

    with ThreadPoolExecutor(4) as racers:
        outcomes = sorted(racers.map(buy, range(4)))

    assert outcomes == ["buyer_limit", "buyer_limit", "buyer_limit", "placed"]
