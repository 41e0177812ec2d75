"""What a person can prove themselves with, besides the password."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select

from app.core import db, paging
from app.core.paging import newest_first
from app.core.security import crypto
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.accounts.people import queries, totp
from app.domain.accounts.people.models import Passkey, TotpSecret

ISSUER = "Bursar"
PAGE = 50
secrets, members = db.table(TotpSecret), db.table(Membership)


@dataclass(frozen=True)
class Factors:
    """The second factors of one person; `app_since` is None without an authenticator app."""

    app_since: datetime | None
    codes_left: int
    passkeys: Sequence[Passkey]

    @property
    def any(self) -> bool:
        """Whether signing in takes more than the password."""
        return self.app_since is not None or bool(self.passkeys)


@dataclass(frozen=True)
class Pending:
    """An authenticator app that is being set up: the secret in groups of four, and what its QR code says."""

    secret: str
    address: str


def factors_of(user_id: uuid.UUID) -> Factors:
    """The second factors of this person."""
    with db.system_reading():
        return Factors(queries.app_since(user_id), queries.codes_left(user_id), queries.passkeys_of(user_id))


def pending_app(user_id: uuid.UUID, email: str) -> Pending | None:
    """The app that this person is setting up, until its first code was right."""
    with db.system_reading():
        row = db.first(select(secrets).where(secrets.c.user_id == user_id, secrets.c.confirmed_at.is_(None)))
    if row is None:
        return None
    secret = crypto.decrypt(row.ciphertext, context=totp.encryption_context(row.id))
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return Pending(groups, totp.address(secret, account=email, issuer=ISSUER))


class Person(db.JoinedRow):
    """A member of the team: `id` and `created_at` are of the membership."""

    id: uuid.UUID
    created_at: datetime
    name: str
    email: str


@dataclass(frozen=True)
class SecondFactorRule:
    """Whether a business requires a second factor, how many of its team have one, and a page of those who have none."""

    is_on: bool
    having: int
    lacking: paging.Page[Person]


def rule_of(business_id: uuid.UUID, *, cursor: str = "") -> SecondFactorRule:
    """The business's rule, and who of its team lacks a second factor, newest member first."""
    has = or_(
        exists().where(TotpSecret.user_id == User.id, TotpSecret.confirmed_at.is_not(None)),
        exists().where(Passkey.user_id == User.id),
    )
    team = Membership.business_id == business_id, Membership.left_at.is_(None)
    with db.system_reading():
        is_on = db.scalar(select(Business.requires_second_factor).where(Business.id == business_id))
        people = db.select_as(Person, select(members.c.id, members.c.created_at, User.name, User.email))
        lacking = people.join(User, User.id == members.c.user_id).where(*team, ~has)
        shown, following = paging.cut(db.rows(newest_first(lacking, members, paging.key_of(cursor), PAGE)), PAGE)
        counted = select(func.count()).select_from(Membership).join(User, User.id == Membership.user_id)
        having = db.scalar(counted.where(*team, has))
    return SecondFactorRule(bool(is_on), int(having), paging.Page(tuple(shown), following))
