"""One thing done to many orders, and what came of each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.api.kit.pagination import Key, ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, OneOf, OrderId, Shape, Word, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core import lists
from app.core.errors import Denied, Invalid
from app.core.ids import parse, show
from app.read.orders import bulk_runs
from app.workflow.orders.bulk_orders import MAX_COUNT, start_bulk
from app.workflow.orders.write_note import MAX_LENGTH

Action = Annotated[
    str,
    OneOf(("close", "poll", "note", "receipt", "webhooks")),
    Field(
        description="`poll`: check the status of pending payments; `receipt`: resend receipts of paid orders; "
        "`webhooks`: resend each order’s latest event (also needs `webhooks.write`)."
    ),
]
Result = Annotated[
    str,
    OneOf(("done", "skipped", "refused")),
    Field(description="`skipped`: nothing to do; `message` says why."),
]
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class BulkRunRequest(Shape):
    """What shall be done to which orders: those named, or all of a list."""

    action: Action
    order_ids: Annotated[list[OrderId] | None, Field(min_length=1, max_length=MAX_COUNT)] = None
    filters: Annotated[
        dict[Word, Annotated[str, Field(max_length=lists.MAX_TEXT), PRINTABLE]] | None,
        Field(
            max_length=20,
            description=f"Filters of the order list, as for exports; at most {MAX_COUNT:,} orders. Days are in UTC.",
            examples=[{"view": "paid", "from": "2026-05-01", "to": "2026-05-31"}],
        ),
    ] = None
    note: Annotated[str, Field(max_length=MAX_LENGTH, description="The text, for `note`."), PRINTABLE] = ""

    @model_validator(mode="after")
    def _which(self) -> "BulkRunRequest":
        if (self.order_ids is None) == (self.filters is None):
            raise ValueError("send one of order_ids and filters")
        return self


class BulkResults(Answer):
    """So many orders came to this."""

    done: int
    skipped: int
    refused: int


class BulkRun(Answer):
    """Something that is done to many orders."""

    id: str
    action: Action
    note: str
    status: Annotated[
        Literal["working", "done"], Field(description="Long runs continue in the background; poll until done.")
    ]
    orders: int
    results: BulkResults
    created_at: Moment
    finished_at: Moment | None


class BulkRow(Answer):
    """One order, and what came of it."""

    order_id: str
    result: Annotated[Result | None, Field(description="Null while queued.")]
    message: str


@v1.post(
    "/bulk_runs",
    body=BulkRunRequest,
    answer=BulkRun,
    status=201,
    permission="orders.write",
    idempotent=True,
    tag="Bulk runs",
    errors=("not_found", "invalid_note", "invalid_list", "too_many_orders", "version_conflict"),
)
def create_bulk_run(caller: KeyCaller, body: BulkRunRequest, claim_id: UUID) -> Callable[[], BulkRun]:
    """Do something to many orders.

    Each by itself: what one of them refuses keeps none of the others. When one of `order_ids` is not there, nothing is
    done at all.
    """
    if body.action == "webhooks" and not caller.may("webhooks.write"):
        raise Denied("denied", "This needs the permission webhooks.write.")
    order_ids = [parse("ord", each) for each in body.order_ids or ()]
    if body.filters is not None:
        order_ids = _all_of(caller, body.filters)
    start_bulk(
        caller.business_id,
        body.action,
        order_ids,
        actor=caller.actor,
        run_id=claim_id,
        note=body.note,
        all_there=True,
    )
    return lambda: _reload(caller, claim_id)


@v1.get("/bulk_runs", query=ListQuery, answer=Page[BulkRun], permission="orders.read", tag="Bulk runs")
def list_bulk_runs(caller: KeyCaller, query: ListQuery) -> Page[BulkRun]:
    """List bulk runs.

    Those that were begun with this key, newest first.
    """
    found = bulk_runs.list_runs(caller.business_id, caller.actor, after=query.after(), limit=query.limit)
    counts = bulk_runs.counts_of(caller.business_id, [row.id for row in found[: query.limit]])
    return page_of(
        found,
        limit=query.limit,
        item=lambda row: _run(row, counts.get(row.id, {})),
        key=lambda row: (row.created_at, row.id),
    )


@v1.get("/bulk_runs/{run_id}", answer=BulkRun, permission="orders.read", tag="Bulk runs")
def get_bulk_run(caller: KeyCaller, run_id: str) -> BulkRun:
    """Get a bulk run."""
    return _reload(caller, parse("blk", run_id))


@v1.get("/bulk_runs/{run_id}/rows", query=ListQuery, answer=Page[BulkRow], permission="orders.read", tag="Bulk runs")
def list_bulk_rows(caller: KeyCaller, run_id: str, query: ListQuery) -> Page[BulkRow]:
    """List what came of each order.

    In the order in which they were chosen.
    """
    behind = _number(query.after())
    found = bulk_runs.rows_of(caller.business_id, parse("blk", run_id), behind=behind, limit=query.limit)
    return page_of(found, limit=query.limit, item=_row, key=lambda row: (_place(row.number), row.id))


def _all_of(caller: KeyCaller, filters: dict[str, str]) -> list[UUID]:
    listing = lists.find("orders")
    assert listing is not None  # it is one of ours
    listing.refuse_unknown(filters, ())
    list_request = lists.ListRequest(
        caller.business_id, filters=listing.fitting(filters), columns=(listing.columns[0].key,)
    )
    found = listing.read(list_request, None, MAX_COUNT + 1)
    if len(found) > MAX_COUNT:
        text = f"More than {MAX_COUNT:,} orders match. Narrow the filters."
        raise Invalid("too_many_orders", text, details={"param": "filters"})
    return [row.id for row in found]


def _place(number: int) -> datetime:
    """The place of a row as a moment, which is what cursors are made of."""
    return _FIRST + timedelta(seconds=number)


def _number(after: Key | None) -> int:
    return 0 if after is None else min(MAX_COUNT, max(0, int((after[0] - _FIRST).total_seconds())))


def _reload(caller: KeyCaller, run_id: UUID) -> BulkRun:
    found = bulk_runs.get_run(caller.business_id, run_id)
    return _run(found.row, found.counts)


def _run(row: bulk_runs.RunRow, counts: dict[str, int]) -> BulkRun:
    return BulkRun(
        id=show("blk", row.id),
        action=row.action,
        note=row.note,
        status="done" if row.finished_at else "working",
        orders=row.orders,
        results=BulkResults(**{name: counts.get(name, 0) for name in BulkResults.model_fields}),
        created_at=moment_text(row.created_at),
        finished_at=moment_text(row.finished_at),
    )


def _row(row: bulk_runs.OrderOfRun) -> BulkRow:
    return BulkRow(order_id=show("ord", row.order_id), result=row.result, message=row.message)
