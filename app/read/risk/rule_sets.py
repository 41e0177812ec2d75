"""Rule sets, and what a draft would have done to the payments that were decided."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.core import clock, db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.orders.models import Order
from app.domain.orders.states import PAID
from app.domain.risk import rules
from app.domain.risk.models import RiskDecision, RiskRuleSet
from app.domain.risk.types import DecisionSubject, KeptFacts, KeptRule, Result

PAGE, MAX_DAYS, MOST, EXAMPLES = 50, 90, 50_000, 10
sets, decisions, orders = db.table(RiskRuleSet), db.table(RiskDecision), db.table(Order)
RuleSetRow = RiskRuleSet


class _Tried(db.JoinedRow):
    """A decision, and what became of its order."""

    id: uuid.UUID
    order_id: uuid.UUID
    currency: str
    amount_minor: int
    facts: KeptFacts
    result: str
    order_status: str


@dataclass(frozen=True)
class Backtest:
    """What a rule set would have made of the last decisions: `blocked` would have been; of these `blocked_before` were,
    and `good` are paid and not refunded: false alarms, as far as is known. `blocked_minor` is by currency, `fired` by
    rule; `order_ids` are the newest that would have been blocked. With `is_cut` there were more than were tried."""

    decisions: int
    blocked: int
    blocked_before: int
    good: int
    blocked_minor: Mapping[str, int]
    fired: Mapping[str, int]
    order_ids: Sequence[uuid.UUID]
    is_cut: bool


def list_sets(business_id: uuid.UUID, *, status: str | None, after: Key | None, limit: int) -> Sequence[RiskRuleSet]:
    """Rule sets, the newest first, and one more than `limit`."""
    query = select(sets).where(sets.c.business_id == business_id)
    if status:
        query = query.where(sets.c.status == status)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, sets.c.created_at, sets.c.id, after, limit + 1))


def get_set(business_id: uuid.UUID, rule_set_id: uuid.UUID) -> RiskRuleSet:
    """One rule set.

    Raises:
        NotFound: there is no such rule set.
    """
    with db.reading(business_id):
        found = db.first(select(sets).where(sets.c.business_id == business_id, sets.c.id == rule_set_id))
    if found is None:
        raise NotFound("not_found", "There is no such rule set.")
    return found


def backtest(business_id: uuid.UUID, kept: Sequence[KeptRule], block_at: int | None, *, days: int) -> Backtest:
    """Try these rules on the decisions about payments of the last days, with the facts that were kept; at most the
    newest MOST."""
    tried = rules.read(kept, block_at)
    since = clock.now() - timedelta(days=days)
    query = (
        select(
            decisions.c.id,
            decisions.c.order_id,
            decisions.c.currency,
            decisions.c.amount_minor,
            decisions.c.facts,
            decisions.c.result,
            orders.c.status.label("order_status"),
        )
        .join(orders, (orders.c.business_id == decisions.c.business_id) & (orders.c.id == decisions.c.order_id))
        .where(
            decisions.c.business_id == business_id,
            decisions.c.created_at > since,
            decisions.c.subject == DecisionSubject.PAYMENT,
        )
        .order_by(decisions.c.created_at.desc(), decisions.c.id.desc())
        .limit(MOST + 1)
    )
    with db.reading(business_id):
        found = db.rows(db.select_as(_Tried, query))
    blocked, minor, fired = [], Counter[str](), Counter[str]()
    for row in found[:MOST]:
        verdict = rules.decide(row.facts, tried)
        fired.update(verdict.fired)
        if verdict.result == Result.BLOCK:
            blocked.append(row)
            minor[row.currency] += row.amount_minor
    return Backtest(
        decisions=min(len(found), MOST),
        blocked=len(blocked),
        blocked_before=sum(row.result == Result.BLOCK for row in blocked),
        good=sum(row.order_status in PAID for row in blocked),
        blocked_minor=dict(minor),
        fired={rule.name: fired[rule.name] for rule in tried.rules if rule.subject == DecisionSubject.PAYMENT},
        order_ids=list(dict.fromkeys(row.order_id for row in blocked))[:EXAMPLES],
        is_cut=len(found) > MOST,
    )
