"""Who calls with a key: recognised by its hash, and only as long, from where and for what it was made."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from app.core import clock, db
from app.core.db import transient_errors
from app.core.errors import Denied, Unauthenticated
from app.core.security import crypto
from app.domain.accounts.business.models import ApiKey, Business
from app.domain.accounts.business.scopes import permissions
from app.domain.accounts.business.standing import STANDING
from app.domain.accounts.business.tiers import TierLimits
from app.lib.networks import Network, read_address, read_networks

KNOWN_S = 1.0
MAX_KNOWN = 10_000
FOR_SERVERS = ("secret", "restricted")
FOR_PAGES = ("publishable",)
_known: dict[tuple[str, tuple[str, ...]], tuple[Caller, float]] = {}

keys = db.table(ApiKey)


@dataclass(frozen=True)
class Caller:
    """Who calls with a key, and what it allows: `permissions` has `*` for a key that may do all;
    `standing` is where the business stands (see standing.py)."""

    business_id: uuid.UUID
    key_id: uuid.UUID
    mode: str
    permissions: frozenset[str]
    api_version: str
    expires_at: datetime | None
    networks: tuple[Network, ...]
    standing: str | None
    tier_limits: TierLimits = field(default_factory=dict)

    def check(self, address: str | None) -> None:
        """Whether the key counts now, and from there.

        Raises:
            Unauthenticated: its time is over. Denied: not from this address.
        """
        if self.expires_at is not None and self.expires_at <= clock.actual():
            raise Unauthenticated("api_key_expired", "This API key has expired or was rolled.")
        if self.networks:
            found = read_address(address or "")
            if found is None or not any(found in network for network in self.networks):
                raise Denied("address_denied", f"This API key cannot be used from {found or 'an unknown address'}.")


def authenticate_key(secret: str, *, kinds: tuple[str, ...] = FOR_SERVERS, address: str | None = None) -> Caller:
    """Who this key belongs to; whether it counts is for `Caller.check` to say. A key that was found is believed for
    KNOWN_S more, to spare the database a question with every request; that long a revoked one may still work in other
    processes.

    Raises:
        Unauthenticated: no such key, of another kind, or revoked.
    """
    name = (crypto.hash_secret(secret), kinds)
    caller, until_s = _known.get(name, (None, 0.0))
    if caller is not None and until_s > time.monotonic():
        return caller
    with db.system_reading():
        found = db.first(
            select(*_READ, Business.mode, STANDING, Business.tier_limits)
            .join(Business, Business.id == keys.c.business_id)
            .where(keys.c.secret_hash == name[0], keys.c.kind.in_(kinds), ~keys.c.revoked)
        )
    if found is None:
        raise Unauthenticated("api_key_invalid", "This API key is unknown, revoked or of the wrong kind.")
    allowed = permissions(found.scopes) if found.kind == "restricted" else frozenset({"*"})
    networks = read_networks(",".join(found.addresses))
    caller = Caller(
        *(found.business_id, found.id, found.mode, allowed, found.api_version, found.expires_at, networks),
        *(found.standing, found.tier_limits),
    )
    if found.last_used_at is None or found.last_used_at < clock.actual() - timedelta(minutes=1):
        with transient_errors.best_effort("use of a key"):
            _touch(caller, address)
    if len(_known) >= MAX_KNOWN:
        _known.clear()
    _known[name] = (caller, time.monotonic() + KNOWN_S)
    return caller


def forget_known() -> None:
    """Look every key up again: one was changed."""
    _known.clear()


def _touch(caller: Caller, address: str | None) -> None:
    """Note that the key was used, and from where; at most once a minute."""
    moment = clock.actual()
    before = moment - timedelta(minutes=1)
    with db.phase("authenticate_key.touch", caller.business_id):
        db.run(
            update(ApiKey)
            .where(
                ApiKey.business_id == caller.business_id,
                ApiKey.id == caller.key_id,
                or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < before),
            )
            .values(last_used_at=moment, last_used_address=address)
        )


_READ = (
    *(keys.c.business_id, keys.c.id, keys.c.kind, keys.c.scopes, keys.c.addresses, keys.c.expires_at),
    *(keys.c.last_used_at, keys.c.api_version),
)
