"""Decisions about payments and refunds, as they were made."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.risk.models import RiskDecision
from app.lib.some import some

PAGE, OF_ORDER = 50, 20
decisions = db.table(RiskDecision)
DecisionRow = RiskDecision


def list_decisions(
    business_id: uuid.UUID,
    *,
    result: str | None = None,
    shadow_result: str | None = None,
    subject: str | None = None,
    order_id: uuid.UUID | None = None,
    rule_set_id: uuid.UUID | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> Sequence[RiskDecision]:
    """Decisions, the newest first, and one more than `limit`; of a rule set, also those that it was in shadow for."""
    query = select(decisions).where(decisions.c.business_id == business_id)
    if result:
        query = query.where(decisions.c.result == result)
    if shadow_result:
        query = query.where(decisions.c.shadow_result == shadow_result)
    if subject:
        query = query.where(decisions.c.subject == subject)
    if order_id is not None:
        query = query.where(decisions.c.order_id == order_id)
    if rule_set_id is not None:
        query = query.where(or_(decisions.c.rule_set_id == rule_set_id, decisions.c.shadow_set_id == rule_set_id))
    with db.reading(business_id):
        return db.rows(paging.in_order(query, decisions.c.created_at, decisions.c.id, after, limit + 1))


def get_decision(business_id: uuid.UUID, decision_id: uuid.UUID) -> RiskDecision:
    """One decision.

    Raises:
        NotFound: there is no such decision.
    """
    with db.reading(business_id):
        found = db.first(select(decisions).where(decisions.c.business_id == business_id, decisions.c.id == decision_id))
    if found is None:
        raise NotFound("not_found", "There is no such decision.")
    return found


def of_refunds(business_id: uuid.UUID, refund_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, RiskDecision]:
    """What was decided about these refunds, as far as rules were asked."""
    if not refund_ids:
        return {}
    query = select(decisions).where(decisions.c.business_id == business_id, decisions.c.refund_id.in_(refund_ids))
    with db.reading(business_id):
        return {some(row.refund_id): row for row in db.rows(query.limit(len(refund_ids)))}
