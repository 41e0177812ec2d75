"""What waits for somebody else's approval. People decide in the portal, and keys up to limits of their own."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.accounts.business.states import ApprovalStatus
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.decide_alone import call_off

MONEY = ("refund", "payout", "withdrawal", "transfer", "top_up")

ApprovalKind = Annotated[
    str,
    OneOf(
        (
            *(
                "refund",
                "payout",
                "withdrawal",
                "transfer",
                "top_up",
                "points",
                "membership",
                "channel",
                "transition",
                "limits",
            ),
            *("erasure", "bank_transfer", "payment_order", "settlement", "adjustment", "closure", "business_erasure"),
            *("split_rule", "partner_payee", "settlement_batch", "risk_rules"),
        )
    ),
]


class Approval(Answer):
    """Something that was asked for and that somebody else has to approve."""

    id: str
    kind: Annotated[
        ApprovalKind,
        Field(
            description="`top_up`: a wallet credit; `points`: a manual point grant; `membership`: membership days "
            "given by hand; `channel`: settings of a channel account; `transition`: a manual status change; "
            "`limits`: higher limits; `erasure`: a buyer’s personal data; `bank_transfer`, `payment_order`: a "
            "confirmation by the only owner; `closure`, `business_erasure`: of the business; `split_rule`: who gets "
            "what of every line; `partner_payee`: a partner’s account; `settlement_batch`: what a partner is paid; "
            "`risk_rules`: a rule set that decides about payments."
        ),
    ]
    status: Annotated[
        str,
        OneOf(ApprovalStatus),
        Field(description="`approved` while it is being carried out, then `done`, or `failed` with `problem`."),
    ]
    amount_minor: Annotated[AnyAmountMinor | None, Field(description="Null if it has no amount.")]
    currency: Currency | None
    order_id: Annotated[str | None, Field(description="The order, of a refund or a transition.")]
    account_id: Annotated[str | None, Field(description="The channel account, for `channel`.")]
    movement_id: Annotated[str | None, Field(description="The resulting movement, once `done`.")]
    reason: str
    requested_by: Annotated[str, Field(description="A user (`usr_…`) or a key (`key:key_…`).")]
    decided_by: Annotated[
        str | None,
        Field(description="A user, or `system:waited` if the only owner decided alone (`decided_alone_by`)."),
    ]
    decided_alone_by: Annotated[
        str | None,
        Field(description="The only owner, who decided alone with a second factor and a delay; else null."),
    ]
    decision: Annotated[str, Field(description="The approver’s comment.")]
    problem: Annotated[str, Field(description="Why it failed.")]
    created_at: Moment
    expires_at: Moment
    decided_at: Moment | None
    takes_effect_at: Annotated[
        Moment | None, Field(description="When an approved request runs, if it waits; until then it can be cancelled.")
    ]


class ApprovalQuery(ListQuery):
    """What a list of approvals may be narrowed by."""

    status: Annotated[str, OneOf(ApprovalStatus)] | None = None


@v1.get("/approvals", query=ApprovalQuery, answer=Page[Approval], permission="approvals.read", tag="Approvals")
def list_approvals(caller: KeyCaller, query: ApprovalQuery) -> Page[Approval]:
    """List approvals.

    Newest first. Over the limits that the business has set, a refund, payout, withdrawal, transfer, gift or points
    given by hand are answered with `approval_needed` and wait here for somebody in the portal; repeat the request with
    the same key to learn the end.
    """
    found = approvals.list_approvals(caller.business_id, status=query.status, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_approval, key=lambda row: (row.created_at, row.id))


@v1.get("/approvals/{approval_id}", answer=Approval, permission="approvals.read", tag="Approvals")
def get_approval(caller: KeyCaller, approval_id: str) -> Approval:
    """Get an approval."""
    return _approval(approvals.get_approval(caller.business_id, parse("apr", approval_id)))


class DecisionRequest(Shape):
    """Why it is approved or rejected."""

    reason: Annotated[ShortText, Field(max_length=200, examples=["Within the goodwill budget"])]


_DECIDED = ("not_found", "own_request", "over_key_limit", "approval_refused")


@v1.post(
    "/approvals/{approval_id}/approve",
    body=DecisionRequest,
    answer=Approval,
    permission="approvals.write",
    tag="Approvals",
    errors=_DECIDED,
)
def approve_request(caller: KeyCaller, approval_id: str, body: DecisionRequest) -> Approval:
    """Approve a request.

    For keys with `approval_limits`: movements of money and points, in a day no more than the limit of their kind and
    currency, and nothing that this key, or a person behind it, requested. It is carried out at once.
    """
    parsed = parse("apr", approval_id)
    decide_approval.approve(caller.business_id, parsed, actor=caller.actor, reason=body.reason)
    return _approval(approvals.get_approval(caller.business_id, parsed))


@v1.post(
    "/approvals/{approval_id}/reject",
    body=DecisionRequest,
    answer=Approval,
    permission="approvals.write",
    tag="Approvals",
    errors=_DECIDED,
)
def reject_request(caller: KeyCaller, approval_id: str, body: DecisionRequest) -> Approval:
    """Reject a request.

    For keys that may approve requests of its kind. Nothing is carried out.
    """
    parsed = parse("apr", approval_id)
    decide_approval.reject(caller.business_id, parsed, actor=caller.actor, reason=body.reason)
    return _approval(approvals.get_approval(caller.business_id, parsed))


@v1.post(
    "/approvals/{approval_id}/cancel",
    answer=Approval,
    permission="settings.write",
    tag="Approvals",
    errors=("not_found", "version_conflict"),
)
def cancel_approval(caller: KeyCaller, approval_id: str) -> Approval:
    """Cancel a decision made alone.

    What the only owner decided alone waits until `takes_effect_at`. Cancelling it makes it `failed`; nothing is done.
    """
    parsed = parse("apr", approval_id)
    call_off(caller.business_id, parsed, actor=caller.actor)
    return _approval(approvals.get_approval(caller.business_id, parsed))


def _approval(row: approvals.ApprovalRow) -> Approval:
    return Approval(
        id=show("apr", row.id),
        kind=row.kind,
        status=row.status,
        amount_minor=row.amount_minor,
        currency=row.currency,
        order_id=show("ord", row.subject_id) if row.subject_id and row.kind != "channel" else None,
        account_id=show("cha", row.subject_id) if row.subject_id and row.kind == "channel" else None,
        movement_id=show("txn", row.transaction_id) if row.transaction_id and row.kind in MONEY else None,
        reason=row.reason,
        requested_by=row.requested_by,
        decided_by=row.decided_by,
        decided_alone_by=row.decided_alone_by,
        decision=row.decision,
        problem=row.problem,
        created_at=moment_text(row.created_at),
        expires_at=moment_text(row.expires_at),
        decided_at=moment_text(row.decided_at),
        takes_effect_at=moment_text(row.not_before),
    )
