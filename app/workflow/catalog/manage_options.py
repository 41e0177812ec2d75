"""Options of a product and the SKUs they make: setting them, making what is missing, changing many at once."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import select, update

from app.core import db
from app.core.errors import AppError, Conflict
from app.core.ids import show
from app.domain.catalog import matrix
from app.domain.catalog.matrix import Cell
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import ProductStatus
from app.domain.catalog.types import MAX_SKUS, Option, Specification
from app.workflow.catalog.manage_catalog import SkuCommand, locked_skus, new_sku, write_sku


@dataclass(frozen=True)
class CellChange:
    """What a SKU of the matrix shall be; None leaves it as it is. `counts_stock` False makes its stock unlimited."""

    code: str | None = None
    price_minor: int | None = None
    stock: int | None = None
    counts_stock: bool = True
    active: bool | None = None


def set_options(business_id: uuid.UUID, product_id: uuid.UUID, options: Iterable[Option]) -> int:
    """Give the product these options; how many SKUs found no place in them and cannot be bought any more. A SKU keeps
    the values that are still there; for a new option it gets the value it is called by, or the first.

    Raises:
        NotFound: no such product. Invalid: such options cannot be. Conflict: the product is on sale and would have
            nothing to sell.
    """
    tidy = matrix.checked(options)
    with db.phase("manage_options.set", business_id):
        product = db.lock(Product, product_id)
        skus = locked_skus_of(product_id)
        places = matrix.refit(tidy, [Cell(sku.id, sku.name, sku.specification) for sku in skus])
        if product.status == ProductStatus.ON_SALE and not any(
            sku.active and places[sku.id] is not None for sku in skus
        ):
            raise Conflict("nothing_to_sell", "No SKU on sale matches these options. Take the product off sale first.")
        db.write(db.change(Product, product_id, options=matrix.write_options(tidy)), expect=1)
        moved = {sku_id: place for sku_id, place in places.items() if place is not None}
        moved = {sku.id: moved[sku.id] for sku in skus if sku.id in moved and moved[sku.id] != sku.specification}
        # First all out of the way, for two SKUs may change places.
        db.run(_of(moved).values(specification={}))
        for sku_id, place in moved.items():
            db.write(db.change(Sku, sku_id, specification=place), expect=1)
        # One without a place keeps its values: it fits again when they come back.
        retired = [sku.id for sku in skus if sku.active and places[sku.id] is None]
        db.run(_of(retired).values(active=False))
    return len(retired)


def fill_matrix(business_id: uuid.UUID, product_id: uuid.UUID, like: SkuCommand) -> int:
    """Make a SKU for every combination of options that has none, `like` this one: its code is the beginning of theirs,
    their names are their values; how many were made.

    Raises:
        NotFound: no such product. Invalid: price, stock or days out of range. Conflict: there would be too many SKUs.
    """
    with db.phase("manage_options.fill", business_id):
        product = db.lock(Product, product_id)
        options = matrix.read_options(product.options)
        skus = locked_skus_of(product_id)
        missing = matrix.missing(options, [Cell(sku.id, sku.name, sku.specification) for sku in skus])
        if len(missing) + len(skus) > MAX_SKUS:
            raise Conflict("too_many_skus", f"A product can have at most {MAX_SKUS} SKUs.")
        codes = _codes(like.code, missing)
        for specification, code in zip(missing, codes, strict=True):
            name = matrix.name_of(options, specification)[:200]
            new_sku(product, replace(like, name=name, code=code, specification=specification))
    return len(missing)


def change_matrix(
    business_id: uuid.UUID, product_id: uuid.UUID, changes: Mapping[uuid.UUID, CellChange], *, actor: str
) -> None:
    """Change many SKUs of a product, all of them or none.

    Raises:
        AppError: one of them cannot be, as `manage_catalog.change_sku` says; `details.sku_id` names it.
    """
    with db.phase("manage_options.change", business_id):
        product = db.lock(Product, product_id)
        for sku in locked_skus(product_id, changes):
            command = _sku_command(sku, changes[sku.id])
            if command is None:
                continue
            try:
                write_sku(product, sku, command, actor=actor)
                db.flush()
            except AppError as error:
                error.details = {**error.details, "sku_id": show("sku", sku.id)}
                raise


def locked_skus_of(product_id: uuid.UUID) -> Sequence[Sku]:
    """All SKUs of the product, locked in the order of their ids."""
    conditions = (Sku.business_id == db.here(), Sku.product_id == product_id)
    return db.rows(select(db.table(Sku)).where(*conditions).order_by(Sku.id).with_for_update())


def _of(sku_ids: Iterable[uuid.UUID]) -> Any:
    return update(Sku).where(Sku.business_id == db.here(), Sku.id.in_(list(sku_ids)))


def _sku_command(sku: Sku, change: CellChange) -> SkuCommand | None:
    """The SKU as it shall be; None when nothing about it changes."""
    now = {each.name: getattr(sku, each.name) for each in fields(SkuCommand)}
    values = {"code": change.code, "price_minor": change.price_minor, "stock": change.stock, "active": change.active}
    then = {**now, **{name: value for name, value in values.items() if value is not None}}
    if not change.counts_stock:
        then["stock"] = None
    return SkuCommand(**then) if then != now else None


def _codes(start: str, specifications: Sequence[Specification]) -> list[str]:
    """A code for each, from its values, different from one another and from all the business has."""
    taken: set[str] = set()
    codes = []
    for specification in specifications:
        parts = [start, *(_short(value) for value in specification.values())]
        code = plain = "-".join(part for part in parts if part)[:56] or "SKU"
        number = 1
        while code in taken or _is_taken(code):
            number += 1
            code = f"{plain}-{number}"
        taken.add(code)
        codes.append(code)
    return codes


def _short(value: str) -> str:
    """The value as part of a code: letters and digits of ASCII; nothing of a word in other letters."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[A-Z0-9]+", plain.upper()))


def _is_taken(code: str) -> bool:
    return db.scalar(select(Sku.id).where(Sku.business_id == db.here(), Sku.code == code)) is not None
