"""Buyers, for pages and programs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import db
from app.core.errors import NotFound
from app.core.ids import try_parse
from app.core.paging import After, newest_first
from app.domain.buyers import queries
from app.domain.buyers.models import Buyer, BuyerConsent, BuyerNote
from app.domain.buyers.rules import normal_email, normal_phone

BuyerRow = Buyer  # for those who show one
NoteRow = BuyerNote
ConsentRow = BuyerConsent
buyers, notes, consents = db.table(Buyer), db.table(BuyerNote), db.table(BuyerConsent)
MAX_NOTES = 200


@dataclass(frozen=True, kw_only=True)
class BuyerFilter:
    """What to list; what is empty does not narrow. Every text is whole."""

    reference: str = ""
    email: str = ""
    phone: str = ""
    group: str = ""
    status: str = ""


def get_buyer(business_id: uuid.UUID, buyer_id: uuid.UUID) -> Buyer:
    """One buyer, whatever became of them.

    Raises:
        NotFound: the business has no such buyer.
    """
    with db.reading(business_id):
        return db.get(Buyer, buyer_id)


def find_buyer(business_id: uuid.UUID, reference: str) -> Buyer | None:
    """The buyer who has this reference now: of a merged one, whom they were merged into. None when nobody has."""
    with db.reading(business_id):
        return queries.by_reference(queries.current_reference(reference))


def named_buyer(business_id: uuid.UUID, named: str) -> Buyer | None:
    """The buyer whom a person means: by id, reference or proven address; for a merged reference, who has it now."""
    buyer_id = try_parse(named, "byr")
    with db.reading(business_id):
        if buyer_id is not None and (found := db.first(_of(business_id, buyer_id))) is not None:
            return found
        by_name = queries.by_reference(queries.current_reference(named))
        return by_name or (queries.by_email(named.strip().lower()) if "@" in named else None)


def _of(business_id: uuid.UUID, buyer_id: uuid.UUID) -> Select[Buyer]:
    return select(buyers).where(buyers.c.business_id == business_id, buyers.c.id == buyer_id)


def current_reference(business_id: uuid.UUID, reference: str) -> str:
    """What the buyer of the reference is called now; a reference that nobody is known by stays as it is."""
    with db.reading(business_id):
        return queries.current_reference(reference)


def list_buyers(business_id: uuid.UUID, wanted: BuyerFilter, *, after: After, limit: int) -> list[Buyer]:
    """Buyers, newest first, one more than `limit`.

    Raises:
        InvalidBuyer: the address or number is none.
    """
    conditions: list[ColumnElement[bool]] = [buyers.c.business_id == business_id]
    if wanted.reference:
        conditions.append(buyers.c.reference == wanted.reference)
    if wanted.email:
        conditions.append(buyers.c.email == normal_email(wanted.email))
    if wanted.phone:
        conditions.append(buyers.c.phone == normal_phone(wanted.phone))
    if wanted.group:
        conditions.append(buyers.c.groups.contains([wanted.group]))
    if wanted.status:
        conditions.append(buyers.c.status == wanted.status)
    with db.reading(business_id):
        return list(db.rows(newest_first(select(buyers).where(*conditions), buyers, after, limit)))


def merged_into(business_id: uuid.UUID, buyer_id: uuid.UUID) -> Sequence[Buyer]:
    """Those who were merged into this buyer, the first ones first."""
    with db.reading(business_id):
        return queries.merged_into(buyer_id)


def notes_of(
    business_id: uuid.UUID, buyer_id: uuid.UUID, *, after: After = None, limit: int = MAX_NOTES
) -> list[NoteRow]:
    """Notes about a buyer, newest first, one more than `limit`."""
    found = select(notes).where(notes.c.business_id == business_id, notes.c.buyer_id == buyer_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(found, notes, after, limit)))


def get_note(business_id: uuid.UUID, note_id: uuid.UUID) -> NoteRow:
    """One note.

    Raises:
        NotFound: there is none.
    """
    with db.reading(business_id):
        found = db.first(select(notes).where(notes.c.business_id == business_id, notes.c.id == note_id))
    if found is None:
        raise NotFound("not_found", "There is no such note.")
    return found


def get_consent(business_id: uuid.UUID, consent_id: uuid.UUID) -> ConsentRow:
    """One consent, kept a moment ago."""
    with db.reading(business_id):
        found = db.first(select(consents).where(consents.c.business_id == business_id, consents.c.id == consent_id))
    assert found is not None  # whoever asks has written it
    return found


def consents_of(business_id: uuid.UUID, buyer_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[ConsentRow]]:
    """What each of these buyers agreed to last, by kind."""
    found: dict[uuid.UUID, list[ConsentRow]] = {buyer_id: [] for buyer_id in buyer_ids}
    if not buyer_ids:
        return found
    latest = (
        select(consents)
        .ext(distinct_on(consents.c.buyer_id, consents.c.kind))
        .where(consents.c.business_id == business_id, consents.c.buyer_id.in_(buyer_ids))
        .order_by(consents.c.buyer_id, consents.c.kind, consents.c.id.desc())
    )
    with db.reading(business_id):
        for row in db.rows(latest):
            found[row.buyer_id].append(row)
    return found
