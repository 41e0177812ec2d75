"""What can be done about a contract: pause it, resume it, cancel it, keep it after all."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import (
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    MomentIn,
    OneOf,
    Shape,
    moment_in,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.subscriptions.contracts import ContractDetail, contract_detail
from app.core.errors import Denied
from app.core.ids import parse, show
from app.domain.signing.types import REFUNDS
from app.read.subscriptions import cancellations, plans
from app.read.subscriptions import contracts as read
from app.workflow.subscriptions import change_contract


class PauseRequest(Shape):
    """Until when."""

    resumes_at: Annotated[
        MomentIn | None, Field(description="Null: until you resume it.", examples=["2027-01-31T09:00:00Z"])
    ] = None


class CancelRequest(Shape):
    """When it ends."""

    at: Annotated[
        Literal["period_end", "now"],
        Field(description="`now` ends the membership at once."),
    ] = "period_end"
    refund: Annotated[
        Literal["none", "proportional", "full"] | None,
        Field(
            description="With `now`: what is refunded of the running cycle, its remaining share or all of it. Null: as "
            "the plan says. To choose another than the plan’s, the key needs `refunds.write`."
        ),
    ] = None


class Cancellation(Answer):
    """What cancelling a contract would mean now."""

    ends_at: Moment
    membership_ends_at: Annotated[Moment | None, Field(description="When what is paid ends; null if nothing runs.")]
    refund: Annotated[str, OneOf(REFUNDS)]
    refund_minor: AnyAmountMinor
    currency: Currency
    order_id: Annotated[str | None, Field(description="The order that is refunded.")]


@v1.post(
    "/contracts/{contract_id}/pause",
    body=PauseRequest,
    answer=ContractDetail,
    permission="contracts.write",
    tag="Contracts",
    errors=("contract_state", "cycle_in_progress", "invalid_pause", "version_conflict"),
)
def pause_contract(caller: KeyCaller, contract_id: str, body: PauseRequest) -> ContractDetail:
    """Pause a contract.

    Nothing is charged until it is resumed. What is paid stays the buyer's to its end.
    """
    known = parse("con", contract_id)
    change_contract.pause_contract(caller.business_id, known, resumes_at=moment_in(body.resumes_at), actor=caller.actor)
    return contract_detail(read.contract(caller.business_id, known))


@v1.post(
    "/contracts/{contract_id}/resume",
    answer=ContractDetail,
    permission="contracts.write",
    tag="Contracts",
    errors=("contract_state", "version_conflict"),
)
def resume_contract(caller: KeyCaller, contract_id: str) -> ContractDetail:
    """Resume a paused contract.

    Within a paid period it goes on as before; later, a new period begins now and is charged.
    """
    known = parse("con", contract_id)
    change_contract.resume_contract(caller.business_id, known, actor=caller.actor)
    return contract_detail(read.contract(caller.business_id, known))


@v1.post(
    "/contracts/{contract_id}/preview",
    body=CancelRequest,
    answer=Cancellation,
    permission="contracts.read",
    tag="Contracts",
    errors=("contract_state", "cycle_in_progress"),
)
def preview_cancellation(caller: KeyCaller, contract_id: str, body: CancelRequest) -> Cancellation:
    """Preview a cancellation.

    When the contract and its membership would end, and what would be refunded. Nothing is written.
    """
    known = parse("con", contract_id)
    found = cancellations.cancellation(caller.business_id, known, at_once=body.at == "now", refund=body.refund)
    return Cancellation(
        ends_at=moment_text(found.ends_at),
        membership_ends_at=moment_text(found.membership_ends_at),
        refund=found.mode,
        refund_minor=found.refund.minor,
        currency=found.refund.currency,
        order_id=show("ord", found.order_id) if found.order_id is not None else None,
    )


@v1.post(
    "/contracts/{contract_id}/cancel",
    body=CancelRequest,
    answer=ContractDetail,
    permission="contracts.write",
    tag="Contracts",
    errors=(
        "contract_state",
        "cycle_in_progress",
        "payment_in_progress",
        "order_state",
        "denied",
        "version_conflict",
    ),
)
def cancel_contract(caller: KeyCaller, contract_id: str, body: CancelRequest) -> ContractDetail:
    """Cancel a contract.

    At the end of its period, or now: then what the plan says is refunded of the running cycle. Preview it first.
    """
    known = parse("con", contract_id)
    if body.at == "now":
        refund = _chosen_refund(caller, known, body.refund)
        change_contract.cancel_now(caller.business_id, known, actor=caller.actor, refund=refund)
    else:
        change_contract.cancel_at_period_end(caller.business_id, known, actor=caller.actor)
    return contract_detail(read.contract(caller.business_id, known))


def _chosen_refund(caller: KeyCaller, contract_id: UUID, refund: str | None) -> str | None:
    """Money that the plan does not promise is given by whoever may refund."""
    if refund is None or caller.may("refunds.write"):
        return refund
    contract = read.contract(caller.business_id, contract_id)
    if plans.plan(caller.business_id, contract.row.plan_id).row.cancel_refund != refund:
        raise Denied("denied", "To choose another refund than the plan’s, this needs the permission refunds.write.")
    return refund


@v1.post(
    "/contracts/{contract_id}/uncancel",
    answer=ContractDetail,
    permission="contracts.write",
    tag="Contracts",
    errors=("contract_state", "version_conflict"),
)
def uncancel_contract(caller: KeyCaller, contract_id: str) -> ContractDetail:
    """Take a cancellation back.

    It renews as before.
    """
    known = parse("con", contract_id)
    change_contract.uncancel(caller.business_id, known)
    return contract_detail(read.contract(caller.business_id, known))
