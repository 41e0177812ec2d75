"""Changes of a contract’s plan, quantity and calendar, with what they cost."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
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
from app.api.v1.subscriptions.contracts import PlanId
from app.core.ids import parse, show
from app.domain.signing.planned_changes import Planned
from app.domain.signing.states import ChangeStatus
from app.domain.signing.types import ChangeTerms
from app.read.subscriptions import changes as read
from app.workflow.subscriptions import change_terms

_REFUSED = (
    "not_found",
    "contract_state",
    "cycle_in_progress",
    "change_in_progress",
    "change_not_now",
    "change_not_offered",
    "above_mandate",
    "preview_expired",
    "nothing_changes",
    "invalid_anchor_day",
    "plan_archived",
    "plan_quantity",
    "plan_no_price",
)


class ChangeRequest(Shape):
    """What is to change; null stays as it is."""

    plan_id: PlanId | None = None
    quantity: Annotated[int | None, Field(ge=1, le=1000)] = None
    anchor_day: Annotated[
        int | None,
        Field(
            ge=1, le=31, description="Periods begin on this day of the month from now on (of the week, 1 is Monday)."
        ),
    ] = None
    at: Annotated[
        Literal["now", "period_end"],
        Field(description="`now` charges the rest of the period at the new price, less what the old one gives back."),
    ] = "now"
    effective_at: Annotated[
        MomentIn | None,
        Field(
            description="With `now`: the `effective_at` of a preview of the last hour, to pay what that said to the "
            "cent.",
            examples=["2027-01-31T09:00:00Z"],
        ),
    ] = None


class MadeChangeRequest(ChangeRequest):
    """A change to make."""

    due_minor: Annotated[
        int | None,
        Field(ge=0, description="What the preview said is charged now; if it is another amount, nothing is changed."),
    ] = None


class ChangePreview(Answer):
    """What a change would mean now."""

    plan_id: str
    quantity: int
    at: Annotated[str, OneOf(("now", "period_end"))]
    effective_at: Moment
    period_ends_at: Annotated[Moment, Field(description="When the period ends that the change begins or follows.")]
    currency: Currency
    charge_minor: Annotated[AnyAmountMinor, Field(description="The new price of the rest of the period.")]
    credit_minor: Annotated[AnyAmountMinor, Field(description="What is given back of the period that is paid.")]
    used_minor: Annotated[AnyAmountMinor, Field(description="How much credit pays for the charge.")]
    due_minor: Annotated[AnyAmountMinor, Field(description="Charged now: `charge_minor` less `used_minor`.")]
    left_minor: Annotated[AnyAmountMinor, Field(description="Credit that is left for the next charges.")]
    next_minor: Annotated[AnyAmountMinor, Field(description="What a whole period costs from then on.")]


class ContractChange(Answer):
    """A change of a contract."""

    id: str
    status: Annotated[str, OneOf(ChangeStatus)]
    contract_id: str
    at: Annotated[str, OneOf(("now", "period_end"))]
    from_plan_id: str
    from_quantity: int
    plan_id: str
    quantity: int
    unit_minor: AnyAmountMinor
    anchor_day: int | None
    effective_at: Moment
    currency: Currency
    charge_minor: AnyAmountMinor
    credit_minor: AnyAmountMinor
    used_minor: AnyAmountMinor
    due_minor: AnyAmountMinor
    order_id: Annotated[str | None, Field(description="The order that the change is paid by.")]
    failure_code: Annotated[str | None, Field(description="Why it could not be charged.")]
    decided_at: Moment | None
    created_at: Moment


@v1.post(
    "/contracts/{contract_id}/changes/preview",
    body=ChangeRequest,
    answer=ChangePreview,
    permission="contracts.read",
    tag="Contracts",
    errors=_REFUSED,
)
def preview_contract_change(caller: KeyCaller, contract_id: str, body: ChangeRequest) -> ChangePreview:
    """Preview a change.

    What would be charged and given back, to the cent. Nothing is written.
    """
    return _preview(change_terms.preview(caller.business_id, parse("con", contract_id), _terms(body)))


@v1.post(
    "/contracts/{contract_id}/changes",
    body=MadeChangeRequest,
    answer=ContractChange,
    status=201,
    permission="contracts.write",
    idempotent=True,
    tag="Contracts",
    errors=(*_REFUSED, "terms_changed", "not_on_sale", "out_of_stock", "currency_not_accepted", "version_conflict"),
)
def create_contract_change(
    caller: KeyCaller, contract_id: str, body: MadeChangeRequest, claim_id: UUID
) -> Callable[[], ContractChange]:
    """Change a contract.

    Now, it is charged in the way that the contract is paid: `applied` when that is paid, `failed` when it is refused,
    and `charging` until the payment company has said. The contract’s terms are the old ones until then. At
    `period_end`, the change is `scheduled`.
    """
    known = parse("con", contract_id)
    change_terms.change_contract(
        caller.business_id, known, _terms(body), actor=caller.actor, change_id=claim_id, due_minor=body.due_minor
    )
    return lambda: _change(read.change(caller.business_id, known, claim_id))


@v1.get(
    "/contracts/{contract_id}/changes",
    query=ListQuery,
    answer=Page[ContractChange],
    permission="contracts.read",
    tag="Contracts",
)
def list_contract_changes(caller: KeyCaller, contract_id: str, query: ListQuery) -> Page[ContractChange]:
    """List a contract’s changes, newest first."""
    known = parse("con", contract_id)
    found = read.list_changes(caller.business_id, known, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_change, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/contracts/{contract_id}/changes/{change_id}/cancel",
    answer=ContractChange,
    permission="contracts.write",
    tag="Contracts",
    errors=("change_state", "version_conflict"),
)
def cancel_contract_change(caller: KeyCaller, contract_id: str, change_id: str) -> ContractChange:
    """Take back a scheduled change."""
    contract, change = parse("con", contract_id), parse("cch", change_id)
    change_terms.cancel_change(caller.business_id, contract, change, actor=caller.actor)
    return _change(read.change(caller.business_id, contract, change))


def _terms(body: ChangeRequest) -> ChangeTerms:
    return ChangeTerms(
        plan_id=None if body.plan_id is None else parse("plan", body.plan_id),
        quantity=body.quantity,
        anchor_day=body.anchor_day,
        at=body.at,
        effective_at=moment_in(body.effective_at),
    )


def _preview(found: Planned) -> ChangePreview:
    cost = found.cost
    return ChangePreview(
        plan_id=show("plan", found.plan.id),
        quantity=found.quantity,
        at=found.at,
        effective_at=moment_text(found.effective_at),
        period_ends_at=moment_text(found.ends_at),
        currency=found.unit.currency,
        charge_minor=cost.charge.minor if cost is not None else 0,
        credit_minor=cost.credit.minor if cost is not None else 0,
        used_minor=cost.used.minor if cost is not None else 0,
        due_minor=cost.due.minor if cost is not None else 0,
        left_minor=cost.left.minor if cost is not None else found.balance_minor,
        next_minor=found.next_amount.minor,
    )


def _change(row: read.ChangeRow) -> ContractChange:
    return ContractChange(
        id=show("cch", row.id),
        status=row.status,
        contract_id=show("con", row.contract_id),
        at=row.at,
        from_plan_id=show("plan", row.from_plan_id),
        from_quantity=row.from_quantity,
        plan_id=show("plan", row.plan_id),
        quantity=row.quantity,
        unit_minor=row.unit_minor,
        anchor_day=row.anchor_day,
        effective_at=moment_text(row.effective_at),
        currency=row.currency,
        charge_minor=row.charge_minor,
        credit_minor=row.credit_minor,
        used_minor=row.used_minor,
        due_minor=row.due_minor,
        order_id=show("ord", row.order_id) if row.order_id is not None else None,
        failure_code=row.failure_code,
        decided_at=moment_text(row.decided_at),
        created_at=moment_text(row.created_at),
    )
