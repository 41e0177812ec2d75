"""How much a business may own."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.resource_shapes import ResourceLimit
from app.api.kit.shapes import PRINTABLE, Answer, Moment, OneOf, Shape, moment_text
from app.api.operator.api import OperatorCaller, operators
from app.core.ids import parse
from app.domain.accounts.business.resources import MAX_REASON, Resource
from app.read.accounts import resource_limits as read
from app.workflow.accounts.lifecycle.limit_resource import limit_resource

TAG = "Businesses"


class BusinessResourceLimit(ResourceLimit):
    """How much of one resource a business has and may have, and who has set so."""

    reason: Annotated[str, Field(description="Why an operator has set it; empty for the installation's limit.")]
    set_by: Annotated[str, Field(description="Who has set it.", examples=["operator:usr_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
    set_at: Moment | None


class BusinessResourceLimits(Answer):
    """What a business owns, by resource."""

    data: list[BusinessResourceLimit]


class ResourceLimitRequest(Shape):
    """A limit, or null for the limit of the installation."""

    resource: Annotated[str, OneOf(tuple(Resource))]
    limit: Annotated[
        Annotated[int, Field(ge=0, le=1_000_000)] | None, Field(description="Null takes the limit back.", examples=[20])
    ]
    reason: Annotated[
        str,
        Field(min_length=1, max_length=MAX_REASON, description="Kept in the audit log.", examples=["Starter contract"]),
        PRINTABLE,
    ]


@operators.get(
    "/businesses/{business_id}/resource_limits",
    answer=BusinessResourceLimits,
    permission="businesses.read",
    tag=TAG,
    errors=("not_found",),
)
def get_business_resource_limits(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
) -> BusinessResourceLimits:
    """Get how much a business owns and may own."""
    return _read(parse("biz", business_id))


@operators.post(
    "/businesses/{business_id}/resource_limits",
    body=ResourceLimitRequest,
    answer=BusinessResourceLimits,
    permission="businesses.write",
    tag=TAG,
    errors=("not_found", "invalid_resource_limit"),
)
def set_business_resource_limit(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
    body: ResourceLimitRequest,
) -> BusinessResourceLimits:
    """Limit how much of a resource a business may own.

    What it has stays, also above the limit. The same request again changes nothing.
    """
    parsed_id = parse("biz", business_id)
    limit_resource(parsed_id, body.resource, body.limit, reason=body.reason)
    return _read(parsed_id)


def _read(business_id: UUID) -> BusinessResourceLimits:
    return BusinessResourceLimits(
        data=[
            BusinessResourceLimit(
                resource=each.resource,
                used=each.used,
                limit=each.limit,
                is_default=each.is_default,
                reason=each.reason,
                set_by=each.set_by,
                set_at=moment_text(each.set_at) if each.set_at else None,
            )
            for each in read.resource_limits_of(business_id)
        ]
    )
