"""Whether a business may have one more of something, asked in the phase that makes it."""

from __future__ import annotations

import uuid

from sqlalchemy import select, text

from app.core import db
from app.core.db import locks
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.resources import COUNTED, Resource, limit_of, reached


def check_room(resource: Resource, *, business_id: uuid.UUID | None = None, besides: uuid.UUID | None = None) -> None:
    """In the open phase: go on only when the business may have one more. Until the phase ends, no other makes one, so
    that the last place is given once. `besides` is a row that does not count, because the new one takes its place.

    Raises:
        LimitReached: it has as many as it may.
    """
    limit, used = _counted(resource, business_id or db.here(), besides)
    if used >= limit:
        raise reached(resource, limit, used)


def room_for(resource: Resource) -> tuple[int, int]:
    """In the open phase, how many more the business may have, and its limit; held as `check_room` holds it."""
    limit, used = _counted(resource, db.here(), None)
    return max(0, limit - used), limit


def _counted(resource: Resource, business_id: uuid.UUID, besides: uuid.UUID | None) -> tuple[int, int]:
    locks.hold(f"resource {resource}", business_id)
    own = db.scalar(select(Business.resource_limits).where(Business.id == business_id))
    query = (
        f"SELECT count(*) FROM ({COUNTED[resource].rows}) r"  # noqa: S608 - no word of it comes from outside
        " WHERE r.business_id = :business AND r.id IS DISTINCT FROM :besides"
    )
    return limit_of(resource, own or {}), int(db.scalar(text(query), business=business_id, besides=besides))
