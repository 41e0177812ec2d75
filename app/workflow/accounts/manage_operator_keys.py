"""Keys of whoever runs the installation: made and shown once on the command line, revoked there, recognised by their
hash. They open businesses and look after them; what a business has they never see."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import Invalid, NotFound, Unauthenticated
from app.core.ids import new_id
from app.core.security import crypto
from app.domain.accounts.people.models import OperatorKey

PREFIX = "ok_"
MAX_NAME = 80
MAX_KEYS = 100
NOTED_EVERY = timedelta(minutes=1)
keys = db.table(OperatorKey)


@dataclass(frozen=True)
class NewOperatorKey:
    """A key, and the only copy of its secret."""

    id: uuid.UUID
    secret: str


def create_operator_key(name: str) -> NewOperatorKey:
    """Make a key.

    Raises:
        Invalid: no name, or too long a one.
    """
    called = " ".join(name.split())
    if not called or len(called) > MAX_NAME:
        raise Invalid("invalid_parameter", f"Enter a name of at most {MAX_NAME} characters.")
    key_id, secret = new_id(), PREFIX + secrets.token_urlsafe(32)
    with db.system_phase("manage_operator_keys.create"):
        hint = f"{PREFIX}…{secret[-4:]}"
        db.add(OperatorKey, id=key_id, name=called, hint=hint, secret_hash=crypto.hash_secret(secret))
    return NewOperatorKey(key_id, secret)


def revoke_operator_key(key_id: uuid.UUID) -> None:
    """Refuse the key from now on. A second call changes nothing.

    Raises:
        NotFound: there is none.
    """
    with db.system_phase("manage_operator_keys.revoke"):
        if db.scalar(select(keys.c.id).where(keys.c.id == key_id)) is None:
            raise NotFound("not_found", "There is no such key.")
        open_ = keys.c.id == key_id, keys.c.revoked_at.is_(None)
        db.run(update(OperatorKey).where(*open_).values(revoked_at=clock.actual()))


def operator_keys() -> Sequence[OperatorKey]:
    """The keys that are not revoked, the newest first."""
    with db.system_reading():
        return db.rows(select(keys).where(keys.c.revoked_at.is_(None)).order_by(keys.c.id.desc()).limit(MAX_KEYS))


def authenticate_operator(secret: str) -> uuid.UUID:
    """The id of the key.

    Raises:
        Unauthenticated: no such key, or revoked.
    """
    with db.system_reading():
        mine = keys.c.secret_hash == crypto.hash_secret(secret), keys.c.revoked_at.is_(None)
        found = db.first(select(keys).where(*mine))
    if found is None:
        raise Unauthenticated("api_key_invalid", "This operator key is unknown or revoked.")
    if found.last_used_at is None or found.last_used_at < clock.actual() - NOTED_EVERY:
        with db.system_phase("manage_operator_keys.touch"):
            db.run(update(OperatorKey).where(keys.c.id == found.id).values(last_used_at=clock.actual()))
    return found.id
