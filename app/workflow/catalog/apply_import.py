"""Applying a batch of a file's rows: read what they are about, judge them again, write what differs."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypedDict

from sqlalchemy import func, select

from app.core import db, ids, states
from app.core.db import bulk
from app.core.ids import new_id
from app.domain.accounts.business.resources import Resource
from app.domain.catalog import categories, matrix, sheet
from app.domain.catalog import service as stock
from app.domain.catalog.models import Category, Product, ProductCategory, ProductImport, ProductImportRow, Sku
from app.domain.catalog.regular_prices import SkuPrices, regular_prices
from app.domain.catalog.sellers import service as sellers
from app.domain.catalog.sellers.service import NamedSellers
from app.domain.catalog.sheet import Known, Verdict
from app.domain.catalog.sheet_cells import BadCell, Family
from app.domain.catalog.sheet_images import Pictures, as_they_are, images_text, names_in, read_images
from app.domain.catalog.states import PRODUCT
from app.domain.catalog.types import MAX_SKUS
from app.workflow.catalog.manage_prices import BasePrice, new_base
from app.workflow.steps.accounts.check_room import room_for
from app.workflow.steps.catalog.import_images import load_pictures, undrawn, write_images
from app.workflow.steps.catalog.import_prices import write_prices
from app.workflow.steps.fulfilment.delivery_kinds import DELIVERY_KINDS

BATCH = 300
_products, _skus = db.table(Product), db.table(Sku)


@dataclass
class There:
    """What there is of all that a batch of rows names, in the open transaction."""

    run_id: uuid.UUID
    skus: Mapping[str, Sku]
    products: Mapping[uuid.UUID, Product]
    chosen: Mapping[uuid.UUID, tuple[str, ...]]
    tree: categories.Tree
    prices: Mapping[uuid.UUID, SkuPrices]
    families: dict[uuid.UUID, Family]
    sellers: NamedSellers
    seller_names: Mapping[uuid.UUID, str]
    pictures: Mapping[uuid.UUID, Pictures]
    counts: Counter[uuid.UUID] = field(default_factory=Counter)

    def known(self, values: Mapping[str, str]) -> Known | None:
        """What the row is about, if it is there."""
        sku = self.skus.get(values.get("sku", ""))
        product = self.products.get(sku.product_id if sku is not None else self.product_id(values))
        if product is None:
            return None
        prices = self.prices.get(sku.id, SkuPrices()) if sku is not None else SkuPrices()
        return Known(
            product,
            sku,
            self.chosen.get(product.id, ()),
            prices.regular.keys(),
            prices.others,
            self.seller_names[product.seller_id] if product.seller_id is not None else "",
        )

    def product_id(self, values: Mapping[str, str]) -> uuid.UUID:
        """The product a row without a known SKU is for."""
        named = ids.try_parse(values.get("product_id", ""))
        return named if named is not None else sheet.product_key(values, self.run_id)

    def judge(self, values: Mapping[str, str]) -> Verdict:
        """What the row does now."""
        known = self.known(values)
        key = self.product_id_of(values)
        family = self.families.setdefault(key, Family())
        verdict = sheet.judge(values, known, self.tree.by_code, DELIVERY_KINDS, family, self.sellers)
        if values.get("images"):
            verdict = self._with_images(values, verdict, self.pictures[key])
        if verdict.kind == "create":
            self.counts[key] += 1
            if self.counts[key] > MAX_SKUS:
                return Verdict("refused", {"sku": f"a product can have at most {MAX_SKUS} SKUs"})
            family.add(verdict.values["specification"])
        return verdict

    def undrawn(self, rows: Sequence[Mapping[str, str]]) -> list[tuple[uuid.UUID, str]]:
        """The images of the file, and the products that they are for, that these rows name and nobody drew yet."""
        named = [(self.product_id_of(values), name) for values in rows for name in names_in(values.get("images", ""))]
        return undrawn(self.pictures, named)

    def product_id_of(self, values: Mapping[str, str]) -> uuid.UUID:
        """The product that the row is about, whether it is there or to be made."""
        known = self.known(values)
        return known.product.id if known is not None else self.product_id(values)

    def _with_images(self, values: Mapping[str, str], verdict: Verdict, pictures: Pictures) -> Verdict:
        try:
            name = str(verdict.values.get("product", ""))
            found = read_images(values["images"], pictures, product=name)
        except BadCell as error:
            return Verdict("refused", {**verdict.errors, "images": str(error)})
        if verdict.kind != "refused":
            verdict.values["images"] = found
            if verdict.kind != "create" and found != as_they_are(pictures.own):
                verdict.kind = "change"
                verdict.changes["images"] = [images_text(pictures.own)[:200], values["images"][:200]]
        return verdict


def load(run: ProductImport, rows: Sequence[Mapping[str, str]], *, lock: bool) -> There:
    """What these rows are about; with `lock` products, then SKUs, are locked in the order of their ids."""
    here, run_id = db.here(), run.id
    codes = sorted({values.get("sku", "") for values in rows})
    query = select(_skus).where(_skus.c.business_id == here, _skus.c.code.in_(codes)).order_by(_skus.c.id)
    skus = db.rows(query)
    product_ids = {row.product_id for row in skus} | {sheet.product_key(values, run_id) for values in rows}
    product_ids |= {found for values in rows if (found := ids.try_parse(values.get("product_id", ""))) is not None}
    theirs = (
        select(_products)
        .where(_products.c.business_id == here, _products.c.id.in_(product_ids))
        .order_by(_products.c.id)
    )
    products = db.rows(theirs.with_for_update() if lock else theirs)
    if lock:
        skus = db.rows(query.with_for_update())
    keys = [row.id for row in products]
    counted = select(_skus.c.product_id, func.count().label("number")).where(
        _skus.c.business_id == here, _skus.c.product_id.in_(keys)
    )
    counts = {row.product_id: int(row.number) for row in db.rows(counted.group_by(_skus.c.product_id))} if keys else {}
    return There(
        run_id,
        {row.code: row for row in skus},
        {row.id: row for row in products},
        _chosen(keys),
        categories.tree(),
        regular_prices([row.id for row in skus]),
        _families(products),
        sellers.named({values.get("seller", "").strip() for values in rows}, lock=lock),
        sellers.handles({row.seller_id for row in products if row.seller_id is not None}),
        _pictures(run_id, rows, product_ids),
        Counter(counts),
    )


def _pictures(
    run_id: uuid.UUID, rows: Sequence[Mapping[str, str]], product_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Pictures]:
    """Nothing is read for a file that names no images."""
    return load_pictures(run_id, product_ids) if any(values.get("images") for values in rows) else {}


def _families(products: Sequence[Product]) -> dict[uuid.UUID, Family]:
    families = {row.id: Family(False, matrix.read_options(row.options)) for row in products}
    with_options = [row.id for row in products if row.options]
    if with_options:
        query = select(_skus.c.product_id, _skus.c.specification)
        here = _skus.c.business_id == db.here(), _skus.c.product_id.in_(with_options)
        for row in db.rows(query.where(*here)):
            families[row.product_id].taken.append(row.specification)
    return families


def _chosen(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if keys:
        inside, category = db.table(ProductCategory), db.table(Category)
        same = (category.c.business_id == inside.c.business_id) & (category.c.id == inside.c.category_id)
        query = select(inside.c.product_id, category.c.code).select_from(inside.join(category, same))
        query = query.where(inside.c.business_id == db.here(), inside.c.product_id.in_(keys), inside.c.chosen.is_(True))
        for row in db.rows(query):
            found[row.product_id].append(row.code)
    return {key: tuple(codes) for key, codes in found.items()}


def write(run: ProductImport, rows: Sequence[ProductImportRow]) -> Mapping[int, Verdict]:
    """Write what the rows ask for; those that were refused after all, by line."""
    there = load(run, [row.cells for row in rows], lock=True)
    refused: dict[int, Verdict] = {}
    makes: list[tuple[ProductImportRow, Verdict]] = []
    changes: list[tuple[ProductImportRow, Verdict]] = []
    for row in rows:
        verdict = there.judge(row.cells)
        if verdict.kind == "refused":
            refused[row.line] = verdict
        elif verdict.kind == "create":
            makes.append((row, verdict))
        elif verdict.kind == "change":
            changes.append((row, verdict))
    makes = _with_room(there, makes, refused)
    _make_products(run, there, makes)
    _change_products(run, there, makes + changes)
    _make_skus(there, makes, actor=run.actor)
    _change_skus(run, there, changes)
    pictured = [(there.product_id_of(row.cells), verdict) for row, verdict in makes + changes]
    write_images(there.pictures, {key: each.values["images"] for key, each in pictured if "images" in each.values})
    return refused


def _with_room(
    there: There, makes: list[tuple[ProductImportRow, Verdict]], refused: dict[int, Verdict]
) -> list[tuple[ProductImportRow, Verdict]]:
    """Those for products that are there, and for as many new ones as the business may have; others are refused."""
    keys = [there.product_id(row.cells) for row, _ in makes]
    fresh = dict.fromkeys(key for key in keys if key not in there.products)
    if not fresh:
        return makes
    room, limit = room_for(Resource.PRODUCTS)
    beyond = set(list(fresh)[room:])
    for (row, _), key in zip(makes, keys, strict=True):
        if key in beyond:
            refused[row.line] = Verdict("refused", {"product": f"this business can have at most {limit:,} products"})
    return [each for each, key in zip(makes, keys, strict=True) if key not in beyond]


def _make_products(run: ProductImport, there: There, makes: Sequence[tuple[ProductImportRow, Verdict]]) -> None:
    """The first row that names a new product says what it is; the first line of the file is its newest product."""
    fresh: dict[uuid.UUID, dict[str, Any]] = {}
    verdicts: dict[uuid.UUID, Verdict] = {}
    for row, verdict in makes:
        key = there.product_id(row.cells)
        if key not in there.products and key not in fresh:
            verdicts[key] = verdict
            fresh[key] = {
                "id": key,
                "created_at": run.created_at - timedelta(microseconds=row.line),
                "name": verdict.values["product"],
                "description": verdict.values["description"],
                "delivery_kind": verdict.values["delivery"],
                "seller_id": verdict.values["seller_id"],
                "options": matrix.write_options(there.families[key].options),
                **_beginning(verdict.values["status"]),
            }
    bulk.insert(Product, list(fresh.values()))
    by_status: dict[str, list[uuid.UUID]] = defaultdict(list)
    for key, row_of in fresh.items():
        by_status[row_of["status"]].append(key)
    for status, keys in sorted(by_status.items()):
        states.born_at(PRODUCT, keys, status, reason="imported", actor=run.actor)
    _choose(there, {key: verdict.values["categories"] for key, verdict in verdicts.items()}, fresh)
    later = {key: verdict for key, verdict in verdicts.items() if fresh[key]["status"] != verdict.values["status"]}
    for key, verdict in later.items():
        _advance(states.RowState(key, fresh[key]["status"], fresh[key]["version"]), verdict.values["status"], run.actor)


def _beginning(status: str) -> dict[str, Any]:
    """Where a new product begins: at its status when one step leads there."""
    if status != PRODUCT.initial and PRODUCT.allows(PRODUCT.initial, status):
        return {"status": status, "version": 2}
    return {"status": PRODUCT.initial, "version": 1}


def _change_products(run: ProductImport, there: There, rows: Sequence[tuple[ProductImportRow, Verdict]]) -> None:
    """What the last row about a product says."""
    texts: dict[uuid.UUID, dict[str, Any]] = {}
    chosen: dict[uuid.UUID, Sequence[str]] = {}
    moves: dict[uuid.UUID, str] = {}
    for row, verdict in rows:
        known = there.known(row.cells)
        if known is None:
            continue
        key, values = known.product.id, verdict.values
        if {"product", "description", "seller"} & set(verdict.changes):
            texts[key] = bulk.changed(
                Product,
                key,
                name=values["product"],
                description=values["description"],
                seller_id=values["seller_id"],
            )
        if "categories" in verdict.changes:
            chosen[key] = values["categories"]
        if "status" in verdict.changes:
            moves[key] = values["status"]
    bulk.update(Product, list(texts.values()))
    widened = {key: matrix.write_options(family.options) for key, family in there.families.items()}
    bulk.update(
        Product,
        [
            bulk.changed(Product, key, options=widened[key])
            for key, product in there.products.items()
            if widened.get(key, product.options) != product.options
        ],
    )
    created = {key: {"created_at": there.products[key].created_at} for key in chosen}
    _choose(there, chosen, created)
    for key, status in moves.items():
        product = there.products[key]
        _advance(states.RowState(key, product.status, product.version), status, run.actor)


def _choose(
    there: There, codes: Mapping[uuid.UUID, Sequence[str]], made: Mapping[uuid.UUID, Mapping[str, Any]]
) -> None:
    by_code = there.tree.by_code
    chosen = {key: [by_code[code].id for code in own] for key, own in codes.items()}
    categories.assign(there.tree, chosen, {key: made[key]["created_at"] for key in chosen})


def _advance(state: states.RowState, status: str, actor: str) -> None:
    for step in sheet.steps(state.status, status):
        state = states.advance(PRODUCT, state, step, reason="imported", actor=actor)


def _make_skus(there: There, makes: Sequence[tuple[ProductImportRow, Verdict]], *, actor: str) -> None:
    made = [
        bulk.row(
            Sku,
            id=new_id(),
            product_id=there.product_id(row.cells),
            code=verdict.values["sku"],
            price_minor=verdict.values["price_minor"],
            currency=verdict.values["currency"],
            specification=verdict.values["specification"],
            **_of_sku(verdict.values),
        )
        for row, verdict in makes
    ]
    bulk.insert(Sku, made)
    wanted = [(row["id"], verdict.values["prices"]) for row, (_, verdict) in zip(made, makes, strict=True)]
    write_prices(there.prices, wanted, actor=actor)


def _change_skus(run: ProductImport, there: There, changes: Sequence[tuple[ProductImportRow, Verdict]]) -> None:
    changed = []
    for row, verdict in changes:
        sku, values = there.skus[row.cells["sku"]], verdict.values
        if not {"name", "price", "stock", "days", "active"} & set(verdict.changes):
            continue
        price: BasePrice = {"price_minor": sku.price_minor, "price_since": sku.price_since}
        if values["price_minor"] != sku.price_minor:
            price |= new_base(sku, values["price_minor"], actor=run.actor)
        after = values["stock"]
        stock.write_change(sku.id, before=sku.stock, after=after, kind="edited", reason="imported", actor=run.actor)
        changed.append(bulk.changed(Sku, sku.id, **price, **_of_sku(values)))
    bulk.update(Sku, changed)
    priced = [(there.skus[row.cells["sku"]].id, each) for row, each in changes if "prices" in each.changes]
    write_prices(there.prices, [(sku_id, each.values["prices"]) for sku_id, each in priced], actor=run.actor)


class _SkuColumns(TypedDict):
    """What a file says of a SKU, new or known."""

    name: str
    delivery_days: int
    stock: int | None
    active: bool


def _of_sku(values: Mapping[str, Any]) -> _SkuColumns:
    return {
        "name": values["name"],
        "delivery_days": values["days"],
        "stock": values["stock"],
        "active": values["active"],
    }
