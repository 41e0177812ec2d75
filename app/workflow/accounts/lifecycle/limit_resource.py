"""The operator limits how much a business may own of something, with a reason, and takes the limit back."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from app.core import clock, context, db
from app.core.errors import Invalid, NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.resources import COUNTED, MAX_REASON, OwnLimit, Resource, is_possible

businesses = db.table(Business)


def limit_resource(business_id: uuid.UUID, resource: str, most: int | None, *, reason: str) -> None:
    """Set how much the business may own; None for the installation's limit. What it has stays, also above the limit.
    The same again changes nothing.

    Raises:
        NotFound: no such business. Invalid: no such resource, a limit that cannot be, or no reason.
    """
    why = " ".join(reason.split())[:MAX_REASON]
    if resource not in tuple(Resource):
        text = f"Name one of {', '.join(Resource)}."
        raise Invalid("invalid_resource_limit", text, details={"param": "resource"})
    kind = COUNTED[Resource(resource)]
    if most is not None and not is_possible(Resource(resource), most):
        text = f"Enter a number from {kind.least:,} to {kind.most:,}."
        raise Invalid("invalid_resource_limit", text, details={"param": "most"})
    if not why:
        raise Invalid("invalid_resource_limit", "Enter a reason.", details={"param": "reason"})
    with db.system_phase("limit_resource.write"):
        row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update(key_share=True))
        if row is None:
            raise NotFound("not_found", "There is no such business.")
        before = row.resource_limits.get(resource)
        if (before and before["most"]) == most and (before is None or before["reason"] == why):
            return
        limits = {name: each for name, each in row.resource_limits.items() if name != resource}
        if most is not None:
            by, at = context.current().get("actor") or "system", clock.actual().isoformat()
            limits[resource] = OwnLimit(most=most, reason=why, set_by=by, set_at=at)
        db.write(update(Business).where(Business.id == business_id).values(resource_limits=limits), expect=1)
