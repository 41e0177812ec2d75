"""Files of members, sent, looked through and applied."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import QueryShape
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.import_shapes import TABLE, BuyerImportRows, FileImport, RowsQuery, rows_of_people, said_of
from app.core.ids import parse
from app.lib import sheets
from app.read.catalog import imports
from app.workflow.catalog import import_products

KIND = "memberships"


class MembershipImportForm(QueryShape):
    """What is sent beside the file."""

    with_mail: Annotated[
        Literal["yes", "no"], Field(description="Whether members are written to at the addresses in the file.")
    ] = "no"


FILE = Upload(sheets.MAX_BYTES, MembershipImportForm, TABLE)


class MembershipImport(FileImport):
    """A file of members on its way in. Nothing is changed before it is applied."""

    with_mail: bool


@v1.post(
    "/membership-imports",
    upload=FILE,
    answer=MembershipImport,
    status=201,
    permission="entitlements.write",
    tag="Memberships",
    errors=("invalid_file",),
)
def start_membership_import(caller: KeyCaller, upload: Uploaded) -> MembershipImport:
    """Send a file of members.

    Members get the time that they lack until `ends`. The file is checked in the background: wait until its
    status is `ready`, read its rows, then apply it.
    """
    made = import_products.start_import(
        caller.business_id, upload.file, actor=caller.actor, kind=KIND, with_mail=upload.form.with_mail == "yes"
    )
    return _import(imports.import_of(caller.business_id, made, kind=KIND))


@v1.get(
    "/membership-imports",
    query=ListQuery,
    answer=Page[MembershipImport],
    permission="entitlements.read",
    tag="Memberships",
)
def list_membership_imports(caller: KeyCaller, query: ListQuery) -> Page[MembershipImport]:
    """List files of members.

    Newest first.
    """
    found = imports.list_imports(caller.business_id, kind=KIND, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_import, key=lambda run: (run.row.created_at, run.row.id))


@v1.get(
    "/membership-imports/{membership_import_id}",
    answer=MembershipImport,
    permission="entitlements.read",
    tag="Memberships",
)
def get_membership_import(caller: KeyCaller, membership_import_id: str) -> MembershipImport:
    """Get a file of members."""
    return _import(imports.import_of(caller.business_id, parse("imp", membership_import_id), kind=KIND))


@v1.get(
    "/membership-imports/{membership_import_id}/rows",
    query=RowsQuery,
    answer=BuyerImportRows,
    permission="entitlements.read",
    tag="Memberships",
)
def list_membership_import_rows(caller: KeyCaller, membership_import_id: str, query: RowsQuery) -> BuyerImportRows:
    """List the rows of a file of members.

    Rows that change nothing are not among them.
    """
    run, kind = (
        imports.import_of(caller.business_id, parse("imp", membership_import_id), kind=KIND).row,
        query.kind or "",
    )
    found = imports.import_rows(caller.business_id, run.id, kind=kind, behind=query.behind, limit=query.limit)
    return rows_of_people(found, query.limit)


@v1.post(
    "/membership-imports/{membership_import_id}/apply",
    answer=MembershipImport,
    permission="entitlements.write",
    tag="Memberships",
    errors=("illegal_state", "version_conflict"),
)
def apply_membership_import(caller: KeyCaller, membership_import_id: str) -> MembershipImport:
    """Apply a file of members.

    In the background; refused rows are left out. Each row is compared again with what there is then.
    """
    run_id = parse("imp", membership_import_id)
    import_products.apply(caller.business_id, run_id, actor=caller.actor, kind=KIND)
    return _import(imports.import_of(caller.business_id, run_id, kind=KIND))


@v1.post(
    "/membership-imports/{membership_import_id}/discard",
    answer=MembershipImport,
    permission="entitlements.write",
    tag="Memberships",
    errors=("illegal_state", "version_conflict"),
)
def discard_membership_import(caller: KeyCaller, membership_import_id: str) -> MembershipImport:
    """Discard a file of members.

    Everything stays as it is.
    """
    run_id = parse("imp", membership_import_id)
    import_products.discard(caller.business_id, run_id, actor=caller.actor, kind=KIND)
    return _import(imports.import_of(caller.business_id, run_id, kind=KIND))


def _import(run: imports.Run) -> MembershipImport:
    return MembershipImport(with_mail=run.row.with_mail, **said_of(run))
