"""How many rows shorter retention would remove or empty: counted before it is saved."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import text

from app.core import clock, db, ids
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.types import Kind, RetentionRule
from app.domain.webhooks.states import WebhookDeliveryStatus

MAX_COUNTED = 100_000  # of one table: a page does not wait for more, and it makes no difference to whoever decides
BY_SETTING = {kind.setting: kind for kind in kinds.CHOSEN}
# Kinds that are removed in a way of their own: what of them goes.
_OTHERS = {
    "webhooks": (RetentionRule("webhook_deliveries", where=f"t.status <> '{WebhookDeliveryStatus.PENDING}'"),),
    "exports": (RetentionRule("exports"),),
    "answers": (RetentionRule("idempotency_keys", by="id"),),
}


def going(business_id: uuid.UUID, kind: Kind, *, before: int, after: int) -> int:
    """In an open reading: how many rows go because the kind is kept `after` days instead of `before`; of each table
    MAX_COUNTED at most."""
    if after >= before:
        return 0
    moment = clock.now()
    since, until = moment - timedelta(days=before), moment - timedelta(days=after)
    return sum(_count(business_id, rule, since, until) for rule in (*kind.rules, *_OTHERS.get(kind.key, ())))


def _count(business_id: uuid.UUID, rule: RetentionRule, since: datetime, until: datetime) -> int:
    """By the index by which the rows are found when they go. (No word of it comes from outside.)"""
    key, ends = (
        ("id", (ids.first_at(since), ids.first_at(until))) if rule.by == "id" else ("created_at", (since, until))
    )
    where = f"t.business_id = :business AND t.{key} >= :since AND t.{key} < :until"
    if rule.where:
        where += f" AND ({rule.where})"
    page = f"SELECT 1 FROM {rule.table} t WHERE {where} LIMIT :most"  # noqa: S608
    values = {"business": business_id, "since": ends[0], "until": ends[1], "most": MAX_COUNTED}
    return int(db.rows(text(f"SELECT count(*) AS rows FROM ({page}) found"), **values)[0].rows)  # noqa: S608
