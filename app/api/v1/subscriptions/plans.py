"""Plans: what a SKU is sold for again and again."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, Shape, ShortText, SkuId, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.core.money import MAX_MINOR
from app.domain.signing.calendar import Interval, Unit
from app.domain.signing.states import PlanStatus
from app.domain.signing.types import FINAL_STEPS, REFUNDS, PlanPriceTerms, PlanTerms
from app.read.subscriptions import plans as read
from app.workflow.subscriptions import manage_plans

Price = Annotated[int, Field(ge=0, le=MAX_MINOR, description="Of one unit, in minor units of the currency.")]
CatchUp = Annotated[
    str,
    OneOf(("current", "all", "none")),
    Field(
        description="After an outage: `current` charges the present period only, `all` every missed one, "
        "`none` waits for the next."
    ),
]


CancelRefund = Annotated[
    str,
    OneOf(REFUNDS),
    Field(
        description="What is refunded of the running cycle when a contract is cancelled `now`: nothing, the share of "
        "the time left, or all of it."
    ),
]
FinalStep = Annotated[
    str,
    OneOf(FINAL_STEPS),
    Field(
        description="After the last refusal of a cycle: `end` the contract, or `pause` it until somebody resumes it."
    ),
]


class PlanPrice(Shape):
    """What one unit costs in a cycle, in one currency."""

    currency: Currency
    unit_minor: Price
    intro_minor: Annotated[Price | None, Field(description="In each of the first `intro_cycles`.")] = None


class PlanRequest(Shape):
    """A plan. Its terms never change; for other terms, make another plan."""

    sku_id: SkuId
    code: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", examples=["gold-monthly"])]
    name: Annotated[ShortText, Field(description="Buyers see it.", examples=["Gold, monthly"])]
    interval: Annotated[str, OneOf(Unit), Field(examples=["month"])]
    interval_count: Annotated[int, Field(ge=1, le=366, description="2 with `week`: every two weeks.")] = 1
    prices: Annotated[list[PlanPrice], Field(min_length=1, max_length=50)]
    trial_days: Annotated[int, Field(ge=0, le=730, description="Free days before the first charge.")] = 0
    intro_cycles: Annotated[int, Field(ge=0, le=120)] = 0
    cycle_count: Annotated[
        int | None, Field(ge=1, le=1200, description="Charged cycles; null: until it is cancelled.")
    ] = None
    anchor_day: Annotated[
        int | None,
        Field(
            ge=1,
            le=31,
            description="Periods begin on this day of the month (of the week, 1 is Monday); the first is shorter and "
            "charged by its share. Null: on the day of signing.",
        ),
    ] = None
    max_quantity: Annotated[int, Field(ge=1, le=1000)] = 1
    retry_days: Annotated[
        list[Annotated[int, Field(ge=1, le=90)]],
        Field(max_length=20, description="Days after each refusal until the next try; then the contract ends."),
    ] = [1, 3, 5, 7]
    catch_up: CatchUp = "current"
    cancel_refund: CancelRefund = "none"
    final_step: FinalStep = "end"
    change_group: Annotated[
        ShortText | None,
        Field(description="Buyers change by themselves between active plans of one group. Null: they do not."),
    ] = None


class PlanPriceAnswer(Answer):
    """What one unit costs in a cycle, in one currency."""

    currency: Currency
    unit_minor: AnyAmountMinor
    intro_minor: AnyAmountMinor | None


class Plan(Answer):
    """What a SKU is sold for again and again."""

    id: str
    status: Annotated[str, OneOf(PlanStatus)]
    sku_id: str
    code: str
    name: str
    interval: Annotated[str, OneOf(Unit)]
    interval_count: int
    prices: list[PlanPriceAnswer]
    trial_days: int
    intro_cycles: int
    cycle_count: int | None
    anchor_day: int | None
    max_quantity: int
    retry_days: list[int]
    catch_up: CatchUp
    cancel_refund: CancelRefund
    final_step: FinalStep
    change_group: str | None
    created_at: Moment


class PlanQuery(ListQuery):
    """What a list of plans may be narrowed by."""

    status: Annotated[str, OneOf(PlanStatus)] | None = None
    sku_id: SkuId | None = None


@v1.get("/plans", query=PlanQuery, answer=Page[Plan], permission="products.read", tag="Plans")
def list_plans(caller: KeyCaller, query: PlanQuery) -> Page[Plan]:
    """List plans, newest first."""
    sku_id = None if query.sku_id is None else parse("sku", query.sku_id)
    found = read.list_plans(
        caller.business_id, status=query.status, sku_id=sku_id, after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_plan, key=lambda each: (each.created_at, each.id))


@v1.post(
    "/plans",
    body=PlanRequest,
    answer=Plan,
    status=201,
    permission="products.write",
    idempotent=True,
    tag="Plans",
    errors=("not_found", "invalid_plan", "code_taken", "limit_reached", "unknown_currency", "shipped_product"),
)
def create_plan(caller: KeyCaller, body: PlanRequest, claim_id: UUID) -> Callable[[], Plan]:
    """Create a plan.

    The SKU is sold by it besides being sold once.
    """
    prices = [
        PlanPriceTerms(currency=each.currency, unit_minor=each.unit_minor, intro_minor=each.intro_minor)
        for each in body.prices
    ]
    terms = PlanTerms(
        code=body.code,
        name=body.name,
        interval=Interval(Unit(body.interval), body.interval_count),
        prices=prices,
        trial_days=body.trial_days,
        intro_cycles=body.intro_cycles,
        cycle_count=body.cycle_count,
        anchor_day=body.anchor_day,
        max_quantity=body.max_quantity,
        retry_days=body.retry_days,
        catch_up=body.catch_up,
        cancel_refund=body.cancel_refund,
        final_step=body.final_step,
        change_group=body.change_group,
    )
    sku_id = parse("sku", body.sku_id)
    made = manage_plans.create_plan(caller.business_id, sku_id, terms, actor=caller.actor, plan_id=claim_id)
    return lambda: _plan(read.plan(caller.business_id, made))


@v1.get("/plans/{plan_id}", answer=Plan, permission="products.read", tag="Plans")
def get_plan(caller: KeyCaller, plan_id: str) -> Plan:
    """Get a plan."""
    return _plan(read.plan(caller.business_id, parse("plan", plan_id)))


@v1.post("/plans/{plan_id}/archive", answer=Plan, permission="products.write", tag="Plans")
def archive_plan(caller: KeyCaller, plan_id: str) -> Plan:
    """Archive a plan.

    Nobody can sign it any more; contracts of it go on.
    """
    known = parse("plan", plan_id)
    manage_plans.archive_plan(caller.business_id, known, actor=caller.actor)
    return _plan(read.plan(caller.business_id, known))


@v1.post("/plans/{plan_id}/unarchive", answer=Plan, permission="products.write", tag="Plans")
def unarchive_plan(caller: KeyCaller, plan_id: str) -> Plan:
    """Offer an archived plan again."""
    known = parse("plan", plan_id)
    manage_plans.offer_plan(caller.business_id, known, actor=caller.actor)
    return _plan(read.plan(caller.business_id, known))


def _plan(found: read.PlanWithPrices) -> Plan:
    row = found.row
    return Plan(
        id=show("plan", row.id),
        status=row.status,
        sku_id=show("sku", row.sku_id),
        code=row.code,
        name=row.name,
        interval=row.interval_unit,
        interval_count=row.interval_count,
        prices=[
            PlanPriceAnswer(currency=each.currency, unit_minor=each.unit_minor, intro_minor=each.intro_minor)
            for each in found.prices
        ],
        trial_days=row.trial_days,
        intro_cycles=row.intro_cycles,
        cycle_count=row.cycle_count,
        anchor_day=row.anchor_day,
        max_quantity=row.max_quantity,
        retry_days=[int(days) for days in row.retry_days],
        catch_up=row.catch_up,
        cancel_refund=row.cancel_refund,
        final_step=row.final_step,
        change_group=row.change_group,
        created_at=moment_text(row.created_at),
    )
