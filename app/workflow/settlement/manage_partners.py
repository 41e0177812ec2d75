"""Whom a business shares its revenue with: adding, changing, suspending and closing partners."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import or_, select

from app.core import db, outbox, states
from app.core.errors import Conflict, Invalid
from app.core.i18n.language import LOCALES
from app.core.i18n.time_zones import known_time_zones
from app.core.ids import new_id
from app.domain.accounts.business.resources import Resource
from app.domain.catalog.sellers.models import Seller
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.states import PARTNER, PartnerKind, PartnerStatus
from app.workflow.steps.accounts.check_address import check_address
from app.workflow.steps.accounts.check_room import check_room

MAX_NAME_LENGTH = 120
MAX_REFERENCE_LENGTH = 100
partners = db.table(Partner)


@dataclass(frozen=True, kw_only=True)
class PartnerCommand:
    """What a partner should be. `kind` is fixed once there is one: it decides which account its money is on. `locale`
    is the language of its statements, `time_zone` where its days begin."""

    kind: PartnerKind
    name: str
    time_zone: str
    reference: str | None = None
    seller_id: uuid.UUID | None = None
    email: str | None = None
    locale: str = "en"


def add(
    business_id: uuid.UUID, command: PartnerCommand, *, actor: str, partner_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Add a partner; its id. The same `partner_id` again changes nothing. Emits `partner.created`.

    Raises:
        Invalid: a name, reference, language or time zone that cannot be. NotFound: no such seller. Conflict: the
            reference or the seller has a partner already. LimitReached: there are as many as may be.
    """
    partner_id = partner_id or new_id()
    values = _values(command)
    with db.phase("manage_partners.add", business_id):
        known = select(partners.c.id).where(partners.c.business_id == business_id, partners.c.id == partner_id)
        if db.scalar(known) is not None:
            return partner_id
        if command.seller_id is not None:
            db.get(Seller, command.seller_id)
        check_room(Resource.PARTNERS)
        added = db.new_row(Partner, id=partner_id, kind=command.kind, **values)
        db.write(added.on_conflict_do_nothing(), expect=1, otherwise=_taken())
        states.born(PARTNER, partner_id, reason="added", actor=actor)
        outbox.emit("partner.created", aggregate_id=partner_id, payload={"partner_id": str(partner_id)})
    return partner_id


def change(business_id: uuid.UUID, partner_id: uuid.UUID, command: PartnerCommand) -> None:
    """Change a partner; its kind stays. What is owed to it stays owed, also when another seller leads to it. Emits
    `partner.updated`.

    Raises:
        NotFound: no such partner or seller. Invalid, Conflict: as `add` does, or another kind.
    """
    values = _values(command)
    with db.phase("manage_partners.change", business_id):
        row = db.lock(Partner, partner_id)
        if row.kind != command.kind:
            raise Invalid("invalid_partner", "The kind of a partner cannot change.", details={"param": "kind"})
        if command.seller_id is not None:
            db.get(Seller, command.seller_id)
        wanted = ((partners.c.reference, command.reference), (partners.c.seller_id, command.seller_id))
        same = [column == value for column, value in wanted if value is not None]  # many have none
        others = partners.c.business_id == business_id, partners.c.id != partner_id
        if same and db.scalar(select(partners.c.id).where(*others, or_(*same)).limit(1)) is not None:
            raise _taken()
        db.write(db.change(Partner, partner_id, **values), expect=1)
        outbox.emit("partner.updated", aggregate_id=partner_id, payload={"partner_id": str(partner_id)})


def suspend(business_id: uuid.UUID, partner_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Pay the partner nothing until it is resumed; its shares are written as before.

    Raises:
        NotFound: no such partner. IllegalTransition: it is closed.
    """
    _move(business_id, partner_id, PartnerStatus.SUSPENDED, reason=reason or "suspended", actor=actor)


def resume(business_id: uuid.UUID, partner_id: uuid.UUID, *, actor: str) -> None:
    """Pay the partner again. Raises as `suspend` does."""
    _move(business_id, partner_id, PartnerStatus.ACTIVE, reason="resumed", actor=actor)


def close(business_id: uuid.UUID, partner_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """End the partnership: no new rule names the partner. What it is owed stays on its account. Raises as `suspend`
    does."""
    _move(business_id, partner_id, PartnerStatus.CLOSED, reason=reason or "closed", actor=actor)


def _move(business_id: uuid.UUID, partner_id: uuid.UUID, to: PartnerStatus, *, reason: str, actor: str) -> None:
    with db.phase(f"manage_partners.{to}", business_id):
        row = db.lock(Partner, partner_id)
        states.advance(PARTNER, row, to, reason=reason, actor=actor)


class _Values(TypedDict):
    name: str
    reference: str | None
    seller_id: uuid.UUID | None
    email: str | None
    locale: str
    time_zone: str


def _values(command: PartnerCommand) -> _Values:
    if not 0 < len(command.name.strip()) <= MAX_NAME_LENGTH:
        raise _invalid("name", f"Enter a name of at most {MAX_NAME_LENGTH} characters.")
    if command.reference is not None and not 0 < len(command.reference) <= MAX_REFERENCE_LENGTH:
        raise _invalid("reference", f"Enter a reference of at most {MAX_REFERENCE_LENGTH} characters.")
    if command.locale not in LOCALES:
        raise _invalid("locale", "Choose a language.")
    if command.time_zone not in known_time_zones():
        raise _invalid("time_zone", "Choose a time zone.")
    return {
        "name": command.name.strip(),
        "reference": command.reference,
        "seller_id": command.seller_id,
        "email": check_address(command.email) if command.email else None,
        "locale": command.locale,
        "time_zone": command.time_zone,
    }


def _invalid(param: str, text: str) -> Invalid:
    return Invalid("invalid_partner", text, details={"param": param})


def _taken() -> Conflict:
    return Conflict("partner_exists", "Another partner has this reference or this seller.")
