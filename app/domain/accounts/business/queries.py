"""Reading people, their memberships and keys."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.core import db
from app.domain.accounts.business.models import User


def user_by_email(email: str) -> Row[Any] | None:
    """The person with this email address (lower case) or None; id, password_hash."""
    return db.first(select(User.id, User.password_hash).where(User.email == email))


def user_exists(user_id: uuid.UUID) -> bool:
    """Whether there is such a person."""
    return db.scalar(select(User.id).where(User.id == user_id)) is not None
