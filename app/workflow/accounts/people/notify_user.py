"""A person is told by mail what happened to their account, so that they notice what they have not done."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, context, db
from app.core.security import crypto
from app.domain.accounts.business.models import User
from app.workflow.steps.notifications.queue_user_mail import queue

users = db.table(User)


def notify_user(user_id: uuid.UUID, what: str, *, address: str = "") -> None:
    """Queue, in the open phase, a mail to the person, of a kind that `render_user_mail` knows; `address` is the network
    address that it is about."""
    email = db.scalar(select(users.c.email).where(users.c.id == user_id))
    at = clock.actual().strftime("%Y-%m-%d %H:%M")
    queue("security", email, {"what": what, "at": at, "address": address or context.current().get("address", "")})


def notify_of_sign_in(user_id: uuid.UUID, *, address: str, known: list[str]) -> str:
    """Tell the person of a sign-in, unless the browser has one of theirs among the marks that it keeps, or they are
    quite new. The mark by which the browser knows them from now on."""
    with db.system_phase("notify_user.sign_in"):
        row = db.first(select(users.c.email, users.c.created_at).where(users.c.id == user_id))
        assert row is not None
        if mark_of(row.email) not in known and (clock.actual() - row.created_at).total_seconds() > 600:
            notify_user(user_id, "new_device", address=address)
    return mark_of(row.email)


def mark_of(email: str) -> str:
    """The mark by which a browser knows that this account has signed in there."""
    return crypto.hash_secret(f"device {email.strip().lower()}")[:16]
