"""A person gets another password: knowing the old one, or by a link that came by mail. Every other session ends."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TypedDict

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, select, update

from app.core import clock, db, settings
from app.core.errors import Invalid, NotFound
from app.core.security import crypto, passwords
from app.domain.accounts.business.models import User
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession
from app.workflow.steps.notifications.queue_user_mail import queue

_PURPOSE = "a new password"
users, sessions = db.table(User), db.table(PortalSession)


@dataclass(frozen=True)
class Named:
    """The person that a link is for, and a fingerprint of the password it replaces: once the password has changed, the
    link is used up."""

    user_id: uuid.UUID
    replaces: str


def request_reset(email: str) -> None:
    """Queue a mail with a link to this address. The address is not looked up here, so that the answer and its time do
    not reveal whether it has an account: `reset_details` looks when the mail is sent. The caller throttles."""
    with db.system_phase("change_password.request"):
        queue("password_reset", email.replace("\x00", "").strip().lower(), {"until": _until()})


class ResetDetails(TypedDict):
    """Whose password a link sets, what it replaces, and until when (in seconds since 1970)."""

    user_id: str
    replaces: str
    until: int


def reset_details(email: str, until: int) -> ResetDetails | None:
    """What `link_of` needs for an address of `request_reset`; None when it has no account."""
    with db.system_reading():
        user = db.first(select(users).where(users.c.email == email))
    return None if user is None else _named(user, until)


def link_for(email: str) -> str | None:
    """The link itself, for the operator of an installation that sends no mail; None when the address has no account."""
    details = reset_details(email.strip().lower(), _until())
    return None if details is None else link_of(details)


def link_of(details: ResetDetails) -> str:
    """The URL of the page that takes the new password."""
    token = _signer().dumps([details["user_id"], details["replaces"], details["until"]])
    return f"{settings.current().public_url}/portal/password/{token}"


def read_token(token: str) -> Named:
    """The person that the token of such a URL is for.

    Raises:
        NotFound: it is none of ours, too old, or used up.
    """
    over = NotFound("not_found", "This link has expired. Request a new one on the sign-in page.")
    try:
        user, replaces, until = _signer().loads(token)
        named = Named(uuid.UUID(user), str(replaces))
    except (BadSignature, ValueError, TypeError):
        raise over from None
    with db.system_reading():
        row = db.first(select(users.c.password_hash).where(users.c.id == named.user_id))
    if until <= clock.actual().timestamp() or row is None or _print(row.password_hash) != named.replaces:
        raise over
    return named


def reset_password(named: Named, password: str) -> None:
    """Set the password of the link's person and end all their sessions. It signs nobody in: a second factor is needed
    as before.

    Raises:
        NotFound: somebody has used the link meanwhile. Invalid: no password, or a common one.
    """
    with db.system_reading():
        email = db.scalar(select(users.c.email).where(users.c.id == named.user_id))
    passwords.check_new(password, about=[email or ""])
    fresh = passwords.hash_password(password)
    with db.system_phase("change_password.reset"):
        row = _locked(named.user_id)
        if row is None or _print(row.password_hash) != named.replaces:
            raise NotFound("not_found", "This link has already been used.")
        _set(row, fresh, keep=None)


def change_password(user_id: uuid.UUID, *, old: str, new: str, session_id: uuid.UUID) -> None:
    """Change the password of a person who knows the old one, and end their other sessions. The caller throttles.

    Raises:
        Invalid: `old` is not the password, or `new` is none, or a common one.
    """
    with db.system_reading():
        known = db.first(select(users.c.password_hash, users.c.email).where(users.c.id == user_id))
    if not passwords.matches(old, known.password_hash if known else None):
        raise Invalid("wrong_password", "Incorrect password.")
    passwords.check_new(new, about=[known.email if known else ""])
    fresh = passwords.hash_password(new)
    with db.system_phase("change_password.change"):
        row = _locked(user_id)
        if row is not None:
            _set(row, fresh, keep=session_id)


def _set(row: User, password_hash: str, *, keep: uuid.UUID | None) -> None:
    db.write(update(User).where(User.id == row.id).values(password_hash=password_hash), expect=1)
    ended = delete(PortalSession).where(sessions.c.user_id == row.id)
    db.run(ended if keep is None else ended.where(sessions.c.id != keep))
    queue("password_changed", row.email, {"at": clock.actual().isoformat(timespec="minutes")})


def _locked(user_id: uuid.UUID) -> User | None:
    return db.first(select(users).where(users.c.id == user_id).with_for_update())


def _until() -> int:
    return int((clock.actual() + rules.PASSWORD_LINK_LASTS).timestamp())


def _named(user: User, until: int) -> ResetDetails:
    return {"user_id": str(user.id), "replaces": _print(user.password_hash), "until": until}


def _print(password_hash: str) -> str:
    """What a password's hash is recognised by."""
    return crypto.hash_secret(password_hash)[:32]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)
