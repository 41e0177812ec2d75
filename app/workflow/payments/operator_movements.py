"""What an operator moved while visiting counts together, wherever it was: two limits are not twice the money."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app.core import clock, db
from app.domain.accounts.business import rules
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.states import COUNTED
from app.workflow.steps.accounts.principals_of import OPERATOR

moves = db.table(PaymentTransaction)


def elsewhere(business_id: uuid.UUID, kind: str, actor: str) -> dict[str, int]:
    """By currency what an operator moved in other businesses within a day, in minor units; nothing of anybody else.
    An operator has one visit that changes something at a time (visit_business.py), and `hold_visit` is called in the
    phase that moves: so nothing is moved elsewhere meanwhile."""
    if not actor.startswith(OPERATOR):
        return {}
    with db.system_reading():
        found = db.rows(
            select(moves.c.currency, func.sum(moves.c.amount_minor).label("minor"))
            .where(moves.c.actor == actor, moves.c.actor.startswith(OPERATOR), moves.c.kind == kind)
            .where(
                moves.c.business_id != business_id,
                moves.c.status.in_(COUNTED),
            )
            .where(moves.c.created_at > clock.now() - rules.LIMITS_COUNT)
            .group_by(moves.c.currency)
        )
        return {row.currency: int(row.minor) for row in found}
