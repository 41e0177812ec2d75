"""What can be ordered, and how much of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import db
from app.core.errors import AppError
from app.domain.catalog.errors import NotOnSale, OutOfStock, QuantityNotAllowed
from tests.factories.shop import Shop


def test_the_last_unit_is_sold_once(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=5)

    def buy(number: int) -> bool:
        try:
            shop.place(buyer=f"b{number}")
        except OutOfStock:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        sold = sum(pool.map(buy, range(32)))

    assert sold == 5
    shop.audit()


@pytest.mark.parametrize(
    ("quantity", "error"), [(0, QuantityNotAllowed), (-1, QuantityNotAllowed), (51, QuantityNotAllowed)]
)
def test_a_quantity_out_of_bounds_is_refused(shop: Shop, quantity: int, error: type[AppError]) -> None:
    with pytest.raises(error):
        shop.place(quantity)


def test_what_is_not_on_sale_cannot_be_bought(shop: Shop) -> None:
    from app.domain.catalog.models import Sku

    with db.phase("test.switch", shop.business_id):
        db.write(db.change(Sku, shop.sku_id, active=False))

    with pytest.raises(NotOnSale):
        shop.place()
