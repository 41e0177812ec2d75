"""Reading people, their memberships and keys."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import User


class Credentials(db.JoinedRow):
    """What a person is known again by."""

    id: uuid.UUID
    password_hash: str


def user_by_email(email: str) -> Credentials | None:
    """The person with this email address (lower case) or None."""
    return db.first(db.select_as(Credentials, select(User.id, User.password_hash).where(User.email == email)))


def user_exists(user_id: uuid.UUID) -> bool:
    """Whether there is such a person."""
    return db.scalar(select(User.id).where(User.id == user_id)) is not None
