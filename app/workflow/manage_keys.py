"""API keys: made and shown once, recognised by hash, revoked."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from app.core import clock, crypto, db
from app.core.errors import Invalid, NotFound, Unauthenticated
from app.core.ids import new_id
from app.domain.business.models import ApiKey, Business

KNOWN_S = 1.0
MOST_KNOWN = 10_000
_known: dict[tuple[str, str], tuple[Caller, float]] = {}

KINDS = {"secret": "sk", "publishable": "pk"}
keys = ApiKey.__table__


@dataclass(frozen=True)
class NewKey:
    """A key and the only copy of its secret."""

    id: uuid.UUID
    secret: str


@dataclass(frozen=True)
class Caller:
    """Who calls with a key."""

    business_id: uuid.UUID
    key_id: uuid.UUID
    mode: str


def create_key(business_id: uuid.UUID, *, name: str, kind: str) -> NewKey:
    """Make a key of `kind` secret or publishable; the text of a secret one is kept nowhere.

    Raises:
        Invalid: no name, or no such kind.
    """
    if kind not in KINDS or not name.strip():
        raise Invalid("invalid_key", "A key has a name, and is secret or publishable.")
    with db.phase("manage_keys.create", business_id):
        mode = db.scalar(select(Business.mode).where(Business.id == business_id))
        secret = f"{KINDS[kind]}_{mode}_{secrets.token_urlsafe(32).replace('-', 'x').replace('_', 'y')}"
        key_id = new_id()
        db.add(
            ApiKey,
            id=key_id,
            name=name.strip()[:80],
            kind=kind,
            hint=f"{secret[:11]}…{secret[-4:]}",
            secret_hash=crypto.hash_secret(secret),
            public_text=secret if kind == "publishable" else None,
        )
    return NewKey(key_id, secret)


def revoke_key(business_id: uuid.UUID, key_id: uuid.UUID) -> None:
    """End a key at once; a second call changes nothing.

    Raises:
        NotFound: there is none.
    """
    with db.phase("manage_keys.revoke", business_id):
        known = db.first(_of(key_id))
        if known is None:
            raise NotFound("not_found", "There is no such key.")
        if not known.revoked:
            db.write(db.change(ApiKey, key_id, revoked=True, revoked_at=clock.now()), expect=1)
    _known.clear()


def authenticate_key(secret: str, *, kind: str = "secret") -> Caller:
    """Who this key belongs to. A key that was good is believed for KNOWN_S more, to spare the database a question
    with every request; that long a revoked one may still work in other processes.

    Raises:
        Unauthenticated: no such key, of another kind, or revoked.
    """
    name = (crypto.hash_secret(secret), kind)
    caller, until_s = _known.get(name, (None, 0.0))
    if caller is not None and until_s > time.monotonic():
        return caller
    with db.system_reading():
        found = db.first(
            select(keys.c.business_id, keys.c.id, keys.c.last_used_at, Business.mode)
            .join(Business, Business.id == keys.c.business_id)
            .where(keys.c.secret_hash == name[0], keys.c.kind == kind, ~keys.c.revoked)
        )
    if found is None:
        raise Unauthenticated("api_key_invalid", "This API key is unknown, revoked or of the wrong kind.")
    caller = Caller(found.business_id, found.id, found.mode)
    if found.last_used_at is None or found.last_used_at < clock.now() - timedelta(minutes=1):
        touch_key(caller)
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[name] = (caller, time.monotonic() + KNOWN_S)
    return caller


def touch_key(caller: Caller) -> None:
    """Note that the key was used; at most once a minute."""
    moment = clock.now()
    with db.phase("manage_keys.touch", caller.business_id):
        db.run(
            update(ApiKey)
            .where(
                ApiKey.business_id == caller.business_id,
                ApiKey.id == caller.key_id,
                func.coalesce(ApiKey.last_used_at, datetime.min.replace(tzinfo=UTC)) < moment - timedelta(minutes=1),
            )
            .values(last_used_at=moment)
        )


def list_keys(business_id: uuid.UUID) -> list[Row[Any]]:
    """Every key, newest first, without secrets."""
    with db.reading(business_id):
        return list(
            db.rows(select(keys).where(keys.c.business_id == business_id).order_by(keys.c.id.desc()).limit(200))
        )


def _of(key_id: uuid.UUID) -> Any:
    return select(keys).where(keys.c.business_id == db.here(), keys.c.id == key_id).with_for_update()
