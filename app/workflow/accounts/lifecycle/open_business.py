"""A business is opened: a test business with its first owner, who is known already, or comes by a link to a mailbox."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace

from sqlalchemy import func, select

from app.core import db, settings
from app.core.errors import AppError, Conflict
from app.core.ids import new_id
from app.core.log import get_logger
from app.core.security import passwords
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.accounts.business.opening import MAX_NAME, MAX_OWNED, NewBusiness
from app.workflow.accounts.lifecycle.link_sign_up import SignUp
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.steps.accounts.check_address import check_address
from app.workflow.steps.payments.tell_simulator import CHANNEL, tell

businesses, members, users = db.table(Business), db.table(Membership), db.table(User)


def open_business(command: NewBusiness, *, owner_id: uuid.UUID, business_id: uuid.UUID | None = None) -> uuid.UUID:
    """Open a test business of somebody who has an account; its id. The same `business_id` again opens nothing new.

    Raises:
        Invalid: something that the business has to say is missing or wrong. Conflict: somebody else opened the business
        of this id, or they own too many.
    """
    command.check()
    business_id = business_id or new_id()
    with db.system_phase("open_business.open"):
        email = db.scalar(select(users.c.email).where(users.c.id == owner_id).with_for_update())
        if db.scalar(select(businesses.c.id).where(businesses.c.id == business_id)) is not None:
            _check_own(business_id, owner_id)
            return business_id
        _check_count(owner_id)
        _write(business_id, command, owner_id=owner_id, email=email)
    _add_simulator(business_id, command.name)
    return business_id


def open_as_new(named: SignUp, command: NewBusiness, *, user_id: uuid.UUID, name: str, password: str) -> uuid.UUID:
    """Create the person whose mailbox the link proves, and the test business that they own; its id.

    Raises:
        Invalid: as `open_business`; no password, or a common one. Conflict: the mailbox belongs to an account, whose
        password has to be used.
    """
    command.check()
    passwords.check_new(password, about=[named.email, name])
    password_hash = passwords.hash_password(password)
    with db.system_phase("open_business.open_as_new"):
        _person(user_id, named.email, name=name, password_hash=password_hash)
        if db.scalar(select(businesses.c.id).where(businesses.c.id == named.business_id)) is not None:
            raise Conflict("link_used", "This link has already been used. Sign in instead.")
        _write(named.business_id, command, owner_id=user_id, email=named.email)
    _add_simulator(named.business_id, command.name)
    return named.business_id


def open_for(
    email: str,
    command: NewBusiness,
    *,
    name: str = "",
    business_id: uuid.UUID | None = None,
    request_hash: str | None = None,
) -> tuple[uuid.UUID, bool]:
    """Open a test business for whoever has this mailbox, as the operator; its id, and whether the person is new: then
    nobody knows their password, and they choose one by a link (change_password.link_for). The same
    `business_id` again opens nothing new; `request_hash` is of all that a program has sent, and is the same then.

    Raises:
        Invalid: no email address; or as `open_business`. Conflict: they own too many businesses; `request_differs`:
            another request opened this business.
    """
    address = check_address(email)
    command.check()
    command = replace(command, request_hash=request_hash)
    with db.system_reading():
        opened_by = db.first(select(businesses.c.opening_hash).where(businesses.c.id == business_id))
        if opened_by is not None and opened_by.opening_hash != request_hash:
            raise Conflict("request_differs", "Another request has opened this business.")
        known = db.scalar(select(users.c.id).where(users.c.email == address))
    if known is not None:
        return open_business(command, owner_id=known, business_id=business_id), False
    named = SignUp(address, business_id or new_id(), is_invited=True)
    unknown = secrets.token_urlsafe(32)
    return open_as_new(named, command, user_id=new_id(), name=name or address, password=unknown), True


def has_account(email: str) -> bool:
    """Whether somebody signs in with this address. Only for whoever has proved that its mailbox is theirs."""
    with db.system_reading():
        return db.scalar(select(users.c.id).where(users.c.email == email)) is not None


def _person(user_id: uuid.UUID, email: str, *, name: str, password_hash: str) -> None:
    known = Conflict("account_exists", "Sign in with the password of your account to open this business.")
    made = db.new_row(User, id=user_id, email=email, name=name.strip()[:MAX_NAME], password_hash=password_hash)
    db.write(made.on_conflict_do_nothing(), expect=1, otherwise=known)


def _write(business_id: uuid.UUID, command: NewBusiness, *, owner_id: uuid.UUID, email: str | None) -> None:
    opened = db.new_row(
        Business,
        id=business_id,
        name=command.name.strip(),
        mode="test",
        country=command.country,
        time_zone=command.time_zone,
        currencies=list(command.currencies),
        contact_email=email,
        opening_hash=command.request_hash,
    )
    db.write(opened)
    db.write(db.new_row(Membership, business_id=business_id, user_id=owner_id, role="owner"))


def _check_own(business_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    own = members.c.business_id == business_id, members.c.user_id == owner_id
    if db.scalar(select(members.c.id).where(*own)) is None:
        raise Conflict("link_used", "This link has already been used. Sign in instead.")


def _check_count(owner_id: uuid.UUID) -> None:
    """The person's row is locked: two that are opened at once are counted one after the other."""
    owned = members.c.user_id == owner_id, members.c.role == "owner", members.c.left_at.is_(None)
    if int(db.scalar(select(func.count()).select_from(members).where(*owned))) >= MAX_OWNED:
        raise Conflict("too_many_businesses", f"You already own {MAX_OWNED} businesses. Ask the operator for more.")


def _add_simulator(business_id: uuid.UUID, name: str) -> None:
    """A test business can be paid at once where this installation has a simulator, which knows the merchant first. One
    that is left without it adds a channel by hand, as the first steps of Home say."""
    if not settings.current().simulator_url:
        return
    merchant = {"merchant_id": f"test-{business_id.hex[-8:]}", "api_key": secrets.token_hex(24)}
    try:
        tell("merchants", {**merchant, "name": name})
    except AppError as error:
        get_logger().warning("simulator_not_told", business_id=str(business_id), error=error.message)
        return
    add_channel_account(business_id, channel=CHANNEL, name="Simulator", values={"base_url": "", **merchant})
