"""Payment orders: files of withdrawals and payouts for the merchant's bank."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from flask import Response
from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    ID_PATTERN,
    AccountId,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    OneOf,
    Sentence,
    Shape,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.wallets.movements import PayeeAnswer
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.domain.payments.payment_orders.states import PaymentLineStatus, PaymentOrderStatus
from app.read.payments import payment_orders
from app.workflow.payments import approve_payment_order, decide_payment_line, download_payment_order, make_payment_order
from app.workflow.payments.decide_payment_line import LineDecision
from app.workflow.payments.make_payment_order import PaymentOrderCommand

Format = Literal["pain.001", "csv"]
MovementId = Annotated[str, Field(pattern=f"^txn_{ID_PATTERN}$", examples=["txn_01jd3w8n2q4zt5b7yk2hc5e4rv"])]


class PaymentOrderRequest(Shape):
    """Which movements the bank is to carry out, and when."""

    channel_account_id: Annotated[AccountId, Field(description="The bank account that pays.")]
    currency: Currency
    format: Annotated[Format, Field(description="`pain.001` (SEPA, euros only) or `csv`.")] = "pain.001"
    execute_on: Annotated[
        str,
        Field(
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            description="The day on which the bank is to execute it.",
            examples=["2026-12-01"],
        ),
    ]
    movement_ids: Annotated[
        list[MovementId] | None,
        Field(min_length=1, max_length=1000, description="Withdrawals and payouts. Defaults to all that wait."),
    ] = None


class PaymentOrderCancelRequest(Shape):
    """Why an order is cancelled."""

    reason: Sentence | None = None


class LineDecisionRequest(Shape):
    """What the bank did with a line."""

    status: Literal["executed", "rejected", "returned"]
    reason: Annotated[Sentence | None, Field(description="Required unless `executed`.")] = None


class PaymentOrder(Answer):
    """A file of withdrawals and payouts for the merchant's bank."""

    id: str
    status: Annotated[str, OneOf(PaymentOrderStatus), Field(description="`sent` once the file was downloaded.")]
    channel_account_id: str
    format: Format
    currency: Currency
    total_minor: AnyAmountMinor
    line_count: int
    waiting_count: Annotated[int, Field(description="Lines that the bank has not decided.")]
    execute_on: str
    created_at: Moment
    approved_at: Moment | None
    sent_at: Moment | None


class PaymentOrderLine(Answer):
    """One withdrawal or payout of a payment order."""

    id: str
    movement_id: str
    kind: Literal["withdrawal", "payout"]
    status: Annotated[str, OneOf(PaymentLineStatus)]
    amount_minor: AnyAmountMinor
    currency: Currency
    payee: PayeeAnswer
    reference: Annotated[str, Field(description="The end-to-end reference in the file and the bank’s reports.")]
    reason: Annotated[str, Field(description="Why it was rejected, or what the bank said.")]
    return_reason: str
    decided_at: Moment | None
    returned_at: Moment | None


class PaymentOrderQuery(ListQuery):
    """What a list of payment orders may be narrowed by."""

    status: Annotated[str, OneOf(PaymentOrderStatus)] | None = None


@v1.post(
    "/payment_orders",
    body=PaymentOrderRequest,
    answer=PaymentOrder,
    status=201,
    permission="payouts.write",
    idempotent=True,
    tag="Payment orders",
    errors=(
        *("not_found", "invalid_date", "nothing_waiting", "format_unsupported", "movement_not_waiting"),
        *("key_without_person", "version_conflict"),
    ),
)
def create_payment_order(caller: KeyCaller, body: PaymentOrderRequest, claim_id: UUID) -> Callable[[], PaymentOrder]:
    """Make a payment order.

    Of the withdrawals and payouts that wait at the bank account, at most 1,000. A person who is independent of whoever
    made it has to approve it in the portal before its file can be downloaded.
    """
    command = PaymentOrderCommand(
        account_id=parse("cha", body.channel_account_id),
        currency=body.currency,
        file_format=body.format,
        execute_on=_day(body.execute_on),
        transaction_ids=[parse("txn", each) for each in body.movement_ids or ()],
    )
    make_payment_order.make(caller.business_id, command, actor=caller.actor, order_id=claim_id)
    return lambda: _order(payment_orders.get_order(caller.business_id, claim_id))


@v1.get(
    "/payment_orders",
    query=PaymentOrderQuery,
    answer=Page[PaymentOrder],
    permission="wallets.read",
    tag="Payment orders",
)
def list_payment_orders(caller: KeyCaller, query: PaymentOrderQuery) -> Page[PaymentOrder]:
    """List payment orders.

    Newest first.
    """
    found = payment_orders.list_orders(
        caller.business_id, status=query.status or "", after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_order, key=lambda each: (each.created_at, each.id))


@v1.get("/payment_orders/{payment_order_id}", answer=PaymentOrder, permission="wallets.read", tag="Payment orders")
def get_payment_order(caller: KeyCaller, payment_order_id: str) -> PaymentOrder:
    """Get a payment order."""
    return _order(payment_orders.get_order(caller.business_id, parse("por", payment_order_id)))


@v1.get(
    "/payment_orders/{payment_order_id}/lines",
    query=ListQuery,
    answer=Page[PaymentOrderLine],
    permission="wallets.read",
    tag="Payment orders",
)
def list_payment_order_lines(caller: KeyCaller, payment_order_id: str, query: ListQuery) -> Page[PaymentOrderLine]:
    """List the lines of a payment order.

    Newest first.
    """
    row = payment_orders.get_order(caller.business_id, parse("por", payment_order_id)).row
    found = payment_orders.list_lines(caller.business_id, row.id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_line, key=lambda each: (each.created_at, each.id))


@v1.post(
    "/payment_orders/{payment_order_id}/download",
    permission="payouts.write",
    tag="Payment orders",
    media_type="application/xml",
    errors=("not_found", "not_approved", "version_conflict"),
)
def download_payment_order_file(caller: KeyCaller, payment_order_id: str) -> Response:
    """Download the file of a payment order.

    From the first download on the order is `sent` and cannot be cancelled. Later downloads are the same file, which the
    bank knows by its message ID. A `csv` order is answered as `text/csv`.
    """
    order_id = parse("por", payment_order_id)
    made = download_payment_order.download(caller.business_id, order_id, actor=caller.actor)
    answer = Response(made.content, content_type=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


@v1.post(
    "/payment_orders/{payment_order_id}/cancel",
    body=PaymentOrderCancelRequest,
    answer=PaymentOrder,
    permission="payouts.write",
    tag="Payment orders",
    errors=("not_found", "not_cancellable", "version_conflict"),
)
def cancel_payment_order(caller: KeyCaller, payment_order_id: str, body: PaymentOrderCancelRequest) -> PaymentOrder:
    """Cancel a payment order.

    Before its file is downloaded. Its movements wait for another payment order.
    """
    order_id = parse("por", payment_order_id)
    approve_payment_order.cancel(caller.business_id, order_id, reason=body.reason or "", actor=caller.actor)
    return _order(payment_orders.get_order(caller.business_id, order_id))


@v1.post(
    "/payment_orders/{payment_order_id}/lines/{line_id}/decide",
    body=LineDecisionRequest,
    answer=PaymentOrderLine,
    permission="payouts.write",
    idempotent=True,
    tag="Payment orders",
    errors=("not_found", "reason_missing", "not_sent", "version_conflict"),
)
def decide_payment_order_line(
    caller: KeyCaller, payment_order_id: str, line_id: str, body: LineDecisionRequest, claim_id: UUID
) -> Callable[[], PaymentOrderLine]:
    """Record what the bank did with a line.

    `executed`: the money left. `rejected`: it did not, and is back in the wallet or owed to the merchant again.
    `returned`: an executed line came back, with the same result. The same decision again changes nothing.
    """
    del claim_id  # the line's own state keeps it from happening twice
    order_id, row_id = parse("por", payment_order_id), parse("pol", line_id)
    payment_orders.get_line(caller.business_id, order_id, row_id)
    decision = LineDecision(status=PaymentLineStatus(body.status), reason=body.reason or "")
    decide_payment_line.decide(caller.business_id, row_id, decision, actor=caller.actor)
    return lambda: _line(payment_orders.get_line(caller.business_id, order_id, row_id))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("invalid_date", "This is not a day.", details={"param": "execute_on"}) from None


def _order(found: payment_orders.OrderPage) -> PaymentOrder:
    row = found.row
    return PaymentOrder(
        id=show("por", row.id),
        status=row.status,
        channel_account_id=show("cha", row.channel_account_id),
        format="csv" if row.format == "csv" else "pain.001",
        currency=row.currency,
        total_minor=row.total_minor,
        line_count=row.line_count,
        waiting_count=found.waiting_count,
        execute_on=row.execute_on.isoformat(),
        created_at=moment_text(row.created_at),
        approved_at=moment_text(row.approved_at),
        sent_at=moment_text(row.sent_at),
    )


def _line(row: payment_orders.LineRow) -> PaymentOrderLine:
    return PaymentOrderLine(
        id=show("pol", row.id),
        movement_id=show("txn", row.transaction_id),
        kind="payout" if row.kind == "payout" else "withdrawal",
        status=row.status,
        amount_minor=row.amount_minor,
        currency=row.currency,
        payee=PayeeAnswer(**row.payee),
        reference=row.reference,
        reason=row.bank_reason,
        return_reason=row.return_reason,
        decided_at=moment_text(row.decided_at),
        returned_at=moment_text(row.returned_at),
    )
