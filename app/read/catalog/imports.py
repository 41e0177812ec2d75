"""Files of products on their way in, and products on their way out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.catalog import sheet
from app.domain.catalog.models import ProductImport, ProductImportRow
from app.domain.catalog.regular_prices import regular_prices
from app.domain.catalog.sellers import service as sellers
from app.domain.catalog.states import ImportStatus
from app.read.catalog.products import ProductFilter, find, with_skus

ImportedRow = ProductImportRow  # for those who show one
PAGE = 50
BATCH = 300
MAX_ROWS = 200_000
COLUMNS = sheet.COLUMNS
_imports, _rows = db.table(ProductImport), db.table(ProductImportRow)


@dataclass(frozen=True)
class Run:
    """One import: its row, and how far it is."""

    row: ProductImport

    @property
    def is_moving(self) -> bool:
        return self.row.status in (ImportStatus.CHECKING, ImportStatus.APPLYING)

    @property
    def looked_at(self) -> int:
        return int(self.row.to_create + self.row.to_change + self.row.unchanged + self.row.refused)

    @property
    def to_apply(self) -> int:
        return int(self.row.to_create + self.row.to_change)

    @property
    def percent(self) -> int:
        """How much of what is to be applied was."""
        return 100 if not self.to_apply else min(100, int(self.row.applied) * 100 // self.to_apply)


def list_imports(business_id: uuid.UUID, *, after: After = None, limit: int = PAGE) -> list[Run]:
    """Imports, newest first, one more than `limit` when there are more."""
    query = select(_imports).where(_imports.c.business_id == business_id)
    with db.reading(business_id):
        found = db.rows(newest_first(query, _imports, after, limit))
    return [Run(row) for row in found]


def import_of(business_id: uuid.UUID, import_id: uuid.UUID) -> Run:
    """One import.

    Raises:
        NotFound: the business has no such import.
    """
    with db.reading(business_id):
        row = db.get(ProductImport, import_id)
    return Run(row)


def import_rows(
    business_id: uuid.UUID, import_id: uuid.UUID, *, kind: str = "", behind: int = 0, limit: int = PAGE
) -> Sequence[ProductImportRow]:
    """Rows of the file behind a line that make or change something or were refused, one more than `limit` when there
    are more."""
    query = select(_rows).where(
        _rows.c.business_id == business_id, _rows.c.import_id == import_id, _rows.c.line > behind
    )
    if kind:
        query = query.where(_rows.c.kind == kind)
    with db.reading(business_id):
        return db.rows(query.order_by(_rows.c.line).limit(limit + 1))


def exported(business_id: uuid.UUID, filters: ProductFilter) -> Iterator[Sequence[str]]:
    """The head and a row for each SKU of these products, newest product first, as a file that can be read in again.
    Each batch is a reading of its own."""
    yield COLUMNS
    after, written = None, 0
    while written < MAX_ROWS:
        with db.reading(business_id):
            products = find(business_id, filters, after=after, most=BATCH)
            cards = with_skus(business_id, products)
            prices = regular_prices([sku.id for card in cards for sku in card.skus])
            names = sellers.handles({row.seller_id for row in products if row.seller_id is not None})
        if not products:
            return
        after = (products[-1].created_at, products[-1].id)
        for card in cards:
            codes = [row.code for row in card.categories]
            seller = names.get(card.row.seller_id, "") if card.row.seller_id is not None else ""
            for sku in card.skus:
                own = prices[sku.id].regular if sku.id in prices else ()
                yield sheet.written(card.row, sku, codes, own, seller)
            written += len(card.skus)
