"""How much the business may own."""

from app.api.kit.resource_shapes import ResourceLimit
from app.api.kit.shapes import Answer
from app.api.v1.api import KeyCaller, v1
from app.read.accounts.resource_limits import resource_limits


class ResourceLimits(Answer):
    """What the business owns, by resource."""

    data: list[ResourceLimit]


@v1.get("/business/limits", answer=ResourceLimits, permission="settings.read", tag="Settings")
def get_business_limits_of_key(caller: KeyCaller) -> ResourceLimits:
    """Get how much the business owns and may own.

    The operator of the installation sets the limits.
    """
    found = resource_limits(caller.business_id)
    return ResourceLimits(
        data=[
            ResourceLimit(resource=each.resource, used=each.used, limit=each.limit, is_default=each.is_default)
            for each in found
        ]
    )
