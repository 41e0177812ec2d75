"""What a business owns, beside how much it may own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from app.core import db
from app.core.errors import NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.resources import COUNTED, Counted, OwnLimits, Resource, limit_of

# One statement for all; none of its words comes from outside.
_COUNTS = " UNION ALL ".join(
    f"SELECT '{key}' AS resource, count(*) AS used FROM ({each.rows}) r WHERE r.business_id = :business"  # noqa: S608
    for key, each in COUNTED.items()
)


@dataclass(frozen=True)
class ResourceUse:
    """One resource: how much of it the business has and may have. With a limit of its own: why, by whom, and when."""

    resource: Resource
    kind: Counted
    used: int
    limit: int
    is_default: bool
    reason: str = ""
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def is_reached(self) -> bool:
        """Whether one more is refused."""
        return self.used >= self.limit


def resource_limits(business_id: uuid.UUID) -> Sequence[ResourceUse]:
    """The resources of this business, in the order of the table."""
    with db.reading(business_id):
        return _uses(business_id)


def resource_limits_of(business_id: uuid.UUID) -> Sequence[ResourceUse]:
    """The same for an operator, of any business.

    Raises:
        NotFound: there is none.
    """
    with db.system_reading():
        return _uses(business_id)


def _uses(business_id: uuid.UUID) -> list[ResourceUse]:
    row = db.first(select(Business.resource_limits).where(Business.id == business_id))
    if row is None:
        raise NotFound("not_found", "There is no such business.")
    own: OwnLimits = row.resource_limits
    used = {each.resource: int(each.used) for each in db.rows(text(_COUNTS), business=business_id)}
    return [_use(resource, used[resource], own) for resource in Resource]


def _use(resource: Resource, used: int, own: OwnLimits) -> ResourceUse:
    limit, set_here = limit_of(resource, own), own.get(resource)
    if set_here is None:
        return ResourceUse(resource, COUNTED[resource], used, limit, is_default=True)
    about = set_here["reason"], set_here["set_by"], datetime.fromisoformat(set_here["set_at"])
    return ResourceUse(resource, COUNTED[resource], used, limit, False, *about)
