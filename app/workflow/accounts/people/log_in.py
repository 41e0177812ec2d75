"""A person signs in with email address and password. The caller throttles; this tells nobody why it said no."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from app.core import db
from app.core.db import transient_errors
from app.core.security import passwords
from app.domain.accounts.business import queries
from app.domain.accounts.business.models import User


def log_in(email: str, password: str) -> uuid.UUID | None:
    """The person's id, or None when address and password do not match; both answers take the same time.

    The hash is made again when it was made at another cost than today's.
    """
    with db.system_reading():
        user = queries.user_by_email(email.strip().lower())
    if not passwords.matches(password, user.password_hash if user else None):
        return None
    assert user is not None
    if passwords.is_outdated(user.password_hash):
        fresh = passwords.hash_password(password)
        with transient_errors.best_effort("hash of today's cost"), db.system_phase("log_in.rehash"):
            db.run(update(User).where(User.id == user.id).values(password_hash=fresh))
    return user.id
