"""Who is behind a reference, a mailbox or a phone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core import db
from app.domain.buyers.models import Buyer
from app.domain.buyers.states import BuyerStatus

_MANY = 50  # buyers who proved one mailbox, one after another, and were merged
buyers = db.table(Buyer)
_merged, _into = buyers.alias("merged_buyer"), buyers.alias("into_buyer")
_same = and_(_into.c.business_id == _merged.c.business_id, _into.c.id == _merged.c.merged_into_id)


def family_of(reference: Any, business_id: Any) -> ScalarSelect[Any]:
    """As a value of another query: all references that are one buyer's now, as an array that begins with what the
    buyer is called; NULL when the reference is nobody's. Look-ups by key alone."""
    asked, one = buyers.alias("asked_buyer"), buyers.alias("same_buyer")
    root = func.coalesce(asked.c.merged_into_id, asked.c.id)
    is_same = and_(one.c.business_id == asked.c.business_id, or_(one.c.id == root, one.c.merged_into_id == root))
    in_order = aggregate_order_by(one.c.reference, one.c.merged_into_id.is_not(None), one.c.id)
    return (
        select(func.array_agg(in_order))
        .select_from(asked.join(one, is_same))
        .where(asked.c.business_id == business_id, asked.c.reference == reference)
        .scalar_subquery()
    )


_FAMILY = db.prepared(select(family_of(bindparam("reference"), db.HERE).label("family")), tables=("buyers",))


def family(reference: str) -> list[str]:
    """The same in the open transaction; a reference that is nobody's is alone."""
    found: list[str] | None = db.scalar(_FAMILY, reference=reference)
    return found or [reference]


_SURVIVOR = db.prepared(
    select(_into)
    .select_from(_merged.join(_into, _same))
    .where(
        _merged.c.business_id == db.HERE,
        _merged.c.reference == bindparam("reference"),
        _merged.c.merged_into_id.is_not(None),
    )
)


def current_reference(reference: str) -> str:
    """What the buyer of the reference is called now, in the open transaction: whom they were merged into, or
    themselves. A reference that nobody is known by stays as it is."""
    found = db.first(_SURVIVOR, reference=reference)
    return reference if found is None else found.reference


def by_reference(reference: str) -> Buyer | None:
    """The buyer with this very reference, whatever became of them."""
    return db.first(_here(buyers.c.reference == reference))


def by_email(email: str) -> Buyer | None:
    """The active buyer who has proven this address (as rules.normal_email writes it), or whom one was merged into who
    had."""
    return _proven(buyers.c.email == email, buyers.c.email_verified_at.is_not(None))


def by_phone(phone: str) -> Buyer | None:
    """The same of a number."""
    return _proven(buyers.c.phone == phone, buyers.c.phone_verified_at.is_not(None))


def _proven(*conditions: ColumnElement[bool]) -> Buyer | None:
    found = db.rows(_here(*conditions).order_by(buyers.c.id).limit(_MANY))
    active = next((each for each in found if each.status == BuyerStatus.ACTIVE), None)
    merged = next((each for each in reversed(found) if each.merged_into_id is not None), None)
    if active is not None or merged is None:
        return active
    into = db.first(_here(buyers.c.id == merged.merged_into_id))
    return into if into is not None and into.status == BuyerStatus.ACTIVE else None


def merged_into(buyer_id: uuid.UUID) -> Sequence[Buyer]:
    """Those who were merged into this buyer."""
    return db.rows(_here(buyers.c.merged_into_id == buyer_id).order_by(buyers.c.id).limit(500))


def _here(*conditions: ColumnElement[bool]) -> Select[Buyer]:
    return select(buyers).where(buyers.c.business_id == db.here(), *conditions)
