"""Limits of a business by scenario."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import Answer, OneOf, Shape
from app.api.operator.api import OperatorCaller, operators
from app.core.ids import parse
from app.domain.accounts.business.tiers import MAX_PER_S, Scenario, TierLimit
from app.read.operations import installation
from app.workflow.accounts.count_request import states
from app.workflow.accounts.lifecycle.limit_business import set_limit

TAG = "Businesses"
PerSecond = Annotated[int, Field(ge=1, le=MAX_PER_S)]


class ScenarioLimit(Answer):
    """How much a business may ask of one scenario, and how much it asks now."""

    scenario: Annotated[str, OneOf(tuple(Scenario))]
    per_s: Annotated[int, Field(description="Requests a second, averaged over ten seconds.", examples=[400])]
    burst: Annotated[int, Field(description="Requests within one second.", examples=[800])]
    is_default: Annotated[bool, Field(description="Whether this is the default of the installation.")]
    used: Annotated[int, Field(description="Requests in the current ten seconds, as far as processes have told.")]


class ScenarioLimits(Answer):
    """The limits of a business, one for each scenario."""

    data: list[ScenarioLimit]


class LimitRequest(Shape):
    """A limit, or null for the default of the installation."""

    scenario: Annotated[str, OneOf(tuple(Scenario))]
    per_s: Annotated[PerSecond | None, Field(description="Null takes the limit back.")]
    burst: Annotated[PerSecond | None, Field(description="Twice `per_s` if absent.")] = None


@operators.get(
    "/businesses/{business_id}/limits",
    answer=ScenarioLimits,
    permission="businesses.read",
    tag=TAG,
    errors=("not_found",),
)
def get_business_limits(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
) -> ScenarioLimits:
    """Get the limits of a business, and what it asks now."""
    return _read(parse("biz", business_id))


@operators.post(
    "/businesses/{business_id}/limits",
    body=LimitRequest,
    answer=ScenarioLimits,
    permission="businesses.write",
    tag=TAG,
    errors=("not_found", "invalid_limit"),
)
def set_business_limit(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
    body: LimitRequest,
) -> ScenarioLimits:
    """Limit how much a business may ask of a scenario.

    Counts in every process within a second. The same request again changes nothing.
    """
    parsed_id = parse("biz", business_id)
    limit = None if body.per_s is None else TierLimit(per_s=body.per_s, burst=body.burst or 2 * body.per_s)
    set_limit(parsed_id, body.scenario, limit)
    return _read(parsed_id)


def _read(business_id: UUID) -> ScenarioLimits:
    found = states(business_id, installation.list_one(business_id).tier_limits)
    return ScenarioLimits(
        data=[
            ScenarioLimit(
                scenario=each.scenario,
                per_s=each.rate.per_s,
                burst=each.rate.burst,
                is_default=each.is_default,
                used=each.used,
            )
            for each in found
        ]
    )
