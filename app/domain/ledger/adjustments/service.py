"""Reading adjustments and posting them. All in the caller's phase."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.adjustments.models import Adjustment
from app.domain.ledger.service import Leg

adjustments = db.table(Adjustment)


def adjustment(adjustment_id: uuid.UUID) -> Adjustment | None:
    """The adjustment, if there is one."""
    return db.first(
        select(adjustments).where(adjustments.c.business_id == db.here(), adjustments.c.id == adjustment_id)
    )


def legs_of(row: Adjustment) -> list[Leg]:
    """Its lines as legs of a posting."""
    return [
        Leg(kind=each["kind"], owner=each["owner"], money=Money(each["amount_minor"], each["currency"]))
        for each in row.lines
    ]


def lines_of(legs: Sequence[Leg]) -> list[dict[str, Any]]:
    """Legs as they are kept in an adjustment; those of nothing are left out."""
    return [
        {"kind": leg.kind, "owner": leg.owner, "currency": leg.money.currency, "amount_minor": leg.money.minor}
        for leg in legs
        if leg.money.minor
    ]


def post(row: Adjustment) -> uuid.UUID:
    """Post it; the journal's id."""
    template = "reversal" if row.settlement_id or row.original_id else "adjustment"
    return ledger.post_legs(template, legs_of(row), subject_id=row.id)
