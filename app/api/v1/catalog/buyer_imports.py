"""Files of buyers, sent, looked through and applied."""

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import QueryShape
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.import_shapes import TABLE, BuyerImportRows, FileImport, RowsQuery, rows_of_people, said_of
from app.core.ids import parse
from app.lib import sheets
from app.read.catalog import imports
from app.workflow.catalog import import_products

KIND = "buyers"
FILE = Upload(sheets.MAX_BYTES, QueryShape, TABLE)


class BuyerImport(FileImport):
    """A file of buyers on its way in. Nothing is changed before it is applied."""


@v1.post(
    "/buyer-imports",
    upload=FILE,
    answer=BuyerImport,
    status=201,
    permission="buyers.write",
    tag="Buyers",
    errors=("invalid_file",),
)
def start_buyer_import(caller: KeyCaller, upload: Uploaded) -> BuyerImport:
    """Send a file of buyers.

    Email addresses and phone numbers are imported as unverified. The file is checked in the background: wait until
    its status is `ready`, read its rows, then apply it.
    """
    made = import_products.start_import(caller.business_id, upload.file, actor=caller.actor, kind=KIND)
    return _import(imports.import_of(caller.business_id, made, kind=KIND))


@v1.get("/buyer-imports", query=ListQuery, answer=Page[BuyerImport], permission="buyers.read", tag="Buyers")
def list_buyer_imports(caller: KeyCaller, query: ListQuery) -> Page[BuyerImport]:
    """List files of buyers.

    Newest first.
    """
    found = imports.list_imports(caller.business_id, kind=KIND, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_import, key=lambda run: (run.row.created_at, run.row.id))


@v1.get("/buyer-imports/{buyer_import_id}", answer=BuyerImport, permission="buyers.read", tag="Buyers")
def get_buyer_import(caller: KeyCaller, buyer_import_id: str) -> BuyerImport:
    """Get a file of buyers."""
    return _import(imports.import_of(caller.business_id, parse("imp", buyer_import_id), kind=KIND))


@v1.get(
    "/buyer-imports/{buyer_import_id}/rows",
    query=RowsQuery,
    answer=BuyerImportRows,
    permission="buyers.read",
    tag="Buyers",
)
def list_buyer_import_rows(caller: KeyCaller, buyer_import_id: str, query: RowsQuery) -> BuyerImportRows:
    """List the rows of a file of buyers.

    Rows that change nothing are not among them.
    """
    run, kind = imports.import_of(caller.business_id, parse("imp", buyer_import_id), kind=KIND).row, query.kind or ""
    found = imports.import_rows(caller.business_id, run.id, kind=kind, behind=query.behind, limit=query.limit)
    return rows_of_people(found, query.limit)


@v1.post(
    "/buyer-imports/{buyer_import_id}/apply",
    answer=BuyerImport,
    permission="buyers.write",
    tag="Buyers",
    errors=("illegal_state", "version_conflict"),
)
def apply_buyer_import(caller: KeyCaller, buyer_import_id: str) -> BuyerImport:
    """Apply a file of buyers.

    In the background; refused rows are left out. Each row is compared again with what there is then.
    """
    run_id = parse("imp", buyer_import_id)
    import_products.apply(caller.business_id, run_id, actor=caller.actor, kind=KIND)
    return _import(imports.import_of(caller.business_id, run_id, kind=KIND))


@v1.post(
    "/buyer-imports/{buyer_import_id}/discard",
    answer=BuyerImport,
    permission="buyers.write",
    tag="Buyers",
    errors=("illegal_state", "version_conflict"),
)
def discard_buyer_import(caller: KeyCaller, buyer_import_id: str) -> BuyerImport:
    """Discard a file of buyers.

    Everything stays as it is.
    """
    run_id = parse("imp", buyer_import_id)
    import_products.discard(caller.business_id, run_id, actor=caller.actor, kind=KIND)
    return _import(imports.import_of(caller.business_id, run_id, kind=KIND))


def _import(run: imports.Run) -> BuyerImport:
    return BuyerImport(**said_of(run))
