"""Refunds."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    OrderId,
    Sentence,
    Shape,
    moment_text,
)
from app.api.v1.api import KeyCaller, about_order, v1
from app.core.ids import parse, show
from app.read.resources import refunds
from app.workflow.refund_order import refund_order


class RefundRequest(Shape):
    """Money to be given back."""

    order_id: OrderId
    amount_minor: Annotated[
        AmountMinor | None, Field(description="In the order's currency and minor units; all that is left when absent.")
    ] = None
    reason: Annotated[Sentence, Field(description="Kept with the refund and shown to your people.")]


class Refund(Answer):
    """Money that goes back, or went back, to the buyer."""

    id: str
    order_id: str
    status: Annotated[
        Literal["pending", "succeeded", "failed", "cancelled"],
        Field(description="`pending` until the payment company's answer is known."),
    ]
    amount_minor: AnyAmountMinor
    currency: Currency
    reason: str
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
    errors=("not_found", "not_refundable", "refund_exceeds_rest", "moved"),
)
def create_refund(caller: KeyCaller, body: RefundRequest, claim_id: UUID) -> Callable[[], Refund]:
    """Refund an order, in full or in part.

    As often as something is left. A full refund takes the goods back. When the payment company does not answer, the
    refund is `pending` and is asked about until it is known; it is never sent twice.
    """
    order_id = parse("ord", body.order_id)
    about_order(order_id)
    refund_id = refund_order(
        caller.business_id,
        order_id,
        amount_minor=body.amount_minor,
        reason=body.reason,
        actor=caller.actor,
        transaction_id=claim_id,
    )
    return lambda: _refund(refunds.get_refund(caller.business_id, refund_id))


@v1.get("/refunds", query=RefundQuery, answer=Page[Refund], permission="refunds.read", tag="Refunds")
def list_refunds(caller: KeyCaller, query: RefundQuery) -> Page[Refund]:
    """List refunds.

    Newest first.
    """
    order_id = parse("ord", query.order_id) if query.order_id else None
    found = refunds.list_refunds(caller.business_id, order_id=order_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_refund, key=lambda row: (row.created_at, row.id))


@v1.get("/refunds/{refund_id}", answer=Refund, permission="refunds.read", tag="Refunds")
def get_refund(caller: KeyCaller, refund_id: str) -> Refund:
    """Get a refund."""
    return _refund(refunds.get_refund(caller.business_id, parse("rfd", refund_id)))


def _refund(row: Any) -> Refund:
    return Refund(
        id=show("rfd", row.id),
        order_id=show("ord", row.order_id),
        status="pending" if row.status == "open" else row.status,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=row.reason,
        created_at=moment_text(row.created_at),
        decided_at=moment_text(row.decided_at),
    )
