"""Units that people count: set or changed with a reason, and what a SKU does with units that come back."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.catalog import service as stock
from app.domain.catalog.models import Product, Sku, StockChange
from app.domain.catalog.rules import units

RESTOCK = ("always", "undelivered", "never")
MAX_COUNT = 10**9


def adjust_stock(
    business_id: uuid.UUID,
    sku_id: uuid.UUID,
    *,
    change: int | None = None,
    to: int | None = None,
    reason: str,
    actor: str,
    change_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Change the SKU's units by `change`, or set them `to` a number; the id of the line in its history. The same
    `change_id` again changes nothing.

    Raises:
        NotFound: no such SKU. Invalid: not one of the two, nothing would change, or out of range.
        Conflict: open orders hold more, or the units are licence keys, which are counted.
    """
    if (change is None) == (to is None):
        raise Invalid("invalid_stock", "Enter a change or a new value.", details={"param": "change"})
    change_id = change_id or new_id()
    with db.phase("manage_stock.adjust", business_id):
        sku = _locked(sku_id)
        _check_counted_here(sku)
        if _is_done(change_id):
            return change_id
        after = to if to is not None else _changed(sku, change or 0)
        if not 0 <= after <= MAX_COUNT or after == sku.stock:
            message = (
                "This changes nothing."
                if after == sku.stock
                else (f"Stock must be a whole number from 0 to {MAX_COUNT:,}.")
            )
            raise Invalid("invalid_stock", message, details={"param": "change"})
        if after < sku.reserved:
            raise Conflict("stock_reserved", f"Open orders reserve {units(sku.reserved)}; stock cannot be lower.")
        about: stock.Why = {"kind": "adjusted", "reason": reason, "actor": actor, "id": change_id}
        stock.change_stock(sku_id, before=sku.stock, after=after, **about)
    return change_id


def set_stock_rules(business_id: uuid.UUID, sku_id: uuid.UUID, *, restock: str, low_stock: int | None) -> None:
    """Say whether refunded units can be sold again, and at how many free units people are told (None: never).

    Raises:
        NotFound: no such SKU. Invalid: no such rule, or out of range.
    """
    if restock not in RESTOCK:
        raise Invalid("invalid_restock", f"Restock must be one of {', '.join(RESTOCK)}.", details={"param": "restock"})
    if low_stock is not None and not 0 <= low_stock <= MAX_COUNT:
        raise Invalid("invalid_stock", f"Enter a whole number from 0 to {MAX_COUNT:,}.", details={"param": "low_stock"})
    with db.phase("manage_stock.set_rules", business_id):
        sku = _locked(sku_id)
        db.write(db.change(Sku, sku.id, restock=restock, low_stock=low_stock), expect=1)


def _changed(sku: Sku, change: int) -> int:
    if sku.stock is None:
        raise Invalid(
            "invalid_stock", "Stock is unlimited. Set a value instead of a change.", details={"param": "change"}
        )
    return int(sku.stock) + change


def _locked(sku_id: uuid.UUID) -> Sku:
    found = stock.locked([sku_id])
    if not found:
        raise NotFound("not_found", "There is no such SKU.")
    return found[0]


def _check_counted_here(sku: Sku) -> None:
    kind = select(Product.delivery_kind).where(Product.business_id == db.here(), Product.id == sku.product_id)
    if db.scalar(kind) == "licence_key":
        raise Conflict("stock_is_counted", "Stock is the number of keys in the pool. Add or remove keys instead.")


def _is_done(change_id: uuid.UUID) -> bool:
    done = select(StockChange.id).where(StockChange.business_id == db.here(), StockChange.id == change_id)
    return db.scalar(done) is not None
