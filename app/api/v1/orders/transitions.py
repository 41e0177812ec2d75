"""What is stuck, and manual transitions."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.read.operations import flows
from app.workflow.orders import transition_manually

ATTEMPT = "att_01jd3w8n2q4zt5b7yk2hc5e4rv"


class StuckItem(Answer):
    """What has stood still for ten minutes."""

    id: Annotated[str, Field(description="`att_…` or `dlv_…`.")]
    title: str
    status: str
    amount_minor: AnyAmountMinor
    currency: Currency
    order_id: str | None
    attempt_count: int
    since: Moment


class Stuck(Answer):
    """All of it, the oldest first; 50 attempts and 50 deliveries at most."""

    data: list[StuckItem]


class TransitionRequest(Shape):
    """What became of something, as people found out."""

    id: Annotated[
        str,
        Field(
            pattern="^(att|dlv)_[0-9a-hjkmnp-tv-z]{26}$", description="An attempt or a delivery.", examples=[ATTEMPT]
        ),
    ]
    to: Annotated[
        Literal["succeeded", "failed", "delivered", "revoked", "revocation_failed"],
        Field(description="A transition that its state allows."),
    ]
    reason: Sentence


class TransitionRequested(Answer):
    """Somebody else was asked to approve the transition."""

    approval_id: str


@v1.get("/stuck_items", answer=Stuck, permission="orders.read", tag="Orders")
def list_stuck_items(caller: KeyCaller) -> Stuck:
    """List what stands still.

    Payments nobody knows the end of, and goods that could not be handed over or taken back.
    """
    return Stuck(data=[_item(each) for each in flows.stuck(caller.business_id)])


@v1.post(
    "/transitions",
    body=TransitionRequest,
    answer=TransitionRequested,
    status=202,
    permission="orders.write",
    tag="Orders",
    errors=("not_found", "illegal_state", "already_requested", "reason_needed", "key_without_person"),
)
def create_transition(caller: KeyCaller, body: TransitionRequest) -> TransitionRequested:
    """Request a manual transition.

    For what no program can find out. Nothing happens until a person approves it who neither asked for it nor made,
    rolled or widened the key.
    """
    about = {"reason": body.reason, "actor": caller.actor}
    requested = transition_manually.request_transition(caller.business_id, body.id, body.to, **about)
    return TransitionRequested(approval_id=requested.details["approval_id"])


def _item(each: flows.Stuck) -> StuckItem:
    return StuckItem(
        id=each.id,
        title=each.title,
        status=each.status,
        amount_minor=each.amount_minor,
        currency=each.currency,
        order_id=show("ord", each.order_id) if each.order_id else None,
        attempt_count=each.attempt_count,
        since=moment_text(each.since),
    )
