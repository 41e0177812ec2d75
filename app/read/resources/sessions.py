"""Checkout sessions as the merchant's server sees them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.core import db
from app.core.errors import NotFound
from app.domain.business.models import Business
from app.domain.orders.models import CheckoutSession

sessions = CheckoutSession.__table__


def get_session(business_id: uuid.UUID, session_id: uuid.UUID) -> Row[Any]:
    """One session.

    Raises:
        NotFound: the business has no such session.
    """
    statement = select(sessions).where(sessions.c.business_id == business_id, sessions.c.id == session_id)
    with db.reading(business_id):
        found = db.first(statement)
    if found is None:
        raise NotFound("not_found", "There is no such checkout session.")
    return found


def allowed_origins(business_id: uuid.UUID) -> frozenset[str]:
    """The origins whose pages may show this business's checkout."""
    with db.reading(business_id):
        found = db.scalar(select(Business.allowed_origins).where(Business.id == business_id))
    return frozenset(str(origin) for origin in found or ())


def origins_of_session(session_id: uuid.UUID) -> frozenset[str]:
    """The origins whose pages may show this session, whosever it is.

    Raises:
        NotFound: there is no such session.
    """
    statement = select(sessions.c.business_id).where(sessions.c.id == session_id)
    with db.system_reading():
        business_id = db.scalar(statement)
    if business_id is None:
        raise NotFound("not_found", "There is no such checkout session.")
    return allowed_origins(business_id)
