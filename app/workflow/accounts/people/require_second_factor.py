"""A business demands a second factor of its people."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from app.core import db
from app.core.errors import Conflict
from app.domain.accounts.business.models import Business
from app.domain.accounts.people import queries


def require_second_factor(business_id: uuid.UUID, *, is_on: bool, user_id: uuid.UUID) -> None:
    """Require a second factor of all members of this business, or stop requiring it. It takes effect with their next
    request: a member without one is led to the page where it is set up.

    Raises:
        Conflict: whoever asks for it has none.
    """
    with db.system_phase("require_second_factor.set"):
        if is_on and not queries.has_factor(user_id):
            raise Conflict("no_second_factor", "Set up two-step verification for yourself first.")
        db.run(update(Business).where(Business.id == business_id).values(requires_second_factor=is_on))
