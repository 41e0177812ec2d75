"""Prices of a SKU: by currency, by quantity, for a time. A price never changes: it ends, and another begins.

Placed orders keep the price they were placed at.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import func, or_, select, update

from app.core import clock, db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR, exponent
from app.domain.catalog.models import Product, Sku, SkuPrice
from app.domain.catalog.rules import MAX_PRICES
from app.workflow.steps.accounts.check_currency import check_currency

MAX_QUANTITY = 10_000
prices, skus = db.table(SkuPrice), db.table(Sku)


@dataclass(frozen=True, kw_only=True)
class PriceCommand:
    """A price of one unit. `starts_at` None is now; `ends_at` None is until another takes its place."""

    currency: str
    unit_minor: int
    from_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def set_price(business_id: uuid.UUID, sku_id: uuid.UUID, command: PriceCommand, *, actor: str) -> uuid.UUID | None:
    """Give the SKU a price; its id. One from now on without an end takes the place of the one without an end that holds
    for the same currency and quantity. In the SKU's own currency, from one unit, now and without an end, it is the
    base price, which has no id.

    Raises:
        NotFound: no such SKU. Invalid: the price is out of range, or its time is over or turned round.
        Conflict: the SKU has MAX_PRICES.
    """
    _check(command)
    with db.phase("manage_prices.set", business_id):
        sku = locked_sku(sku_id)
        check_currency(command.currency)
        now = clock.now()
        starts_at = command.starts_at if command.starts_at is not None and command.starts_at > now else now
        if command.ends_at is not None and command.ends_at <= starts_at:
            raise Invalid("invalid_window", "A price must end after it starts.", details={"param": "ends_at"})
        if (
            command.ends_at is None
            and starts_at == now
            and command.from_quantity == 1
            and command.currency == sku.currency
        ):
            changed = new_base(sku, command.unit_minor, actor=actor)
            if changed:
                db.write(db.change(Sku, sku_id, **changed), expect=1)
            return None
        if int(db.scalar(select(func.count()).where(*_open(sku_id, now)))) >= MAX_PRICES:
            raise Conflict("too_many_prices", f"A SKU can have at most {MAX_PRICES} prices. End some first.")
        if command.ends_at is None and starts_at == now:
            _end_regular(sku_id, command.currency, command.from_quantity, now)
        price_id = new_id()
        db.add(
            SkuPrice,
            id=price_id,
            sku_id=sku_id,
            currency=command.currency,
            unit_minor=command.unit_minor,
            from_quantity=command.from_quantity,
            starts_at=starts_at,
            ends_at=command.ends_at,
            actor=actor,
        )
    return price_id


def end_price(business_id: uuid.UUID, price_id: uuid.UUID) -> None:
    """End a price now; one that has not begun never does. With one without an end that has begun, those end whose place
    it took. One that has ended stays as it is.

    Raises:
        NotFound: no such price.
    """
    with db.phase("manage_prices.end", business_id):
        price = db.get(SkuPrice, price_id)
        locked_sku(price.sku_id)
        now = clock.now()
        if price.ends_at is None and price.starts_at <= now:
            _end_regular(price.sku_id, price.currency, price.from_quantity, now)
        else:
            still = or_(prices.c.ends_at.is_(None), prices.c.ends_at > now)
            db.write(db.change(SkuPrice, price_id, ends_at=max(now, price.starts_at)).where(still))


class BasePrice(TypedDict, total=False):
    """The columns of a SKU that hold its base price."""

    price_minor: int
    price_since: datetime


def new_base(sku: Sku, unit_minor: int, *, actor: str) -> BasePrice:
    """The columns a SKU (locked by this phase) changes by when its base price becomes this. What it was becomes a row
    that has ended, and so does a price without an end that took the base price's place."""
    now = clock.now()
    _end_regular(sku.id, sku.currency, 1, now)
    if unit_minor == sku.price_minor:
        return {}
    db.add(
        SkuPrice,
        sku_id=sku.id,
        currency=sku.currency,
        unit_minor=sku.price_minor,
        starts_at=min(sku.price_since, now),
        ends_at=now,
        is_base=True,
        actor=actor,
    )
    return {"price_minor": unit_minor, "price_since": now}


def locked_sku(sku_id: uuid.UUID) -> Sku:
    """The SKU, whose prices nobody else changes until the phase ends.

    Raises:
        NotFound: there is none.
    """
    # The product is what catalogue changes lock; the SKU's own row is for stock.
    conditions = (Sku.business_id == db.here(), Sku.id == sku_id)
    held = select(Product.id).join(Sku, (Sku.business_id == Product.business_id) & (Sku.product_id == Product.id))
    if db.first(held.where(*conditions).with_for_update(of=Product)) is None:
        raise NotFound("not_found", "There is no such SKU.")
    sku = db.first(select(skus).where(*conditions))
    assert sku is not None
    return sku


def _end_regular(sku_id: uuid.UUID, currency: str, from_quantity: int, now: datetime) -> None:
    """End the prices without an end that hold now for this currency and quantity."""
    regular = (prices.c.ends_at.is_(None), prices.c.starts_at <= now)
    same = (prices.c.currency == currency, prices.c.from_quantity == from_quantity)
    conditions = (prices.c.business_id == db.here(), prices.c.sku_id == sku_id)
    db.write(update(SkuPrice).where(*conditions, *same, *regular).values(ends_at=now))


def _open(sku_id: uuid.UUID, now: datetime) -> tuple[Any, ...]:
    return (
        prices.c.business_id == db.here(),
        prices.c.sku_id == sku_id,
        or_(prices.c.ends_at.is_(None), prices.c.ends_at > now),
    )


def _check(command: PriceCommand) -> None:
    exponent(command.currency)
    if not 0 <= command.unit_minor <= MAX_MINOR:
        raise Invalid("invalid_amount", "The price is out of range.", details={"param": "unit_minor"})
    if not 1 <= command.from_quantity <= MAX_QUANTITY:
        message = f"The quantity must be between 1 and {MAX_QUANTITY:,}."
        raise Invalid("quantity_not_allowed", message, details={"param": "from_quantity", "max": MAX_QUANTITY})
