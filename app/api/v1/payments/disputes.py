"""Disputes: what buyers dispute at payment companies, and what the merchant answers."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from flask import Response
from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, OrderId, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.payments.disputes.states import DisputeStatus
from app.read.payments import disputes as read
from app.workflow.payments import answer_dispute


class Dispute(Answer):
    """A buyer's dispute of, or complaint about, a payment."""

    id: str
    status: Annotated[str, OneOf(DisputeStatus), Field(description="`needs_response` until you answer.")]
    kind: Annotated[
        Literal["dispute", "complaint"], Field(description="A `complaint` is about service; no money is taken.")
    ]
    order_id: Annotated[str | None, Field(description="Null when the payment is none of ours, or not known yet.")]
    attempt_id: str | None
    channel: str
    channel_account_id: str
    channel_ref: Annotated[str, Field(description="The payment company’s number of the dispute.")]
    reason_code: Annotated[str, Field(description="The buyer’s reason, in the payment company’s word.")]
    amount_minor: AnyAmountMinor | None
    currency: Currency | None
    held_minor: Annotated[AnyAmountMinor, Field(description="What the company holds until it decides.")]
    lost_minor: Annotated[AnyAmountMinor, Field(description="What the buyer has for good.")]
    fee_minor: Annotated[AnyAmountMinor, Field(description="What the company charges for the dispute.")]
    due_at: Annotated[Moment | None, Field(description="Answer until then.")]
    pending_action: Annotated[
        Literal["submit", "accept"] | None,
        Field(description="What you decided and the company has not confirmed; we keep telling it."),
    ]
    explanation: Annotated[str, Field(description="What you submitted; empty before.")]
    error: Annotated[str, Field(description="Why the company refused the last answer; empty when it did not.")]
    decided_at: Moment | None
    created_at: Moment


class DisputeQuery(ListQuery):
    """What a list of disputes may be narrowed by."""

    status: Annotated[str, OneOf(DisputeStatus)] | None = None
    order_id: OrderId | None = None


class EvidenceRequest(Shape):
    """Why the payment is valid. What is known of the sale is added."""

    explanation: Annotated[str, Field(min_length=1, max_length=20_000, examples=["The key was used on 12 May."])]


@v1.get("/disputes", query=DisputeQuery, answer=Page[Dispute], permission="refunds.read", tag="Disputes")
def list_disputes(caller: KeyCaller, query: DisputeQuery) -> Page[Dispute]:
    """List disputes.

    Newest first.
    """
    found = read.list_disputes(
        caller.business_id,
        status=query.status or "",
        order_id=parse("ord", query.order_id) if query.order_id else None,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_dispute, key=lambda each: (each.created_at, each.id))


@v1.get("/disputes/{dispute_id}", answer=Dispute, permission="refunds.read", tag="Disputes")
def get_dispute(caller: KeyCaller, dispute_id: str) -> Dispute:
    """Get a dispute."""
    return _dispute(read.get_dispute(caller.business_id, parse("dsp", dispute_id)))


@v1.get(
    "/disputes/{dispute_id}/evidence",
    permission="buyers.read",
    tag="Disputes",
    media_type="application/zip",
    errors=("not_found",),
)
def download_dispute_evidence(caller: KeyCaller, dispute_id: str) -> Response:
    """Download the evidence pack of a dispute.

    A ZIP file with `evidence.json` and `evidence.txt`: the order, the agreements accepted, deliveries, downloads,
    mails, refunds, and the buyer's addresses.
    """
    pack = answer_dispute.evidence_pack(caller.business_id, parse("dsp", dispute_id))
    answer = Response(pack, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{dispute_id}.zip"'
    return answer


@v1.post(
    "/disputes/{dispute_id}/submit",
    body=EvidenceRequest,
    answer=Dispute,
    permission="refunds.write",
    idempotent=True,
    tag="Disputes",
    errors=("not_found", "dispute_not_open", "evidence_missing", "version_conflict"),
)
def submit_dispute_evidence(
    caller: KeyCaller, dispute_id: str, body: EvidenceRequest, claim_id: UUID
) -> Callable[[], Dispute]:
    """Submit evidence on a dispute.

    Your explanation goes to the payment company with what is known of the sale. Most companies take evidence once.
    """
    del claim_id  # the dispute's own state keeps it from happening twice
    row_id = parse("dsp", dispute_id)
    answer_dispute.submit(caller.business_id, row_id, explanation=body.explanation, actor=caller.actor)
    return lambda: _dispute(read.get_dispute(caller.business_id, row_id))


@v1.post(
    "/disputes/{dispute_id}/accept",
    answer=Dispute,
    permission="refunds.write",
    idempotent=True,
    tag="Disputes",
    errors=("not_found", "dispute_not_open", "version_conflict"),
)
def accept_dispute(caller: KeyCaller, dispute_id: str, claim_id: UUID) -> Callable[[], Dispute]:
    """Accept a dispute.

    The buyer keeps the money; a complaint is settled. It cannot be undone.
    """
    del claim_id  # the dispute's own state keeps it from happening twice
    row_id = parse("dsp", dispute_id)
    answer_dispute.accept(caller.business_id, row_id, actor=caller.actor)
    return lambda: _dispute(read.get_dispute(caller.business_id, row_id))


def _dispute(row: read.DisputeRow) -> Dispute:
    return Dispute(
        id=show("dsp", row.id),
        status=row.status,
        kind="complaint" if row.kind == "complaint" else "dispute",
        order_id=show("ord", row.order_id) if row.order_id else None,
        attempt_id=show("att", row.attempt_id) if row.attempt_id else None,
        channel=row.channel,
        channel_account_id=show("cha", row.channel_account_id),
        channel_ref=row.channel_ref,
        reason_code=row.reason_code,
        amount_minor=row.amount_minor,
        currency=row.currency,
        held_minor=row.held_minor,
        lost_minor=row.lost_minor,
        fee_minor=row.fee_minor,
        due_at=moment_text(row.due_at),
        pending_action="submit" if row.action == "submit" else "accept" if row.action else None,
        explanation=row.evidence,
        error=row.error,
        decided_at=moment_text(row.decided_at),
        created_at=moment_text(row.created_at),
    )
