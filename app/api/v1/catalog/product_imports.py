"""Files of products: in, and out."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import PRINTABLE, Answer, OneOf, QueryShape
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.import_shapes import FileImport, ImportRow, RowsQuery, said_of, said_of_row
from app.api.v1.catalog.products import CategoryCode
from app.core.ids import parse
from app.domain.catalog.states import ProductStatus
from app.lib import packed_sheets, sheets
from app.read.catalog import imports
from app.read.catalog.products import ProductFilter
from app.workflow.catalog import import_products

FILE = Upload(
    packed_sheets.MAX_BYTES,
    QueryShape,
    "CSV (UTF-8) or XLSX with a header row, up to 20 MB and 200,000 rows; or a zip file with one CSV and the images "
    "that it names, up to 200 MB and 5,000 files.",
)


class ProductImport(FileImport):
    """A file of products on its way in. Nothing is changed before it is applied."""


class ProductImportRow(ImportRow):
    """A row that makes or changes something, or was refused."""

    sku: str


class ProductImportRows(Answer):
    """Some rows, in the order of the file."""

    data: list[ProductImportRow]
    has_more: bool


class ExportQuery(QueryShape):
    """Which products."""

    status: Annotated[str, OneOf(ProductStatus)] | None = None
    q: Annotated[str | None, Field(min_length=1, max_length=200), PRINTABLE] = None
    category: CategoryCode | None = None


@v1.post(
    "/product-imports",
    upload=FILE,
    answer=ProductImport,
    status=201,
    permission="products.write",
    tag="Products",
    errors=("invalid_file",),
)
def start_product_import(caller: KeyCaller, upload: Uploaded) -> ProductImport:
    """Send a file of products.

    The file is checked in the background: wait until its status is `ready`, read its rows, then apply it.
    """
    made = import_products.start_import(caller.business_id, upload.file, actor=caller.actor)
    return _import(imports.import_of(caller.business_id, made))


@v1.get("/product-imports", query=ListQuery, answer=Page[ProductImport], permission="products.read", tag="Products")
def list_product_imports(caller: KeyCaller, query: ListQuery) -> Page[ProductImport]:
    """List files of products.

    Newest first.
    """
    found = imports.list_imports(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_import, key=lambda run: (run.row.created_at, run.row.id))


@v1.get("/product-imports/{import_id}", answer=ProductImport, permission="products.read", tag="Products")
def get_product_import(caller: KeyCaller, import_id: str) -> ProductImport:
    """Get a file of products."""
    return _import(imports.import_of(caller.business_id, parse("imp", import_id)))


@v1.get(
    "/product-imports/{import_id}/rows",
    query=RowsQuery,
    answer=ProductImportRows,
    permission="products.read",
    tag="Products",
)
def list_product_import_rows(caller: KeyCaller, import_id: str, query: RowsQuery) -> ProductImportRows:
    """List the rows of a file.

    Rows that change nothing are not among them.
    """
    run = imports.import_of(caller.business_id, parse("imp", import_id)).row
    kind, limit = query.kind or "", query.limit
    found = imports.import_rows(caller.business_id, run.id, kind=kind, behind=query.behind, limit=limit)
    return ProductImportRows(data=[_row(row) for row in found[:limit]], has_more=len(found) > limit)


@v1.post(
    "/product-imports/{import_id}/apply",
    answer=ProductImport,
    permission="products.write",
    tag="Products",
    errors=("illegal_state", "version_conflict"),
)
def apply_product_import(caller: KeyCaller, import_id: str) -> ProductImport:
    """Apply a file.

    In the background; refused rows are left out. Each row is compared again with what there is then.
    """
    run_id = parse("imp", import_id)
    import_products.apply(caller.business_id, run_id, actor=caller.actor)
    return _import(imports.import_of(caller.business_id, run_id))


@v1.post(
    "/product-imports/{import_id}/discard",
    answer=ProductImport,
    permission="products.write",
    tag="Products",
    errors=("illegal_state", "version_conflict"),
)
def discard_product_import(caller: KeyCaller, import_id: str) -> ProductImport:
    """Discard a file.

    Everything stays as it is.
    """
    run_id = parse("imp", import_id)
    import_products.discard(caller.business_id, run_id, actor=caller.actor)
    return _import(imports.import_of(caller.business_id, run_id))


@v1.get("/product-export", query=ExportQuery, permission="products.read", tag="Products", media_type="text/csv")
def export_products(caller: KeyCaller, query: ExportQuery) -> Response:
    """Export products as CSV.

    A row for each SKU, as the import reads it. What a spreadsheet would take for a formula has an apostrophe before it.
    """
    filters = ProductFilter(status=query.status or "", text=query.q or "", category=query.category or "")
    rows = imports.exported(caller.business_id, filters)
    answer = Response(sheets.as_csv(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="products.csv"'
    return answer


@v1.get(
    "/product-export/zip", query=ExportQuery, permission="products.read", tag="Products", media_type="application/zip"
)
def export_products_with_images(caller: KeyCaller, query: ExportQuery) -> Response:
    """Export products with their images.

    A zip file of `products.csv` and the folder `images`, as the import reads it.
    """
    filters = ProductFilter(status=query.status or "", text=query.q or "", category=query.category or "")
    answer = Response(imports.exported_zip(caller.business_id, filters), content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="products.zip"'
    return answer


def _import(run: imports.Run) -> ProductImport:
    return ProductImport(**said_of(run))


def _row(row: imports.ImportedRow) -> ProductImportRow:
    return ProductImportRow(sku=row.subject, **said_of_row(row))
