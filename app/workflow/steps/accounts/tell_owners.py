"""The owners of a business are told by mail what became of it."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import Business, Membership, User
from app.workflow.steps.notifications.queue_user_mail import queue

MAX_OWNERS = 100
members, users = db.table(Membership), db.table(User)


def tell_owners(row: Business, level: str, reason: str) -> None:
    """In the open system phase: queue a mail to each owner; `level` is a kind of suspension, `closed`, or empty when a
    suspension was lifted."""
    own = members.c.business_id == row.id, members.c.role == "owner", members.c.left_at.is_(None)
    query = select(users.c.email).join(members, members.c.user_id == users.c.id).where(*own)
    for owner in db.rows(query.order_by(users.c.email).limit(MAX_OWNERS)):
        queue("suspension", owner.email, {"business": row.name, "mode": row.mode, "level": level, "reason": reason})
