"""A person signs in with e-mail address and password. The caller throttles; this tells nobody why it said no."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import update

from app.core import db, passwords
from app.domain.business import queries
from app.domain.business.models import Person


@dataclass(frozen=True)
class SignedIn:
    """Who signed in. `mark` goes into the session cookie: changing the person's ends all their sessions."""

    person_id: uuid.UUID
    mark: str


def log_in(email: str, password: str) -> SignedIn | None:
    """The person, or None when address and password do not match; both answers take the same time.

    The hash is made again when it was made at another cost than today's.
    """
    with db.system_reading():
        person = queries.person_by_email(email.strip().lower())
    if not passwords.matches(password, person.password_hash if person else None):
        return None
    assert person is not None
    if passwords.is_outdated(person.password_hash):
        fresh = passwords.hash_password(password)
        with db.system_phase("log_in.rehash"):
            db.run(update(Person).where(Person.id == person.id).values(password_hash=fresh))
    return SignedIn(person.id, person.session_mark)
