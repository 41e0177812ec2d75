"""Settlement batches: what partners are owed, closed, approved and paid."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.settlement.partners import PartnerId
from app.core.ids import parse, show
from app.domain.settlement.batches.states import BatchStatus
from app.domain.settlement.clearing.states import EntryKind
from app.read.settlement import batches, statements
from app.workflow.settlement import close_batches, pay_batch

LINE_KINDS = (*EntryKind, "adjustment", "payout", "returned")


class SettlementBatchRequest(Shape):
    """What to close into a batch."""

    partner_id: PartnerId
    currency: Currency


class SettlementBatch(Answer):
    """What a partner is owed up to a moment. It never changes."""

    id: str
    partner_id: str
    number: Annotated[int, Field(description="Counts the partner's batches.")]
    currency: Currency
    total_minor: AnyAmountMinor
    entry_count: int
    cut_off_at: Moment
    status: Annotated[str, OneOf(BatchStatus)]
    approval_id: str | None
    payout_id: Annotated[str | None, Field(description="Its newest payout.")]
    created_at: Moment


class BatchQuery(ListQuery):
    """What a list of batches may be narrowed by."""

    partner_id: PartnerId | None = None
    status: Annotated[str, OneOf(BatchStatus)] | None = None


class StatementEntry(Answer):
    """An entry of a batch."""

    id: str
    kind: Annotated[str, OneOf(EntryKind)]
    order_id: str
    line: Annotated[str, Field(description="The title of the order's line.")]
    amount_minor: AnyAmountMinor
    currency: Currency
    created_at: Moment


class StatementLine(Answer):
    """A line of a statement."""

    id: str
    at: Moment
    kind: Annotated[str, OneOf(LINE_KINDS)]
    order_id: Annotated[str | None, Field(description="Null for adjustments and payouts.")]
    title: Annotated[str, Field(description="The title of the order's line.")]
    amount_minor: Annotated[AnyAmountMinor, Field(description="Positive: the partner gets it.")]
    balance_minor: Annotated[AnyAmountMinor, Field(description="Right after it.")]


class SettlementStatement(Answer):
    """What leads from the balance of the batch before to that of this one."""

    settlement_batch_id: str
    partner_id: str
    number: int
    currency: Currency
    cut_off_at: Moment
    opening_minor: Annotated[AnyAmountMinor, Field(description="Where the statement before ended.")]
    closing_minor: Annotated[AnyAmountMinor, Field(description="The opening balance and all lines.")]
    total_minor: Annotated[AnyAmountMinor, Field(description="What the batch pays.")]
    reserve_kept_minor: Annotated[AnyAmountMinor, Field(description="Kept of it for a while.")]
    reserve_returned_minor: Annotated[AnyAmountMinor, Field(description="Kept of earlier batches, and paid by this.")]
    pending_minor: Annotated[AnyAmountMinor, Field(description="What was cleared by then, and is in no batch.")]
    owed_minor: Annotated[AnyAmountMinor, Field(description="What the ledger owed the partner then: both together.")]
    lines: list[StatementLine]


@v1.post(
    "/settlement_batches",
    body=SettlementBatchRequest,
    answer=SettlementBatch,
    status=201,
    permission="settlement.write",
    idempotent=True,
    tag="Partners",
    errors=("not_found", "nothing_to_settle", "version_conflict"),
)
def create_settlement_batch(
    caller: KeyCaller, body: SettlementBatchRequest, claim_id: UUID
) -> Callable[[], SettlementBatch]:
    """Close a batch.

    Of everything that was cleared for the partner in this currency, less its hold, and is in no batch yet.
    """
    partner_id = parse("par", body.partner_id)
    close_batches.close(caller.business_id, partner_id, currency=body.currency, actor=caller.actor, batch_id=claim_id)
    return lambda: _batch(batches.get_batch(caller.business_id, claim_id).row)


@v1.get(
    "/settlement_batches", query=BatchQuery, answer=Page[SettlementBatch], permission="settlement.read", tag="Partners"
)
def list_settlement_batches(caller: KeyCaller, query: BatchQuery) -> Page[SettlementBatch]:
    """List settlement batches.

    Newest first.
    """
    found = batches.list_batches(
        caller.business_id,
        partner_id=parse("par", query.partner_id) if query.partner_id else None,
        status=query.status or "",
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_batch, key=lambda row: (row.created_at, row.id))


@v1.get(
    "/settlement_batches/{settlement_batch_id}", answer=SettlementBatch, permission="settlement.read", tag="Partners"
)
def get_settlement_batch(caller: KeyCaller, settlement_batch_id: str) -> SettlementBatch:
    """Get a settlement batch."""
    return _batch(batches.get_batch(caller.business_id, parse("sba", settlement_batch_id)).row)


@v1.get(
    "/settlement_batches/{settlement_batch_id}/entries",
    query=ListQuery,
    answer=Page[StatementEntry],
    permission="settlement.read",
    tag="Partners",
)
def list_settlement_batch_entries(
    caller: KeyCaller, settlement_batch_id: str, query: ListQuery
) -> Page[StatementEntry]:
    """List what is in a batch.

    Newest first. The amounts sum to the batch's total.
    """
    batch = batches.get_batch(caller.business_id, parse("sba", settlement_batch_id)).row
    found = batches.statement_lines(caller.business_id, batch.id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_entry, key=lambda row: (row.created_at, row.id))


@v1.get(
    "/settlement_batches/{settlement_batch_id}/statement.csv",
    permission="settlement.read",
    tag="Partners",
    media_type="text/csv",
)
def get_settlement_statement(caller: KeyCaller, settlement_batch_id: str) -> Response:
    """Get the statement of a batch as CSV.

    The opening balance, every entry, adjustment and payout with the balance right after it, the closing balance, the
    total, and what is pending. The same batch gives the same figures for ever.
    """
    return _file(caller, settlement_batch_id, "csv")


@v1.get(
    "/settlement_batches/{settlement_batch_id}/statement.xlsx",
    permission="settlement.read",
    tag="Partners",
    media_type=statements.MEDIA_TYPES["xlsx"],
)
def get_settlement_statement_xlsx(caller: KeyCaller, settlement_batch_id: str) -> Response:
    """Get the statement of a batch as a spreadsheet.

    The same rows as in the CSV file; amounts are numbers.
    """
    return _file(caller, settlement_batch_id, "xlsx")


@v1.get(
    "/settlement_batches/{settlement_batch_id}/statement.pdf",
    permission="settlement.read",
    tag="Partners",
    media_type="application/pdf",
)
def get_settlement_statement_pdf(caller: KeyCaller, settlement_batch_id: str) -> Response:
    """Get the statement of a batch as PDF.

    In the partner's language and time zone.
    """
    return _file(caller, settlement_batch_id, "pdf")


@v1.get(
    "/settlement_batches/{settlement_batch_id}/statement",
    answer=SettlementStatement,
    permission="settlement.read",
    tag="Partners",
)
def get_settlement_statement_json(caller: KeyCaller, settlement_batch_id: str) -> Response:
    """Get the statement of a batch.

    Every line from the opening balance to the closing one, in the order in which it happened. It is never cut into
    pages: read it as a stream when a batch has many entries.
    """
    return _file(caller, settlement_batch_id, "json")


@v1.post(
    "/settlement_batches/{settlement_batch_id}/request",
    answer=SettlementBatch,
    permission="settlement.write",
    tag="Partners",
    errors=(
        "not_found",
        "batch_state",
        "partner_suspended",
        "no_payee",
        "payee_changed",
        "on_hold",
        "key_without_person",
    ),
)
def request_settlement_batch(caller: KeyCaller, settlement_batch_id: str) -> SettlementBatch:
    """Request that a batch is paid.

    A second person approves it, and the money leaves.
    """
    batch_id = parse("sba", settlement_batch_id)
    pay_batch.request(caller.business_id, batch_id, actor=caller.actor)
    return _batch(batches.get_batch(caller.business_id, batch_id).row)


@v1.post(
    "/settlement_batches/{settlement_batch_id}/pay",
    answer=SettlementBatch,
    permission="settlement.write",
    tag="Partners",
    errors=(
        "not_found",
        "batch_state",
        "partner_suspended",
        "no_payee",
        "payee_changed",
        "on_hold",
        "channel_unavailable",
        "request_unsupported",
    ),
)
def pay_settlement_batch(caller: KeyCaller, settlement_batch_id: str) -> SettlementBatch:
    """Pay an approved batch again.

    After its payout failed or was returned. A batch that is paid stays paid.
    """
    batch_id = parse("sba", settlement_batch_id)
    pay_batch.pay(caller.business_id, batch_id, actor=caller.actor)
    return _batch(batches.get_batch(caller.business_id, batch_id).row)


def _file(caller: KeyCaller, settlement_batch_id: str, ending: str) -> Response:
    made = statements.statement_of(caller.business_id, parse("sba", settlement_batch_id))
    answer = Response(statements.written(made, ending), content_type=statements.MEDIA_TYPES[ending])
    if ending != "json":
        answer.headers["Content-Disposition"] = f'attachment; filename="{made.file_name}.{ending}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _batch(row: batches.BatchRow) -> SettlementBatch:
    return SettlementBatch(
        id=show("sba", row.id),
        partner_id=show("par", row.partner_id),
        number=row.number,
        currency=row.currency,
        total_minor=row.total_minor,
        entry_count=row.entry_count,
        cut_off_at=moment_text(row.cut_off_at),
        status=row.status,
        approval_id=show("apr", row.approval_id) if row.approval_id else None,
        payout_id=show("txn", row.transaction_id) if row.transaction_id else None,
        created_at=moment_text(row.created_at),
    )


def _entry(row: batches.StatementLine) -> StatementEntry:
    return StatementEntry(
        id=show("cle", row.id),
        kind=row.kind,
        order_id=show("ord", row.order_id),
        line=row.title,
        amount_minor=row.amount_minor,
        currency=row.currency,
        created_at=moment_text(row.created_at),
    )
