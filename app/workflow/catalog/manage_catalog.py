"""Products and SKUs: making, changing, putting on sale and taking off. Prices change for later orders only."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import func, select

from app.core import db, ids, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR, exponent
from app.domain.accounts.business.resources import Resource
from app.domain.catalog import matrix
from app.domain.catalog import service as stock
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.rules import MAX_UNITS, units
from app.domain.catalog.sellers import service as sellers
from app.domain.catalog.states import PRODUCT, ProductStatus
from app.domain.catalog.types import MAX_SKUS, Specification
from app.domain.fulfilment.downloads import has_files
from app.workflow.catalog.manage_prices import new_base
from app.workflow.steps.accounts.check_currency import check_currency
from app.workflow.steps.accounts.check_room import check_room
from app.workflow.steps.fulfilment.delivery_kinds import CALLBACK, CREDIT, DELIVERY_KINDS, DOWNLOAD
from app.workflow.steps.payments import channel_access

MAX_ATTRIBUTES = 30


@dataclass(frozen=True, kw_only=True)
class ProductCommand:
    """What a product should be. Its `delivery_kind` is fixed once it is created. `attributes` are facts for buyers, by
    name. One buyer may have `max_per_buyer` units ever and `max_per_period` in any `period_days` days; None is
    unlimited. `seller` is the id, the reference or the name of who sells it; empty: the business itself."""

    name: str
    description: str = ""
    max_per_order: int = 10
    delivery_kind: str = "entitlement"
    min_per_order: int = 1
    max_per_buyer: int | None = None
    max_per_period: int | None = None
    period_days: int | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    seller: str = ""


@dataclass(frozen=True, kw_only=True)
class SkuCommand:
    """What a SKU should be. `stock` None is unlimited; `delivery_days` is membership time per unit. `specification` has
    a value for each option of the product; None leaves it as it is."""

    code: str
    name: str
    price_minor: int
    currency: str
    delivery_days: int = 30
    stock: int | None = None
    active: bool = True
    specification: Specification | None = None


def create_product(business_id: uuid.UUID, command: ProductCommand, *, actor: str) -> uuid.UUID:
    """A new product, in draft.

    Raises:
        Invalid: there is no such kind of delivery or seller, or its limits or attributes cannot be. LimitReached: the
            business has as many as it may.
    """
    values = _of_product(command)
    if command.delivery_kind not in DELIVERY_KINDS:
        raise Invalid(
            "unknown_delivery_kind",
            f"The delivery kind must be one of {', '.join(DELIVERY_KINDS)}.",
            details={"param": "delivery_kind"},
        )
    product_id = new_id()
    with db.phase("manage_catalog.create_product", business_id):
        check_room(Resource.PRODUCTS)
        db.add(
            Product,
            id=product_id,
            delivery_kind=command.delivery_kind,
            seller_id=sellers.one(command.seller),
            **values,
        )
        states.born(PRODUCT, product_id, reason="made", actor=actor)
    return product_id


def change_product(business_id: uuid.UUID, product_id: uuid.UUID, command: ProductCommand) -> None:
    """Change the product.

    Raises:
        NotFound: no such product. Invalid: its limits or attributes cannot be, or there is no such seller.
    """
    values = _of_product(command)
    with db.phase("manage_catalog.change_product", business_id):
        product = db.lock(Product, product_id)
        seller_id = product.seller_id
        # One that was archived since stays: an archived product keeps who sold it.
        if seller_id is None or command.seller != ids.show("sel", seller_id):
            seller_id = sellers.one(command.seller)
        db.write(db.change(Product, product_id, seller_id=seller_id, **values), expect=1)


def publish_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Put the product on sale.

    Raises:
        NotFound: no such product. Conflict: it has no SKU that can be bought, or nobody to deliver it.
        NoChannel: it gives wallet money, and this business keeps no wallets. IllegalTransition: it is archived.
    """
    with db.phase("manage_catalog.publish", business_id):
        product = db.lock(Product, product_id)
        check_sellable(product)
        states.advance(PRODUCT, product, ProductStatus.ON_SALE, reason="published", actor=actor, on_sale_at=None)


def check_sellable(product: Product) -> None:
    """Require, in the open phase, that the product can go on sale. Raises as `publish_product` does."""
    sellable = select(Sku.id).where(Sku.business_id == db.here(), Sku.product_id == product.id, Sku.active.is_(True))
    if db.scalar(sellable.limit(1)) is None:
        raise Conflict("nothing_to_sell", "Add a SKU with a price first.")
    if product.delivery_kind == CALLBACK and not product.delivery.get("url"):
        raise Conflict("no_delivery_url", "Enter the URL of your system first.")
    if product.delivery_kind == DOWNLOAD and not has_files(product.id):
        raise Conflict("no_files", "Add a file first.")
    if product.delivery_kind == CREDIT:
        channel_access.wallet_account()  # nobody could spend it


def unpublish_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Take the product off sale; open orders go on.

    Raises:
        NotFound: no such product. IllegalTransition: it is not on sale.
    """
    with db.phase("manage_catalog.unpublish", business_id):
        states.advance(
            PRODUCT,
            db.lock(Product, product_id),
            ProductStatus.OFF_SALE,
            reason="taken off sale",
            actor=actor,
            off_sale_at=None,
        )


def archive_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Archive the product for good.

    Raises:
        NotFound: no such product. IllegalTransition: it is on sale.
    """
    with db.phase("manage_catalog.archive", business_id):
        states.advance(PRODUCT, db.lock(Product, product_id), ProductStatus.ARCHIVED, reason="archived", actor=actor)


def add_sku(business_id: uuid.UUID, product_id: uuid.UUID, command: SkuCommand) -> uuid.UUID:
    """A new SKU of the product.

    Raises:
        NotFound: no such product. Invalid: price, stock, days or specification out of range. Conflict: the code or
            the specification is taken, or the product has MAX_SKUS.
    """
    with db.phase("manage_catalog.add_sku", business_id):
        product = db.lock(Product, product_id)
        count = select(func.count()).where(Sku.business_id == business_id, Sku.product_id == product_id)
        if int(db.scalar(count)) >= MAX_SKUS:
            raise Conflict("too_many_skus", f"A product can have at most {MAX_SKUS} SKUs.")
        return new_sku(product, command)


def new_sku(product: Product, command: SkuCommand) -> uuid.UUID:
    """A new SKU of a product that the caller's phase has locked. Raises as `add_sku` does."""
    _check(command)
    check_currency(command.currency)
    specification = command.specification or {}
    _check_fit(product, specification, active=True)
    _check_free(product.id, None, specification)
    sku_id = new_id()
    added = db.new_row(
        Sku,
        id=sku_id,
        product_id=product.id,
        code=command.code,
        name=command.name,
        price_minor=command.price_minor,
        currency=command.currency,
        delivery_days=command.delivery_days,
        stock=_stock(product, command, now=0),
        active=command.active,
        specification=specification,
    )
    db.write(added.on_conflict_do_nothing(), expect=1, otherwise=_code_taken())
    return sku_id


def change_sku(
    business_id: uuid.UUID, product_id: uuid.UUID, sku_id: uuid.UUID, command: SkuCommand, *, actor: str
) -> None:
    """Change a SKU. Orders keep the price they were placed at; its currency stays what it is.

    Raises:
        NotFound: the product has no such SKU. Invalid: price, stock, days or specification out of range.
        Conflict: the code or the specification is taken, or fewer units than open orders hold.
    """
    with db.phase("manage_catalog.change_sku", business_id):
        product = db.lock(Product, product_id)
        for sku in locked_skus(product_id, [sku_id]):
            write_sku(product, sku, command, actor=actor)


def write_sku(product: Product, sku: Sku, command: SkuCommand, *, actor: str) -> None:
    """Change a SKU; the caller's phase has locked it and its product. Raises as `change_sku` does."""
    _check(command)
    specification = sku.specification if command.specification is None else command.specification
    _check_fit(product, specification, active=command.active)
    if specification != sku.specification:
        _check_free(product.id, sku.id, specification)
    same_code = (Sku.business_id == db.here(), Sku.code == command.code, Sku.id != sku.id)
    if command.code != sku.code and db.scalar(select(Sku.id).where(*same_code)) is not None:
        raise _code_taken()
    in_stock = _stock(product, command, now=sku.stock)
    if in_stock is None and sku.reserved:
        raise Conflict(
            "stock_reserved", f"Open orders reserve {units(sku.reserved)}; keep tracking stock until they are done."
        )
    if in_stock is not None and in_stock < sku.reserved:
        raise Conflict("stock_reserved", f"Open orders reserve {units(sku.reserved)}; stock cannot be lower.")
    stock.write_change(sku.id, before=sku.stock, after=in_stock, kind="edited", reason="SKU edited", actor=actor)
    price = new_base(sku, command.price_minor, actor=actor) if command.price_minor != sku.price_minor else {}
    change = db.change(
        Sku,
        sku.id,
        code=command.code,
        name=command.name,
        delivery_days=command.delivery_days,
        stock=in_stock,
        active=command.active,
        specification=specification,
        **price,
    )
    db.write(change, expect=1)


def locked_skus(product_id: uuid.UUID, sku_ids: Collection[uuid.UUID]) -> Sequence[Sku]:
    """These SKUs of the product, locked in the order of their ids.

    Raises:
        NotFound: the product has not all of them.
    """
    conditions = (Sku.business_id == db.here(), Sku.product_id == product_id, Sku.id.in_(list(sku_ids)))
    found = db.rows(select(db.table(Sku)).where(*conditions).order_by(Sku.id).with_for_update())
    if len(found) < len(set(sku_ids)):
        raise NotFound("not_found", "There is no such SKU.")
    return found


class _ProductColumns(TypedDict):
    name: str
    description: str
    min_per_order: int
    max_per_order: int
    max_per_buyer: int | None
    max_per_period: int | None
    period_days: int | None
    attributes: list[dict[str, str]]


def _of_product(command: ProductCommand) -> _ProductColumns:
    for name in ("min_per_order", "max_per_order", "max_per_buyer", "max_per_period", "period_days"):
        limit = getattr(command, name)
        if limit is not None and not 1 <= limit <= MAX_UNITS:
            raise Invalid("invalid_limit", f"A limit must be between 1 and {MAX_UNITS:,}.", details={"param": name})
    if command.min_per_order > command.max_per_order:
        message = "The minimum quantity cannot exceed the maximum."
        raise Invalid("invalid_limit", message, details={"param": "min_per_order"})
    if (command.max_per_period is None) != (command.period_days is None):
        message = "A limit per period needs both a quantity and a number of days."
        raise Invalid("invalid_limit", message, details={"param": "period_days"})
    if len(command.attributes) > MAX_ATTRIBUTES or any(not name or not value for name, value in command.attributes):
        message = f"A product can have at most {MAX_ATTRIBUTES} attributes, each with a name and a value."
        raise Invalid("invalid_attributes", message, details={"param": "attributes"})
    return {
        "name": command.name,
        "description": command.description,
        "min_per_order": command.min_per_order,
        "max_per_order": command.max_per_order,
        "max_per_buyer": command.max_per_buyer,
        "max_per_period": command.max_per_period,
        "period_days": command.period_days,
        "attributes": [{"name": name, "value": value} for name, value in command.attributes],
    }


def _check_fit(product: Product, specification: Specification, *, active: bool) -> None:
    options = matrix.read_options(product.options)
    if matrix.fits(options, specification) or not (active or specification):
        return
    names = " and ".join(option.name for option in options)
    message = f"Set {names} to one of the product’s option values." if options else ("The product has no options.")
    raise Invalid("invalid_specification", message, details={"param": "specification"})


def _check_free(product_id: uuid.UUID, sku_id: uuid.UUID | None, specification: Specification) -> None:
    if not specification:
        return
    conditions = (Sku.business_id == db.here(), Sku.product_id == product_id, Sku.specification == specification)
    others = conditions if sku_id is None else (*conditions, Sku.id != sku_id)
    if db.scalar(select(Sku.id).where(*others)) is not None:
        message = f"Another SKU of this product is already {', '.join(specification.values())}."
        raise Conflict("specification_taken", message, details={"param": "specification"})


def _stock(product: Product, command: SkuCommand, *, now: int | None) -> int | None:
    """What the SKU's stock shall be; of licence keys it is what the pool has."""
    if product.delivery_kind != "licence_key":
        return command.stock
    if command.stock not in (None, now):
        raise Invalid(
            "stock_is_counted", "Stock is the number of keys in the pool. Add keys instead.", details={"param": "stock"}
        )
    return now


def _check(command: SkuCommand) -> None:
    exponent(command.currency)
    if not 0 <= command.price_minor <= MAX_MINOR:
        raise Invalid("invalid_amount", "The price is out of range.", details={"param": "price_minor"})
    if command.stock is not None and not 0 <= command.stock <= 10**9:
        raise Invalid("invalid_stock", "Stock must be a whole number of at least 0.", details={"param": "stock"})
    if not 1 <= command.delivery_days <= 36500:
        raise Invalid("invalid_days", "Membership must be 1 to 36,500 days.", details={"param": "delivery_days"})


def _code_taken() -> Conflict:
    return Conflict("code_taken", "Another SKU already uses this code.", details={"param": "code"})
