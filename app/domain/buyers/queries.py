"""Who is behind a reference, a mailbox or a phone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, select

from app.core import db
from app.domain.buyers.models import Buyer
from app.domain.buyers.states import BuyerStatus

buyers = db.table(Buyer)
_merged, _into = buyers.alias("merged_buyer"), buyers.alias("into_buyer")
_same = and_(_into.c.business_id == _merged.c.business_id, _into.c.id == _merged.c.merged_into_id)


def survivor_of(reference: Any, business_id: Any) -> ScalarSelect[Any]:
    """As a value of another query: the reference of whom the buyer of `reference` was merged into; NULL when they were
    not, or are unknown. Two look-ups by key."""
    merged = _merged.c.business_id == business_id, _merged.c.reference == reference
    return (
        select(_into.c.reference)
        .select_from(_merged.join(_into, _same))
        .where(*merged, _merged.c.merged_into_id.is_not(None))
        .scalar_subquery()
    )


def references_of(reference: Any, business_id: Any) -> ScalarSelect[Any]:
    """As a value of another query: the references of those who were merged into the buyer of `reference`, as an array;
    NULL when nobody was."""
    found = _into.c.business_id == business_id, _into.c.reference == reference
    return (
        select(func.array_agg(_merged.c.reference)).select_from(_merged.join(_into, _same)).where(*found)
    ).scalar_subquery()


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
    """The active buyer who has proven this address (as rules.normal_email writes it)."""
    return db.first(_here(buyers.c.email == email, buyers.c.email_verified_at.is_not(None), _ACTIVE))


def by_phone(phone: str) -> Buyer | None:
    """The active buyer who has proven this number."""
    return db.first(_here(buyers.c.phone == phone, buyers.c.phone_verified_at.is_not(None), _ACTIVE))


def merged_into(buyer_id: uuid.UUID) -> Sequence[Buyer]:
    """Those who were merged into this buyer."""
    return db.rows(_here(buyers.c.merged_into_id == buyer_id).order_by(buyers.c.id).limit(500))


_ACTIVE: ColumnElement[bool] = buyers.c.status == BuyerStatus.ACTIVE


def _here(*conditions: ColumnElement[bool]) -> Select[Buyer]:
    return select(buyers).where(buyers.c.business_id == db.here(), *conditions)
