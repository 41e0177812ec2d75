"""Products and SKUs: making, changing, putting on sale and taking off. Prices change for later orders only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from app.core import db, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR, exponent
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import PRODUCT
from app.workflow import channel_access
from app.workflow.delivery_kinds import CALLBACK, CREDIT, DELIVERY_KINDS
from app.workflow.manage_prices import new_base

MAX_SKUS = 100  # of one product: a page and a panel still show them all


@dataclass(frozen=True, kw_only=True)
class ProductWish:
    """What a product shall be. Its `delivery_kind` is chosen when it is made."""

    name: str
    description: str = ""
    max_per_order: int = 10
    delivery_kind: str = "entitlement"


@dataclass(frozen=True, kw_only=True)
class SkuWish:
    """What a SKU shall be. `stock` None is unlimited; `delivery_days` is membership time per piece."""

    code: str
    name: str
    price_minor: int
    currency: str
    delivery_days: int = 30
    stock: int | None = None
    active: bool = True


def create_product(business_id: uuid.UUID, wish: ProductWish, *, actor: str) -> uuid.UUID:
    """A new product, in draft.

    Raises:
        Invalid: there is no such kind of delivery.
    """
    if wish.delivery_kind not in DELIVERY_KINDS:
        raise Invalid(
            "unknown_delivery_kind",
            f"Goods are delivered as {', '.join(DELIVERY_KINDS)}.",
            details={"param": "delivery_kind"},
        )
    product_id = new_id()
    with db.phase("manage_catalog.create_product", business_id):
        db.add(
            Product,
            id=product_id,
            name=wish.name,
            description=wish.description,
            max_per_order=wish.max_per_order,
            delivery_kind=wish.delivery_kind,
        )
        states.born(PRODUCT, product_id, reason="made", actor=actor)
    return product_id


def change_product(business_id: uuid.UUID, product_id: uuid.UUID, wish: ProductWish) -> None:
    """Change what the product says.

    Raises:
        NotFound: no such product.
    """
    with db.phase("manage_catalog.change_product", business_id):
        _locked(product_id)
        change = db.change(
            Product,
            product_id,
            name=wish.name,
            description=wish.description,
            max_per_order=wish.max_per_order,
        )
        db.write(change, expect=1)


def publish_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Put the product on sale.

    Raises:
        NotFound: no such product. Conflict: it has no SKU that can be bought, or nobody to deliver it.
        NoChannel: it gives wallet money, and this business keeps no wallets. IllegalMove: it is archived.
    """
    with db.phase("manage_catalog.publish", business_id):
        product = _locked(product_id)
        sellable = select(Sku.id).where(
            Sku.business_id == business_id, Sku.product_id == product_id, Sku.active.is_(True)
        )
        if db.scalar(sellable.limit(1)) is None:
            raise Conflict("nothing_to_sell", "Add a SKU with a price first; a product without one cannot be bought.")
        if product.delivery_kind == CALLBACK and not product.delivery.get("url"):
            raise Conflict("no_delivery_url", "Say first which address of your system is to be called.")
        if product.delivery_kind == CREDIT:
            channel_access.wallet_account()  # nobody could spend it
        states.advance(PRODUCT, product, "on_sale", reason="published", actor=actor)


def withdraw_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Take the product off sale; open orders go on.

    Raises:
        NotFound: no such product. IllegalMove: it is not on sale.
    """
    with db.phase("manage_catalog.withdraw", business_id):
        states.advance(PRODUCT, _locked(product_id), "off_sale", reason="taken off sale", actor=actor)


def archive_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Put the product away for good.

    Raises:
        NotFound: no such product. IllegalMove: it is on sale.
    """
    with db.phase("manage_catalog.archive", business_id):
        states.advance(PRODUCT, _locked(product_id), "archived", reason="archived", actor=actor)


def add_sku(business_id: uuid.UUID, product_id: uuid.UUID, wish: SkuWish) -> uuid.UUID:
    """A new SKU of the product.

    Raises:
        NotFound: no such product. Invalid: price, stock or days out of range. Conflict: the code is taken, or
            the product has MAX_SKUS.
    """
    _check(wish)
    sku_id = new_id()
    with db.phase("manage_catalog.add_sku", business_id):
        product = _locked(product_id)
        count = select(func.count()).where(Sku.business_id == business_id, Sku.product_id == product_id)
        if int(db.scalar(count)) >= MAX_SKUS:
            raise Conflict("too_many_skus", f"A product has at most {MAX_SKUS} SKUs.")
        values = {**vars(wish), "stock": _stock(product, wish, now=0)}
        added = db.new_row(Sku, id=sku_id, product_id=product_id, **values).on_conflict_do_nothing()
        db.write(added, expect=1, otherwise=_code_taken())
    return sku_id


def change_sku(business_id: uuid.UUID, product_id: uuid.UUID, sku_id: uuid.UUID, wish: SkuWish, *, actor: str) -> None:
    """Change a SKU. Orders keep the price they were placed at; its currency stays what it is.

    Raises:
        NotFound: the product has no such SKU. Invalid: price, stock or days out of range.
        Conflict: the code is taken, or fewer pieces than open orders hold.
    """
    _check(wish)
    with db.phase("manage_catalog.change_sku", business_id):
        product = _locked(product_id)
        table = Sku.__table__
        mine = (table.c.business_id == business_id, table.c.product_id == product_id, table.c.id == sku_id)
        sku = db.first(select(table).where(*mine).with_for_update())
        if sku is None:
            raise NotFound("not_found", "There is no such SKU.")
        same_code = (table.c.business_id == business_id, table.c.code == wish.code, table.c.id != sku_id)
        if db.scalar(select(table.c.id).where(*same_code)) is not None:
            raise _code_taken()
        values: dict[str, Any] = {
            name: value for name, value in vars(wish).items() if name not in ("currency", "price_minor")
        }
        values |= new_base(sku, wish.price_minor, actor=actor)
        values["stock"] = _stock(product, wish, now=sku.stock)
        if values["stock"] is None and sku.reserved:
            raise Conflict("stock_held", f"Open orders hold {sku.reserved} pieces; count stock until they are done.")
        if values["stock"] is not None and values["stock"] < sku.reserved:
            raise Conflict("stock_held", f"Open orders hold {sku.reserved} pieces; stock cannot be less than that.")
        change = db.change(Sku, sku_id, **values)
        db.write(change, expect=1)


def _stock(product: Row[Any], wish: SkuWish, *, now: int | None) -> int | None:
    """What the SKU's stock shall be; of licence keys it is what the pool has."""
    if product.delivery_kind != "licence_key":
        return wish.stock
    if wish.stock not in (None, now):
        raise Invalid("stock_is_counted", "The stock is the keys in the pool; add keys.", details={"param": "stock"})
    return now


def _check(wish: SkuWish) -> None:
    exponent(wish.currency)
    if not 0 <= wish.price_minor <= MAX_MINOR:
        raise Invalid("invalid_amount", "The price is out of range.", details={"param": "price_minor"})
    if wish.stock is not None and not 0 <= wish.stock <= 10**9:
        raise Invalid("invalid_stock", "Stock is a whole number from 0 up.", details={"param": "stock"})
    if not 1 <= wish.delivery_days <= 36500:
        raise Invalid("invalid_days", "Membership time is 1 to 36,500 days.", details={"param": "delivery_days"})


def _locked(product_id: uuid.UUID) -> Row[Any]:
    table = Product.__table__
    product = db.first(
        select(table).where(table.c.business_id == db.here(), table.c.id == product_id).with_for_update()
    )
    if product is None:
        raise NotFound("not_found", "There is no such product.")
    return product


def _code_taken() -> Conflict:
    return Conflict("code_taken", "Another SKU of the business has this code.", details={"param": "code"})
