"""What is on hold, as conditions of other statements. All in the caller's phase."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, exists, or_

from app.core import db
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.holds.models import SettlementHold
from app.domain.settlement.holds.states import SettlementHoldStatus

holds, entries = db.table(SettlementHold), db.table(ClearingEntry)


def is_entry_held() -> ColumnElement[bool]:
    """Whether an entry of the statement around it is on hold: by its partner, its order or its line."""
    return exists().where(
        holds.c.business_id == entries.c.business_id,
        holds.c.status == SettlementHoldStatus.HELD,
        or_(holds.c.partner_id.is_(None), holds.c.partner_id == entries.c.partner_id),
        or_(holds.c.order_id.is_(None), holds.c.order_id == entries.c.order_id),
        or_(holds.c.line_id.is_(None), holds.c.line_id == entries.c.line_id),
    )


def is_partner_held(partner_id: uuid.UUID) -> ColumnElement[bool]:
    """Whether all of the partner's money is on hold."""
    return exists().where(
        holds.c.business_id == db.here(),
        holds.c.status == SettlementHoldStatus.HELD,
        holds.c.partner_id == partner_id,
        holds.c.order_id.is_(None),
    )
