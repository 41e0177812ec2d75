"""What follows if a payment of a contract is refused, and refused again."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.api.kit.shapes import Answer, Moment, MomentIn, OneOf, QueryShape, moment_in, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.signing.retry_schedule import StepKind
from app.read.subscriptions import retry_schedules as read

SOFT, HARD = "soft", "hard"
Refusal = Annotated[
    str,
    OneOf((SOFT, HARD)),
    Field(
        description="`soft`: every try is refused for a reason that may pass. `hard`: the first one for a reason that "
        "another try cannot change. Payments from a wallet have no hard refusals."
    ),
]


def _near(text: str) -> str:
    if text[:4] > "2199":
        raise ValueError("must be before the year 2200")
    return text


class RetryStep(Answer):
    """A step, and what follows from it if the try is refused."""

    at: Moment
    kind: Annotated[str, OneOf(StepKind), Field(description="A `try`, or the last step: `end` or `pause`.")]
    try_number: int | None
    mail: Annotated[str | None, Field(description="The email to the buyer, if an address is known. Null: none.")]
    events: Annotated[list[str], Field(description="Types of the webhook events.")]


class RetrySchedule(Answer):
    """Each step by date, as if every try were refused. Empty if nothing is charged any more."""

    id: Annotated[str, Field(description="Of the plan or contract.")]
    refusal: Refusal
    steps: list[RetryStep]


class ContractRetryQuery(QueryShape):
    """What the refusals are like."""

    refusal: Refusal = SOFT


class PlanRetryQuery(ContractRetryQuery):
    """What the refusals are like, and when the payment is due."""

    due_at: Annotated[Annotated[MomentIn, AfterValidator(_near)] | None, Field(description="Null: now.")] = None


@v1.get(
    "/plans/{plan_id}/retry_schedule",
    query=PlanRetryQuery,
    answer=RetrySchedule,
    permission="products.read",
    tag="Plans",
)
def get_plan_retry_schedule(caller: KeyCaller, plan_id: str, query: PlanRetryQuery) -> RetrySchedule:
    """Preview the retries of a plan.

    What follows if a payment is refused. Writes nothing.
    """
    known = parse("plan", plan_id)
    found = read.schedule_of_plan(
        caller.business_id, known, due_at=moment_in(query.due_at), is_hard=query.refusal == HARD
    )
    return _schedule(show("plan", known), found)


@v1.get(
    "/contracts/{contract_id}/retry_schedule",
    query=ContractRetryQuery,
    answer=RetrySchedule,
    permission="contracts.read",
    tag="Contracts",
)
def get_contract_retry_schedule(caller: KeyCaller, contract_id: str, query: ContractRetryQuery) -> RetrySchedule:
    """Preview the retries of a contract.

    What follows if its next payment, or the one that is being tried, is refused. Writes nothing.
    """
    known = parse("con", contract_id)
    return _schedule(
        show("con", known), read.schedule_of_contract(caller.business_id, known, is_hard=query.refusal == HARD)
    )


def _schedule(shown: str, found: read.RetrySchedule) -> RetrySchedule:
    steps = [
        RetryStep(
            at=moment_text(each.at), kind=each.kind, try_number=each.number, mail=each.mail, events=list(each.events)
        )
        for each in found.steps
    ]
    return RetrySchedule(id=shown, refusal=HARD if found.is_hard else SOFT, steps=steps)
