"""Refunds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    LineId,
    Moment,
    OneOf,
    OrderId,
    PartId,
    Quantity,
    Sentence,
    Shape,
    moment_text,
)
from app.api.v1.api import KeyCaller, about_order, v1
from app.core.ids import parse, show
from app.domain.payments.types import RefundLineCommand
from app.domain.risk.types import Result
from app.lib.some import some
from app.read.orders.orders_resource import MAX_LINES
from app.read.payments import refunds_resource as refunds
from app.read.risk.decisions import DecisionRow, of_refunds
from app.workflow.payments.preview_refund import preview_refund
from app.workflow.payments.refund_order import refund_order


class RefundLineRequest(Shape):
    """One line of the order to be given back: whole units, or an amount of it. Send one of the two."""

    line_id: LineId
    quantity: Annotated[
        Quantity | None,
        Field(description="Units, refunded at their purchase price, or less if less is left of the line."),
    ] = None
    amount_minor: AmountMinor | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "RefundLineRequest":
        if (self.quantity is None) == (self.amount_minor is None):
            raise ValueError("send either quantity or amount_minor")
        return self


class RefundRequest(Shape):
    """Money to be given back: lines, a part of the order, an amount, or all that is left."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"order_id": "ord_01jd3w8n2q4zt5b7yk2hc5e4rv", "amount_minor": 1299, "reason": "Who requested it."}
            ]
        }
    )

    order_id: OrderId
    amount_minor: Annotated[
        AmountMinor | None,
        Field(description="In minor units of the order’s currency. Defaults to the full remaining amount."),
    ] = None
    lines: Annotated[
        list[RefundLineRequest] | None,
        Field(min_length=1, max_length=MAX_LINES, description="Lines of the order, instead of `amount_minor`."),
    ] = None
    part_id: Annotated[
        PartId | None, Field(description="A sub-order: refunds all that is left of it. Use instead of the other two.")
    ] = None
    reason: Annotated[Sentence, Field(description="Stored with the refund; visible to your team.")]

    @model_validator(mode="after")
    def _lines_or_amount(self) -> "RefundRequest":
        if sum(given is not None for given in (self.lines, self.amount_minor, self.part_id)) > 1:
            raise ValueError("send one of lines, part_id and amount_minor")
        return self


class RefundLine(Answer):
    """The part of a refund that belongs to one line."""

    line_id: str
    quantity: Annotated[int | None, Field(description="Units, if whole units were requested.")]
    amount_minor: AnyAmountMinor


class RefundPart(Answer):
    """What of a refund goes back to one source of the order's money."""

    id: str
    channel: Annotated[str, Field(description="The channel, or `wallet` for the buyer’s balance.")]
    status: Literal["pending", "succeeded", "failed", "cancelled"]
    amount_minor: AnyAmountMinor


class RefundRisk(Answer):
    """What the rules about refunds said when it was requested."""

    risk_decision_id: str
    result: Annotated[str, OneOf(Result)]
    score: int
    fired: Annotated[list[str], Field(description="Names of the rules that fired.")]


class Refund(Answer):
    """Money that goes back, or went back, to the buyer."""

    id: str
    order_id: str
    status: Annotated[
        Literal["pending", "succeeded", "failed", "cancelled"],
        Field(description="`pending` until the payment company’s response is known."),
    ]
    amount_minor: AnyAmountMinor
    currency: Currency
    parts: Annotated[
        list[RefundPart], Field(description="Where the money goes: channels first, the buyer’s wallet last.")
    ]
    reason: str
    lines: Annotated[list[RefundLine], Field(description="Breakdown by order line.")]
    risk: Annotated[
        RefundRisk | None, Field(description="Null where no rules were asked, and for keys without `risk.read`.")
    ]
    created_at: Moment
    decided_at: Moment | None


class RefundQuery(ListQuery):
    """What a list of refunds may be narrowed by."""

    order_id: OrderId | None = None


@v1.post(
    "/refunds",
    body=RefundRequest,
    answer=Refund,
    status=201,
    permission="refunds.write",
    idempotent=True,
    tag="Refunds",
    errors=(
        "not_found",
        "not_refundable",
        "payment_disputed",
        "refund_exceeds_rest",
        "refund_window_over",
        "refund_reason_unknown",
        "request_unsupported",
        "invalid_amount",
        "version_conflict",
        "approval_needed",
        "approval_refused",
        "key_without_person",
        "refund_blocked",
    ),
)
def create_refund(caller: KeyCaller, body: RefundRequest, claim_id: UUID) -> Callable[[], Refund]:
    """Refund an order, in full or in part.

    As often as something is left, of the order and of each line. Of an order that was paid from two sources, what came
    by the channel goes back first. Rules may send it to the buyer’s wallet instead (`wallet_only`). A full
    refund takes the goods back. When the payment company does not answer, the refund is `pending` and is asked about
    until it is known; it is never sent twice.
    """
    order_id = parse("ord", body.order_id)
    about_order(order_id)
    refund_id = refund_order(
        caller.business_id,
        order_id,
        amount_minor=body.amount_minor,
        lines=[_command(line) for line in body.lines or ()],
        part_id=parse("sub", body.part_id) if body.part_id else None,
        reason=body.reason,
        actor=caller.actor,
        transaction_id=claim_id,
    )
    return lambda: _one(caller, refunds.get_refund(caller.business_id, refund_id))


class RefundSource(Answer):
    """What would go back to one source of the order's money."""

    channel: Annotated[str, Field(description="The channel, or `wallet` for the buyer’s balance.")]
    amount_minor: AnyAmountMinor


class RefundPreview(Answer):
    """What a refund would do at this moment."""

    order_id: str
    amount_minor: AnyAmountMinor
    currency: Currency
    sources: Annotated[
        list[RefundSource], Field(description="Where the money would go: channels first, the buyer’s wallet last.")
    ]
    is_wallet_only: Annotated[
        bool, Field(description="Your rules send it to the buyer’s wallet, whatever paid the order.")
    ]
    left_minor: Annotated[AnyAmountMinor, Field(description="What could still be refunded afterwards.")]
    revoked_line_ids: Annotated[
        list[str], Field(description="Order lines that are refunded in full: what they delivered is revoked.")
    ]


@v1.post(
    "/refunds/preview",
    body=RefundRequest,
    answer=RefundPreview,
    permission="refunds.read",
    tag="Refunds",
    errors=(
        "not_found",
        "not_refundable",
        "payment_disputed",
        "refund_exceeds_rest",
        "refund_window_over",
        "refund_reason_unknown",
        "invalid_amount",
    ),
)
def preview_refund_of_order(caller: KeyCaller, body: RefundRequest) -> RefundPreview:
    """Preview a refund.

    The amount, where it would go and what would be left, for the same body as creating it. Nothing is written, and
    nobody is asked to approve it.
    """
    order_id = parse("ord", body.order_id)
    about_order(order_id)
    found = preview_refund(
        caller.business_id,
        order_id,
        amount_minor=body.amount_minor,
        lines=[_command(line) for line in body.lines or ()],
        part_id=parse("sub", body.part_id) if body.part_id else None,
        reason=body.reason,
        actor=caller.actor,
    )
    return RefundPreview(
        order_id=body.order_id,
        amount_minor=found.money.minor,
        currency=found.money.currency,
        sources=[RefundSource(channel=each.channel, amount_minor=each.amount_minor) for each in found.sources],
        is_wallet_only=found.is_wallet_only,
        left_minor=found.left_minor,
        revoked_line_ids=sorted(show("oln", each) for each in found.revoked_lines),
    )


@v1.get("/refunds", query=RefundQuery, answer=Page[Refund], permission="refunds.read", tag="Refunds")
def list_refunds(caller: KeyCaller, query: RefundQuery) -> Page[Refund]:
    """List refunds.

    Newest first.
    """
    order_id = parse("ord", query.order_id) if query.order_id else None
    found = refunds.list_refunds(caller.business_id, order_id=order_id, after=query.after(), limit=query.limit)
    decided = _decided(caller, found)
    return page_of(
        found,
        limit=query.limit,
        item=lambda each: _refund(each, decided.get(each.row.id)),
        key=lambda each: (each.row.created_at, each.row.id),
    )


@v1.get("/refunds/{refund_id}", answer=Refund, permission="refunds.read", tag="Refunds")
def get_refund(caller: KeyCaller, refund_id: str) -> Refund:
    """Get a refund."""
    return _one(caller, refunds.get_refund(caller.business_id, parse("rfd", refund_id)))


def _command(line: RefundLineRequest) -> RefundLineCommand:
    return RefundLineCommand(line_id=parse("oln", line.line_id), quantity=line.quantity, amount_minor=line.amount_minor)


def _decided(caller: KeyCaller, found: Sequence[refunds.Refund]) -> Mapping[UUID, DecisionRow]:
    return of_refunds(caller.business_id, [each.row.id for each in found]) if caller.may("risk.read") else {}


def _one(caller: KeyCaller, found: refunds.Refund) -> Refund:
    return _refund(found, _decided(caller, [found]).get(found.row.id))


def _refund(found: refunds.Refund, decision: DecisionRow | None) -> Refund:
    row = found.row
    return Refund(
        id=show("rfd", row.id),
        order_id=show("ord", some(row.order_id)),
        status=_status(found.status),
        amount_minor=found.amount_minor,
        currency=row.currency,
        parts=[
            RefundPart(
                id=show("rfd", part.id),
                channel=part.channel,
                status=_status(part.status),
                amount_minor=part.amount_minor,
            )
            for part in found.parts
        ],
        reason=row.reason,
        lines=[
            RefundLine(line_id=show("oln", line.line_id), quantity=line.quantity, amount_minor=line.amount_minor)
            for line in found.lines
        ],
        risk=_risk(decision) if decision else None,
        created_at=moment_text(row.created_at),
        decided_at=moment_text(row.decided_at),
    )


def _risk(row: DecisionRow) -> RefundRisk:
    return RefundRisk(risk_decision_id=show("rdc", row.id), result=row.result, score=row.score, fired=row.fired)


def _status(status: str) -> Any:
    return "pending" if status == "open" else status
