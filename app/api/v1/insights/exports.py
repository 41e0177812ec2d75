"""Lists as files."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from werkzeug.wsgi import FileWrapper

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, OneOf, Shape, Word, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core import lists
from app.core.errors import Conflict, Denied
from app.core.files import store
from app.core.ids import parse, show
from app.domain.accounts.privacy.archive import FORMAT, LISTING
from app.read.insights import saved_views
from app.workflow.insights import archive_business, fetch_export, make_export
from app.workflow.insights.make_export import ExportCommand

LISTS = ("orders", "payments", "refunds", "movements", "products", "coupon_templates", "coupons", "webhook_deliveries")
ListName = Annotated[str, OneOf(LISTS)]
Format = Annotated[str, OneOf(("csv", "xlsx"))]
MadeOf = Annotated[
    str,
    OneOf((*LISTS, LISTING)),
    Field(description="The list, or `business` for an archive of all data."),
]
# What a key needs to read a list, where the API calls it otherwise than the permissions of people.
_SCOPES = {"refunds": "refunds.read", "coupon_templates": "coupons.read", "coupons": "coupons.read"}
MadeInto = Annotated[str, OneOf(("csv", "xlsx", FORMAT))]


class ExportRequest(Shape):
    """A list to be made into a file: the filters and columns that the portal shows of it."""

    resource: ListName
    format: Format = "csv"
    filters: Annotated[
        dict[Word, Annotated[str, Field(max_length=lists.MAX_TEXT), PRINTABLE]],
        Field(
            max_length=20,
            description="As in the portal page’s URL: `view`, `q`, `from` and `to` (days such as 2026-05-31, in "
            "`time_zone`) and the list’s other filters.",
            examples=[{"view": "paid", "from": "2026-05-01", "to": "2026-05-31"}],
        ),
    ] = {}
    columns: Annotated[
        list[Word],
        Field(
            max_length=lists.MAX_COLUMNS,
            description="Defaults to the default columns.",
            examples=[["order", "placed", "amount"]],
        ),
    ] = []
    time_zone: Annotated[
        str, Field(min_length=1, max_length=60, examples=["Europe/Berlin"], description="IANA name."), PRINTABLE
    ] = "UTC"
    order: Annotated[
        Literal["newest", "oldest", "highest", "lowest"],
        Field(description="`highest` and `lowest`: orders by amount, of the one currency in `filters`."),
    ] = "newest"


class Export(Answer):
    """A list that was made into a file, or is being made."""

    id: str
    resource: MadeOf
    format: MadeInto
    status: Annotated[
        Literal["working", "done", "failed"], Field(description="Long exports run in the background; poll until done.")
    ]
    filters: dict[str, str]
    columns: list[str]
    time_zone: str
    rows: Annotated[int, Field(description="Rows so far.")]
    bytes: int | None
    problem: Annotated[str, Field(description="Why it failed; empty otherwise.")]
    created_at: Moment
    finished_at: Moment | None


@v1.post(
    "/exports",
    body=ExportRequest,
    answer=Export,
    status=201,
    permission="orders.read",
    tag="Exports",
    errors=("invalid_list", "too_many_exports", "exports_off"),
)
def create_export(caller: KeyCaller, body: ExportRequest) -> Export:
    """Make a list into a file.

    Up to some thousand rows it is `done` in the answer. Files are kept for a week.
    """
    listing = lists.find(body.resource)
    assert listing is not None  # ListName holds none but those
    if not caller.may(_SCOPES.get(body.resource, listing.permission)):
        raise Denied("denied", "This key cannot read this list.")
    listing.refuse_unknown(body.filters, body.columns)
    command = ExportCommand(
        filters=body.filters,
        columns=body.columns,
        format=body.format,
        time_zone=body.time_zone,
        oldest_first=body.order in ("oldest", "lowest"),
        by_amount=body.order in ("highest", "lowest"),
        sees_buyers=caller.may("buyers.read"),
    )
    made = make_export.start_export(caller.business_id, listing, command, holder=caller.actor)
    return _export(saved_views.get_export(caller.business_id, made, caller.actor))


@v1.post(
    "/business/archive",
    answer=Export,
    status=201,
    permission="settings.write",
    tag="Exports",
    errors=("archive_in_progress", "exports_off"),
)
def create_business_archive(caller: KeyCaller) -> Export:
    """Make an archive of all data of the business.

    A ZIP file with a file of JSON lines per table, without secrets. It is an export: poll `GET /v1/exports/{id}` until
    it is `done`, and fetch its file. Needs a key that reads buyers.
    """
    if not caller.may("buyers.read"):
        raise Denied("denied", "This key cannot read buyers, and the archive names them.")
    made = archive_business.start_archive(caller.business_id, holder=caller.actor)
    return _export(saved_views.get_export(caller.business_id, made, caller.actor))


@v1.get("/exports", query=ListQuery, answer=Page[Export], permission="orders.read", tag="Exports")
def list_exports(caller: KeyCaller, query: ListQuery) -> Page[Export]:
    """List exports.

    Those that were made with this key, newest first.
    """
    found = saved_views.list_exports(caller.business_id, caller.actor, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_export, key=lambda row: (row.created_at, row.id))


@v1.get("/exports/{export_id}", answer=Export, permission="orders.read", tag="Exports")
def get_export(caller: KeyCaller, export_id: str) -> Export:
    """Get an export."""
    return _export(saved_views.get_export(caller.business_id, parse("exp", export_id), caller.actor))


@v1.get(
    "/exports/{export_id}/file",
    permission="orders.read",
    tag="Exports",
    media_type="application/octet-stream",
    errors=("export_not_ready",),
)
def get_export_file(caller: KeyCaller, export_id: str) -> Response:
    """Fetch the file of an export.

    An amount is a number in units of its currency, a moment is local to the export's time zone. What a spreadsheet
    would take for a formula has an apostrophe before it.
    """
    row = saved_views.get_export(caller.business_id, parse("exp", export_id), caller.actor)
    if row.key is None:
        raise Conflict("export_not_ready", "The file is not ready. Poll the export until it is done.")
    found = fetch_export.file_of(row)
    file = store.open_file(found.key)
    answer = Response(FileWrapper(file, store.CHUNK_BYTES), mimetype="application/octet-stream")
    answer.direct_passthrough = True
    answer.call_on_close(file.close)
    answer.content_length = found.bytes
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _export(row: saved_views.ExportRow) -> Export:
    status: Literal["working", "done", "failed"] = "failed" if row.problem else "done" if row.finished_at else "working"
    return Export(
        id=show("exp", row.id),
        resource=row.listing,
        status=status,
        filters=row.filters,
        created_at=moment_text(row.created_at),
        finished_at=moment_text(row.finished_at),
        format=row.format,
        columns=row.columns,
        time_zone=row.time_zone,
        rows=row.rows,
        bytes=row.bytes,
        problem=row.problem,
    )
