"""Files of products, buyers and members on their way in, and products on their way out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select

from app.core import db
from app.core.files import store
from app.core.paging import After, newest_first
from app.domain.catalog import sheet
from app.domain.catalog.models import ProductImport, ProductImportRow
from app.domain.catalog.regular_prices import regular_prices
from app.domain.catalog.sellers import service as sellers
from app.domain.catalog.sheet_images import exported_name, images_text
from app.domain.catalog.states import ImportStatus
from app.lib import sheets
from app.lib.archives import zipped
from app.read.catalog.product_images import ProductImageView, images_of
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


def list_imports(
    business_id: uuid.UUID, *, kind: str = "products", after: After = None, limit: int = PAGE
) -> list[Run]:
    """Imports of a kind, newest first, one more than `limit` when there are more."""
    query = select(_imports).where(_imports.c.business_id == business_id, _imports.c.kind == kind)
    with db.reading(business_id):
        found = db.rows(newest_first(query, _imports, after, limit))
    return [Run(row) for row in found]


def import_of(business_id: uuid.UUID, import_id: uuid.UUID, *, kind: str = "products") -> Run:
    """One import.

    Raises:
        NotFound: the business has no such import of this kind.
    """
    with db.reading(business_id):
        row = db.get(ProductImport, import_id, _imports.c.kind == kind)
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


def exported(
    business_id: uuid.UUID, filters: ProductFilter, *, shown: list[ProductImageView] | None = None
) -> Iterator[Sequence[str]]:
    """The head and a row for each SKU of these products, newest product first, as a file that can be read in again.
    Each batch is a reading of its own. With `shown` the rows name the products' images, which are added to it."""
    yield sheet.TABLE_COLUMNS if shown is None else COLUMNS
    after, written = None, 0
    while written < MAX_ROWS:
        with db.reading(business_id):
            products = find(business_id, filters, after=after, most=BATCH)
            cards = with_skus(business_id, products)
            prices = regular_prices([sku.id for card in cards for sku in card.skus])
            names = sellers.handles({row.seller_id for row in products if row.seller_id is not None})
        if not products:
            return
        pictures = images_of(business_id, [row.id for row in products]) if shown is not None else {}
        after = (products[-1].created_at, products[-1].id)
        for card in cards:
            codes = [row.code for row in card.categories]
            seller = names.get(card.row.seller_id, "") if card.row.seller_id is not None else ""
            own_images = pictures.get(card.row.id, [])
            for number, sku in enumerate(card.skus):
                own = prices[sku.id].regular if sku.id in prices else ()
                row = sheet.written(card.row, sku, codes, own, seller)
                if shown is not None:
                    row.append(images_text([image.row for image in own_images]) if number == 0 else "")
                yield row
            if shown is not None and card.skus:
                shown += own_images
            written += len(card.skus)


def exported_zip(business_id: uuid.UUID, filters: ProductFilter) -> Iterator[bytes]:
    """The same as a zip file: the CSV with the images' names, and the widest file of each image, in pieces."""
    shown: list[ProductImageView] = []
    rows = sheets.as_csv(exported(business_id, filters, shown=shown))
    files = ((exported_name(image.row), store.read(_widest(image))) for image in shown)
    return zipped(chain([("products.csv", rows)], files))


def _widest(image: ProductImageView) -> str:
    return store.part_of(image.row.key, str(image.row.widths[-1]))
