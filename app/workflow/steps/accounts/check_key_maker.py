"""Nobody makes a key that may do more than they may themselves: people by their role, keys by what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core import db, ids
from app.core.errors import Denied
from app.domain.accounts.business import rules, scopes
from app.domain.accounts.business.models import ApiKey
from app.domain.accounts.business.types import APPROVED_WITH, KNOWN, Access, ApprovalLimits
from app.lib.networks import read_networks
from app.workflow.steps.accounts.access_of import access_of

keys = db.table(ApiKey)


@dataclass(frozen=True)
class KeyAccess:
    """How far a key goes: what it may do, from where (everywhere when there are no networks), until when, and up to how
    much it approves what others ask for."""

    kind: str
    scopes: tuple[str, ...]
    addresses: tuple[str, ...]
    expires_at: datetime | None
    approval_limits: ApprovalLimits = field(default_factory=dict)

    @classmethod
    def of(cls, key: ApiKey) -> KeyAccess:
        """Of a key's row."""
        return cls(key.kind, tuple(key.scopes), tuple(key.addresses), key.expires_at, key.approval_limits)

    def covers(self, other: KeyAccess) -> bool:
        """Whether the other key goes nowhere that this one does not. Publishable ones stand in pages and reach
        nothing."""
        if other.kind == "publishable":
            return True
        does = self.kind == "secret" or other.kind == "restricted" == self.kind and self._allows(other)
        ends = self.expires_at is None or (other.expires_at is not None and other.expires_at <= self.expires_at)
        approves = rules.within(other.approval_limits, self.approval_limits)
        return does and ends and approves and self._is_around(other)

    def _allows(self, other: KeyAccess) -> bool:
        return scopes.permissions(other.scopes) <= scopes.permissions(self.scopes)

    def _is_around(self, other: KeyAccess) -> bool:
        own, their_networks = (read_networks(",".join(each.addresses)) for each in (self, other))
        inside = all(any(_is_within(network, around) for around in own) for network in their_networks)
        return not own or (bool(their_networks) and inside)


def check_maker(actor: str, key: KeyAccess) -> None:
    """In the open phase: whether `actor` may make a key of this reach, or get the text of one.

    Raises:
        Denied: it goes further than they do.
    """
    if actor.startswith("key:"):
        allowed = (own := _own(actor)) is not None and own.covers(key)
    else:
        access = access_of(actor)
        allowed = access.cover(access_of_key(key.kind, key.scopes)) and _may_give(access, key.approval_limits)
    if not allowed:
        raise Denied(
            "beyond_own_role", "This key would have permissions that you don’t have. Ask an owner of the business."
        )


def _may_give(access: Access, limits: ApprovalLimits) -> bool:
    """Nobody lets a key approve what they could not approve themselves, and it takes who sets limits."""
    return not limits or (
        "settings.write" in access.permissions
        and all(APPROVED_WITH[kind] in access.permissions for kind in limits)
        and all(
            (most := access.most(kind, currency)) is None or minor <= most
            for kind, of_kind in limits.items()
            for currency, minor in of_kind.items()
        )
    )


def access_of_key(kind: str, key_scopes: Iterable[str]) -> Access:
    """What somebody could do with a key. One that may do all also invites people with every role but the owner's."""
    if kind == "publishable":
        return Access(frozenset())
    return Access(KNOWN if kind == "secret" else scopes.needed(key_scopes))


def _own(actor: str) -> KeyAccess | None:
    key_id = ids.try_parse(actor.removeprefix("key:"), "key")
    row = db.first(select(keys).where(keys.c.business_id == db.here(), keys.c.id == key_id, ~keys.c.revoked))
    return None if row is None else KeyAccess.of(row)


def _is_within(network: Any, around: Any) -> bool:
    return network.version == around.version and bool(network.subnet_of(around))
