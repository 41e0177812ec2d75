"""Ending a checkout session that has no order."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db, states
from app.domain.orders.models import CheckoutSession
from app.domain.orders.states import SESSION, SessionStatus

sessions = db.table(CheckoutSession)


def end_session(business_id: uuid.UUID, session_id: uuid.UUID, to: str) -> None:
    """End a session that has no order; one that is over stays as it is."""
    with db.phase("end_session.end", business_id):
        conditions = sessions.c.business_id == business_id, sessions.c.id == session_id
        session = db.first(select(sessions).where(*conditions).with_for_update())
        if session is not None and session.status == SessionStatus.OPEN and session.order_id is None:
            states.advance(SESSION, session, to, reason=to, actor="system")
