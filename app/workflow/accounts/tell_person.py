"""A person is told by mail what happened to their account, so that they notice what they have not done."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, context, db
from app.core.security import crypto
from app.domain.accounts.business.models import Person
from app.workflow.steps.notifications.queue_person_mail import queue

persons = db.table(Person)


def tell_person(person_id: uuid.UUID, what: str, *, address: str = "") -> None:
    """In the open phase: write to the person, of what `write_person_mail` knows; `address` is where it came from."""
    email = db.scalar(select(persons.c.email).where(persons.c.id == person_id))
    at = clock.now().strftime("%Y-%m-%d %H:%M")
    queue("security", email, {"what": what, "at": at, "address": address or context.current().get("address", "")})


def tell_of_sign_in(person_id: uuid.UUID, *, address: str, known: list[str]) -> str:
    """Tell the person of a sign-in, unless the browser has one of theirs among the marks that it keeps, or they are
    quite new. The mark by which the browser knows them from now on."""
    with db.system_phase("tell_person.sign_in"):
        row = db.first(select(persons.c.email, persons.c.created_at).where(persons.c.id == person_id))
        assert row is not None
        if mark_of(row.email) not in known and (clock.now() - row.created_at).total_seconds() > 600:
            tell_person(person_id, "new_device", address=address)
    return mark_of(row.email)


def mark_of(email: str) -> str:
    """By what a browser knows an account that has signed in there."""
    return crypto.hash_secret(f"device {email.strip().lower()}")[:16]
