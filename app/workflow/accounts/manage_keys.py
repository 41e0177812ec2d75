"""API keys: made and shown once, narrowed, replaced by a new one, revoked."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import Select, select

from app.core import clock, db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id, show
from app.core.security import crypto
from app.domain.accounts.business import rules
from app.domain.accounts.business.api_versions import VERSIONS
from app.domain.accounts.business.models import ApiKey, Business
from app.domain.accounts.business.resources import Resource
from app.domain.accounts.business.rules import MAX_KEY_ADDRESSES as MAX_KEY_ADDRESSES
from app.domain.accounts.business.rules import MAX_KEY_OVERLAP as MAX_KEY_OVERLAP
from app.domain.accounts.business.scopes import GRANTABLE, ordered
from app.domain.accounts.business.types import Access, ApprovalLimits
from app.lib.networks import read_networks
from app.workflow.accounts.authenticate_key import forget_known
from app.workflow.accounts.people.manage_team import revoke_requests_of
from app.workflow.steps.accounts.check_key_maker import KeyAccess, access_of_key, check_maker
from app.workflow.steps.accounts.check_limits import check_limits
from app.workflow.steps.accounts.check_room import check_room
from app.workflow.steps.accounts.principals_of import Principals, principals_of

KINDS_OF_LIMITS = rules.KINDS  # what a key may approve
KINDS = {"secret": "sk", "restricted": "rk", "publishable": "pk"}
keys = db.table(ApiKey)


@dataclass(frozen=True)
class NewKey:
    """A key, and the only copy of its secret."""

    id: uuid.UUID
    secret: str


@dataclass(frozen=True)
class KeyCommand:
    """What a key should be. `scopes` are for restricted keys; `addresses` are the networks it may be used from (empty:
    all), for keys of servers only. `api_version` moves the key to a version. Up to `approval_limits` a day (kind →
    currency → minor units) it approves what others request; None leaves them."""

    name: str
    scopes: Iterable[str] = ()
    addresses: Iterable[str] = ()
    expires_at: datetime | None = None
    api_version: str = ""
    approval_limits: ApprovalLimits | None = None


def may_make(own: Access, kind: str, scopes: Iterable[str] = ()) -> bool:
    """Whether an actor with this access may create such a key, or see the secret of one."""
    return own.cover(access_of_key(kind, scopes))


def create_key(business_id: uuid.UUID, *, name: str, kind: str, made_for: uuid.UUID | None = None) -> NewKey:
    """Create a key as the system, of `kind` secret or publishable and without an end, as `make_key` does; `made_for` is
    its principal. A key without a principal cannot request what takes two people."""
    principals = frozenset({made_for} if made_for else ())
    return make_key(business_id, KeyCommand(name), kind=kind, actor="system", principals=principals)


def make_key(
    business_id: uuid.UUID,
    command: KeyCommand,
    *,
    kind: str,
    actor: str,
    key_id: uuid.UUID | None = None,
    principals: Principals = frozenset(),
) -> NewKey:
    """Create a key; the secret of a server's key is not stored. With `key_id`, a key that exists already (its secret
    was shown to nobody) gets a new secret. Its principals are those of `actor`, and `principals`.

    Raises:
        Invalid: the message says what cannot be. LimitReached: there are as many as may be. Denied: it goes further
            than `actor`.
    """
    if kind not in KINDS:
        raise Invalid("invalid_key", "A key is secret, restricted or publishable.", details={"param": "kind"})
    made, columns = key_id or new_id(), _checked(command, kind)
    with db.phase("manage_keys.create", business_id):
        check_maker(actor, _reach(columns, kind))
        text, behind = _new_text(kind), principals | principals_of(actor)
        if (known := db.first(_of(made))) is not None:
            both = sorted(behind.union(known.principals))
            db.write(db.change(ApiKey, made, principals=both, **_columns_of(text, kind)), expect=1)
            return NewKey(made, text)
        check_room(Resource.KEYS)
        dated: dict[str, Any] = {"created_at": clock.actual(), **columns}
        db.add(ApiKey, id=made, kind=kind, principals=sorted(behind), **dated, **_columns_of(text, kind))
    return NewKey(made, text)


def change_key(business_id: uuid.UUID, key_id: uuid.UUID, command: KeyCommand, *, actor: str) -> None:
    """Change a key's scopes, networks and end; in other processes it takes up to a second.

    Raises:
        NotFound: there is none. Invalid: the message says what cannot be. Conflict: it was revoked. Denied: it would
        go further than `actor`.
    """
    with db.phase("manage_keys.change", business_id):
        known = _in_force(key_id)
        columns = _checked(command, known.kind, known)
        more: _MoreColumns = {}
        if (reach := _reach(columns, known.kind)) != KeyAccess.of(known):
            check_maker(actor, reach)
            more["principals"] = sorted(principals_of(actor).union(known.principals))
        if command.api_version in VERSIONS:
            more["api_version"] = command.api_version
        db.write(db.change(ApiKey, key_id, **columns, **more), expect=1)
    forget_known()


def roll_key(
    business_id: uuid.UUID,
    key_id: uuid.UUID,
    *,
    overlap: timedelta,
    actor: str,
    new_key_id: uuid.UUID | None = None,
) -> NewKey:
    """A new key that may do the same; the old one counts until the overlap is over, or its own end when that is sooner.
    A key with an end lives as long again. Behind it stand those behind the old one and those behind `actor`, who gets
    to see its text. With `new_key_id`, what was begun under it is finished.

    Raises:
        NotFound: there is no such key. Conflict: it was revoked, has expired, or was replaced already.
        Invalid: the overlap is longer than a week. Denied: the key goes further than `actor`.
    """
    if not timedelta(0) <= overlap <= MAX_KEY_OVERLAP:
        raise Invalid(
            "invalid_overlap", "The old key can stay valid for at most one week.", details={"param": "overlap_s"}
        )
    made, moment = new_key_id or new_id(), clock.actual()
    with db.phase("manage_keys.roll", business_id):
        old = _in_force(key_id)
        check_maker(actor, KeyAccess.of(old))
        text, principals = _new_text(old.kind), sorted(principals_of(actor).union(old.principals))
        if old.replaced_by == made:
            db.write(db.change(ApiKey, made, principals=principals, **_columns_of(text, old.kind)), expect=1)
            return NewKey(made, text)
        if old.replaced_by is not None or (old.expires_at is not None and old.expires_at <= moment):
            raise Conflict("key_inactive", "This key was already rolled or has expired. Create a new one.")
        until = None if old.expires_at is None else moment + (old.expires_at - old.created_at)
        ends = min(filter(None, (old.expires_at, moment + overlap)))
        db.write(db.change(ApiKey, key_id, replaced_by=made, expires_at=ends), expect=1)
        db.add(
            ApiKey,
            id=made,
            name=old.name,
            kind=old.kind,
            scopes=old.scopes,
            addresses=old.addresses,
            api_version=old.api_version,
            principals=principals,
            expires_at=until,
            approval_limits=old.approval_limits,
            **_columns_of(text, old.kind),
        )
    forget_known()
    return NewKey(made, text)


def revoke_key(business_id: uuid.UUID, key_id: uuid.UUID) -> None:
    """Revoke a key, and the invitations that it sent; a second call changes nothing.

    Raises:
        NotFound: there is none.
    """
    with db.phase("manage_keys.revoke", business_id):
        if not _locked(key_id).revoked:
            db.write(db.change(ApiKey, key_id, revoked=True, revoked_at=clock.actual()), expect=1)
            revoke_requests_of(f"key:{show('key', key_id)}")
    forget_known()


def _new_text(kind: str) -> str:
    mode = db.scalar(select(Business.mode).where(Business.id == db.here()))
    return f"{KINDS[kind]}_{mode}_{secrets.token_urlsafe(32).replace('-', 'x').replace('_', 'y')}"


class _TextColumns(TypedDict):
    hint: str
    secret_hash: str
    public_text: str | None


def _columns_of(text: str, kind: str) -> _TextColumns:
    """What is kept of the text of a key."""
    return {
        "hint": f"{text[:11]}…{text[-4:]}",
        "secret_hash": crypto.hash_secret(text),
        "public_text": text if kind == "publishable" else None,
    }


class _KeyColumns(TypedDict):
    name: str
    scopes: list[str]
    addresses: list[str]
    expires_at: datetime | None
    approval_limits: dict[str, Any]


class _MoreColumns(TypedDict, total=False):
    principals: list[uuid.UUID]
    api_version: str


def _checked(command: KeyCommand, kind: str, known: ApiKey | None = None) -> _KeyColumns:
    was_until = known.expires_at if known is not None else None
    name, scopes = command.name.strip()[:80], list(command.scopes)
    if not name:
        raise Invalid("invalid_key", "A key needs a name.", details={"param": "name"})
    if not set(scopes) <= GRANTABLE or bool(scopes) != (kind == "restricted"):
        detail = "A restricted key needs at least one valid scope; other keys have none."
        raise Invalid("invalid_scope", detail, details={"param": "scopes"})
    if command.expires_at is not None and command.expires_at != was_until and command.expires_at <= clock.actual():
        raise Invalid("invalid_key", "The expiry date must be in the future.", details={"param": "expires_at"})
    networks = _networks(command.addresses)
    if networks and kind == "publishable":
        detail = "Publishable keys cannot be limited by address; use allowed origins instead."
        raise Invalid("invalid_address", detail, details={"param": "addresses"})
    return {
        "name": name,
        "scopes": ordered(scopes),
        "addresses": networks,
        "expires_at": command.expires_at,
        "approval_limits": _limits(command, kind, known),
    }


def _limits(command: KeyCommand, kind: str, known: ApiKey | None) -> dict[str, Any]:
    if command.approval_limits is None:
        return known.approval_limits if known is not None else {}
    if command.approval_limits and kind == "publishable":
        detail = "Publishable keys cannot approve anything."
        raise Invalid("invalid_limit", detail, details={"param": "approval_limits"})
    return check_limits(command.approval_limits, KINDS_OF_LIMITS)


def _reach(columns: _KeyColumns, kind: str) -> KeyAccess:
    networks, ends = tuple(columns["addresses"]), columns["expires_at"]
    return KeyAccess(kind, tuple(columns["scopes"]), networks, ends, columns["approval_limits"])


def _networks(addresses: Iterable[str]) -> list[str]:
    try:
        found = list(dict.fromkeys(str(each) for text in addresses for each in read_networks(text)))
    except ValueError as error:
        detail = f"Enter addresses such as 203.0.113.9 or 203.0.113.0/24: {error}."
        raise Invalid("invalid_address", detail, details={"param": "addresses"}) from error
    if len(found) > MAX_KEY_ADDRESSES:
        detail = f"A key can have at most {MAX_KEY_ADDRESSES} networks."
        raise Invalid("invalid_address", detail, details={"param": "addresses"})
    return found


def _in_force(key_id: uuid.UUID) -> ApiKey:
    known = _locked(key_id)
    if known.revoked:
        raise Conflict("key_inactive", "This key has been revoked.")
    return known


def _locked(key_id: uuid.UUID) -> ApiKey:
    known = db.first(_of(key_id))
    if known is None:
        raise NotFound("not_found", "There is no such key.")
    return known


def _of(key_id: uuid.UUID) -> Select[ApiKey]:
    return select(keys).where(keys.c.business_id == db.here(), keys.c.id == key_id).with_for_update()
