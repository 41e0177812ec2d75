"""People who sign in."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.core.passwords import hash_password
from app.domain.business.models import Membership, Person


@dataclass(frozen=True)
class Login:
    """What somebody types to sign in."""

    person_id: uuid.UUID
    email: str
    password: str


def make_person(business_id: uuid.UUID, role: str = "owner") -> Login:
    """Somebody with a seat at the business."""
    login = Login(new_id(), f"{secrets.token_hex(6)}@people.example", secrets.token_urlsafe(12))
    with db.system_phase("test.person"):
        db.write(
            db.new_row(
                Person,
                id=login.person_id,
                email=login.email,
                name="Pat Example",
                password_hash=hash_password(login.password),
            )
        )
    take_seat(login, business_id, role=role)
    return login


def take_seat(login: Login, business_id: uuid.UUID, *, role: str) -> None:
    """Another seat of the same person; beside somebody who owns the business, since somebody has to."""
    with db.system_phase("test.seat"):
        owners = Membership.business_id == business_id, Membership.role == "owner"
        if role != "owner" and db.first(select(Membership.id).where(*owners)) is None:
            person_id = new_id()
            named = {"email": f"{person_id.hex}@people.example", "name": "Olive Owner", "password_hash": ""}
            db.write(db.new_row(Person, id=person_id, **named))
            db.write(db.new_row(Membership, business_id=business_id, person_id=person_id, role="owner"))
        db.write(db.new_row(Membership, business_id=business_id, person_id=login.person_id, role=role))
