"""What SKUs cost: base prices, tiers, windows and currencies, in the panel, the order and the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.core import clock, db
from app.core.errors import AppError
from app.domain.catalog.models import Sku, SkuPrice
from app.domain.orders import types
from app.domain.orders.models import OrderLine
from app.workflow.catalog import manage_catalog, manage_prices
from app.workflow.catalog.manage_prices import PriceCommand
from app.workflow.orders import place_order
from tests.factories.shop import Shop

HOUR = timedelta(hours=1)


def _unit(shop: Shop, quantity: int, currency: str | None = None) -> int:
    """What one unit of an order of so many costs."""
    command = types.PlaceOrderCommand(
        items=[types.OrderItem(shop.sku_id, quantity)], buyer=types.Buyer(reference="b"), currency=currency
    )
    order_id = place_order.place_order(shop.business_id, command)
    line = shop.one(select(OrderLine.__table__).where(OrderLine.order_id == order_id))
    assert line.amount_minor == line.unit_price_minor * quantity
    assert currency in (None, line.currency)
    return int(line.unit_price_minor)


def _set(shop: Shop, **command: Any) -> Any:
    return manage_prices.set_price(shop.business_id, shop.sku_id, PriceCommand(**command), actor="test")


@pytest.mark.parametrize(
    ("currency", "base", "tiers", "expected"),
    [
        ("JPY", 1200, {10: 1100, 50: 900}, {1: 1200, 9: 1200, 10: 1100, 49: 1100, 50: 900}),
        ("CNY", 3990, {3: 3690}, {2: 3990, 3: 3690}),
        ("KWD", 12345, {2: 12001, 5: 11111}, {1: 12345, 2: 12001, 4: 12001, 5: 11111}),
    ],
)
def test_from_so_many_units_on_each_costs_less(
    new_shop: Callable[..., Shop], currency: str, base: int, tiers: dict[int, int], expected: dict[int, int]
) -> None:
    shop = new_shop(currency=currency, price_minor=base)
    for from_quantity, unit_minor in tiers.items():
        _set(shop, currency=currency, unit_minor=unit_minor, from_quantity=from_quantity)

    assert {quantity: _unit(shop, quantity) for quantity in expected} == expected
    shop.audit()


def test_another_currency_is_a_price_of_its_own(shop: Shop) -> None:
    _set(shop, currency="JPY", unit_minor=1500)
    _set(shop, currency="JPY", unit_minor=1300, from_quantity=2)

    assert (_unit(shop, 1), _unit(shop, 1, "JPY"), _unit(shop, 2, "JPY")) == (1000, 1500, 1300)
    with pytest.raises(AppError, match="not sold in EUR"):
        _unit(shop, 1, "EUR")


def test_a_price_for_a_time_holds_from_its_first_moment_until_its_last(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    _set(shop, currency="USD", unit_minor=700, starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    seen = {}

    for name, moment in {"before": 0 * HOUR, "first": HOUR, "last": 2 * HOUR}.items():
        monkeypatch.setattr(clock, "now", lambda moment=moment: now + moment)
        seen[name] = _unit(shop, 1)

    assert seen == {"before": 1000, "first": 700, "last": 1000}


def test_a_new_regular_price_ends_the_one_before_and_history_keeps_both(shop: Shop) -> None:
    _set(shop, currency="USD", unit_minor=900, from_quantity=5)
    newer = _set(shop, currency="USD", unit_minor=850, from_quantity=5)
    _set(shop, currency="USD", unit_minor=1100)
    stored = shop.many(select(SkuPrice.__table__).where(SkuPrice.sku_id == shop.sku_id).order_by(SkuPrice.id))

    assert [(row.unit_minor, row.ends_at is None, row.is_base) for row in stored] == [
        (900, False, False), (850, True, False), (1000, False, True),
    ]  # fmt: skip
    assert (_unit(shop, 1), _unit(shop, 5)) == (1100, 850)
    manage_prices.end_price(shop.business_id, newer)
    assert _unit(shop, 5) == 1100


def test_a_changed_base_price_is_kept_and_ends_what_stood_in_its_place(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    _set(shop, currency="USD", unit_minor=1200, starts_at=now + HOUR)
    monkeypatch.setattr(clock, "now", lambda: now + 2 * HOUR)
    raised = _unit(shop, 1)

    sku = shop.one(select(Sku.__table__).where(Sku.id == shop.sku_id))
    command = manage_catalog.SkuCommand(code="ONE", name="1 month", price_minor=800, currency="USD")
    manage_catalog.change_sku(shop.business_id, shop.product_id, sku.id, command, actor="test")

    assert (raised, _unit(shop, 1)) == (1200, 800)


def test_the_database_lets_a_price_end_and_nothing_else(shop: Shop) -> None:
    price_id = _set(shop, currency="JPY", unit_minor=1500)

    with pytest.raises(ProgrammingError, match="permission denied"), db.phase("test.change", shop.business_id):
        db.write(db.change(SkuPrice, price_id, unit_minor=1))


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("invalid_amount", {"unit_minor": -1}),
        ("invalid_amount", {"unit_minor": 10**12}),
        ("quantity_not_allowed", {"from_quantity": 0}),
        ("unknown_currency", {"currency": "ABC"}),
        ("invalid_window", {"ends_at": clock.now() - HOUR}),
    ],
)
def test_a_price_that_cannot_be_is_refused(shop: Shop, code: str, body: dict[str, Any]) -> None:
    with pytest.raises(AppError) as refused:
        _set(shop, **{"currency": "USD", "unit_minor": 5, **body})

    assert refused.value.code == code
