"""People who sign in."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, db
from app.core.ids import new_id, parse
from app.core.security import crypto
from app.core.security.passwords import hash_password
from app.domain.accounts.business.models import Membership, User
from app.domain.accounts.people import totp
from app.domain.accounts.people.models import TotpSecret


@dataclass(frozen=True)
class Login:
    """What somebody types to sign in."""

    user_id: uuid.UUID
    email: str
    password: str


def make_user(business_id: uuid.UUID, role: str = "owner") -> Login:
    """Somebody with a seat at the business."""
    login = Login(new_id(), f"{secrets.token_hex(6)}@people.example", secrets.token_urlsafe(12))
    with db.system_phase("test.user"):
        db.write(
            db.new_row(
                User,
                id=login.user_id,
                email=login.email,
                name="Pat Example",
                password_hash=hash_password(login.password),
            )
        )
    add_membership(login, business_id, role=role)
    return login


def add_membership(login: Login, business_id: uuid.UUID, *, role: str) -> None:
    """Another seat of the same person; beside somebody who owns the business, since somebody has to."""
    with db.system_phase("test.membership"):
        owners = Membership.business_id == business_id, Membership.role == "owner"
        if role != "owner" and db.first(select(Membership.id).where(*owners)) is None:
            user_id = new_id()
            named = {"email": f"{user_id.hex}@people.example", "name": "Olive Owner", "password_hash": ""}
            db.write(db.new_row(User, id=user_id, **named))
            db.write(db.new_row(Membership, business_id=business_id, user_id=user_id, role="owner"))
        db.write(db.new_row(Membership, business_id=business_id, user_id=login.user_id, role=role))


def set_up_app(login: Login) -> str:
    """Give the person an authenticator app; its secret."""
    secret, row_id = totp.new_secret(), new_id()
    ciphertext = crypto.encrypt(secret, context=totp.encryption_context(row_id))
    with db.system_phase("test.app"):
        db.add(TotpSecret, id=row_id, user_id=login.user_id, ciphertext=ciphertext, confirmed_at=clock.now())
    return secret


def code_now(secret: str, *, later: int = 0) -> str:
    """What the app shows now; `later`: so many steps later."""
    return totp.code_of(secret, totp.step_at(clock.now()) + later)


def make_members(business_id: uuid.UUID, *actors: str, role: str = "owner") -> None:
    """Members of the team whom histories name like this, and who never sign in."""
    with db.system_phase("test.members"):
        for actor in actors:
            user_id = parse("usr", actor)
            known = {"email": f"{user_id.hex}@people.example", "name": "Pat Example", "password_hash": ""}
            db.write(db.new_row(User, id=user_id, **known).on_conflict_do_nothing())
            member = db.new_row(Membership, business_id=business_id, user_id=user_id, role=role)
            db.write(member.on_conflict_do_nothing())
