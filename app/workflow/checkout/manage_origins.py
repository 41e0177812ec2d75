"""Which pages may show the business's checkout."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from app.core import db
from app.core.errors import Conflict, NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.origins import MAX_ORIGINS, read_origin


def add_origin(business_id: uuid.UUID, text: str) -> str:
    """Let pages of this origin show the checkout; the origin as it is kept. One that is there already is fine.

    Raises:
        Invalid: it is no origin, or not a safe one. Conflict: there are too many.
    """
    origin = read_origin(text)
    with db.system_phase("manage_origins.add"):
        known = _locked(business_id)
        if origin in known:
            return origin
        if len(known) >= MAX_ORIGINS:
            raise Conflict("too_many_origins", f"You can have at most {MAX_ORIGINS} origins. Remove one first.")
        _keep(business_id, [*known, origin])
    return origin


def remove_origin(business_id: uuid.UUID, origin: str) -> None:
    """Let pages of this origin no longer show the checkout; those that are open lose it with their next question.

    Raises:
        NotFound: it is not among them.
    """
    with db.system_phase("manage_origins.remove"):
        known = _locked(business_id)
        if origin not in known:
            raise NotFound("not_found", "There is no such origin.")
        _keep(business_id, [each for each in known if each != origin])


def _locked(business_id: uuid.UUID) -> list[str]:
    query = select(Business.allowed_origins).where(Business.id == business_id).with_for_update()
    return [str(origin) for origin in db.scalar(query) or ()]


def _keep(business_id: uuid.UUID, origins: list[str]) -> None:
    db.write(update(Business).where(Business.id == business_id).values(allowed_origins=origins), expect=1)
