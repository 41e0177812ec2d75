"""Reading people, their memberships and keys."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.core import db
from app.domain.accounts.business.models import Person


def person_by_email(email: str) -> Row[Any] | None:
    """The person with this e-mail address (lower case) or None; id, password_hash."""
    return db.first(select(Person.id, Person.password_hash).where(Person.email == email))


def person_exists(person_id: uuid.UUID) -> bool:
    """Whether there is such a person."""
    return db.scalar(select(Person.id).where(Person.id == person_id)) is not None
