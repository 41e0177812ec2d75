"""What routing has to know, in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from app.core import db
from app.core.money import Money
from app.domain.payments.channels import registry
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.routing import Account, AccountTerms, Health, RouteRule
from app.domain.payments.routing_rows import RoutingFacts

MAX_ROWS = 100

# Every account with its business's mode and zone, its terms in the currency, what it took today when that is limited
# (from counters, but for the day on which the limit was set), and (the same in each row) the rules. Of businesses it
# reads the mode, the zone and where it stands only.
_FACTS = db.prepared(
    db.select_as(
        RoutingFacts,
        text("""
SELECT a.*, b.mode, CASE WHEN b.closed_at IS NOT NULL THEN 'closed' WHEN b.suspended IS NOT NULL THEN b.suspended
    WHEN b.mode = 'live' AND b.activated_at IS NULL THEN 'not_activated' END AS standing, b.time_zone,
  b.return_origins,
  t.min_minor, t.max_minor, t.daily_minor, t.fee_bps, t.fee_fixed_minor,
  CASE WHEN t.daily_minor IS NOT NULL THEN CAST(CAST(:moment AS timestamptz) AT TIME ZONE b.time_zone AS date) END
    AS limit_day,
  CASE WHEN t.daily_minor IS NULL THEN 0
  WHEN t.totals_from <= CAST(CAST(:moment AS timestamptz) AT TIME ZONE b.time_zone AS date) THEN (
    SELECT coalesce(sum(d.taken_minor), 0) FROM channel_day_totals d
    WHERE d.business_id = a.business_id AND d.channel_account_id = a.id AND d.currency = :currency
      AND d.day = CAST(CAST(:moment AS timestamptz) AT TIME ZONE b.time_zone AS date)
  ) ELSE (
    SELECT coalesce(sum(p.amount_minor), 0) FROM payment_attempts p
    WHERE p.business_id = a.business_id AND p.channel_account_id = a.id AND p.currency = :currency
      AND p.created_at >= date_trunc('day', CAST(:moment AS timestamptz) AT TIME ZONE b.time_zone)
        AT TIME ZONE b.time_zone
      AND p.status IN ('ready', 'pending', 'unknown', 'succeeded') AND p.kind IN ('charge', 'deduction', 'top_up')
  ) END AS used_minor,
  (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.priority, r.id) FROM routing_rules r
   WHERE r.business_id = :here AND r.enabled) AS rules,
  (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'status', s.status, 'block_at', s.block_at, 'rules', s.rules))
   FROM risk_rule_sets s WHERE s.business_id = :here AND s.status IN ('shadow', 'on')) AS risk_sets
FROM channel_accounts a
JOIN businesses b ON b.id = a.business_id
LEFT JOIN channel_terms t ON t.business_id = a.business_id AND t.channel_account_id = a.id AND t.currency = :currency
WHERE a.business_id = :here
ORDER BY a.priority, a.id LIMIT :many
""").bindparams(db.HERE),
    ),
    tables=(
        "channel_accounts",
        "businesses",
        "channel_terms",
        "channel_day_totals",
        "payment_attempts",
        "payment_transactions",
        "routing_rules",
        "risk_rule_sets",
    ),
)


def facts(amount: Money, moment: datetime) -> Sequence[RoutingFacts]:
    """The business's channel accounts by priority with all that routing asks of each, in the open transaction."""
    return db.rows(_FACTS, currency=amount.currency, moment=moment, many=MAX_ROWS)


def read_facts_ahead(currency: str, moment: datetime) -> None:
    """Read what `facts` gives behind the next read, in its round trip."""
    db.ahead(_FACTS, currency=currency, moment=moment, many=MAX_ROWS)


def accounts(rows: Iterable[RoutingFacts], health: dict[uuid.UUID, Health]) -> list[Account]:
    """The accounts of `facts`; one of a channel that this installation lost is left out."""
    return [
        Account(
            id=row.id,
            channel=row.channel,
            name=row.name,
            enabled=row.enabled,
            priority=row.priority,
            can=registry.CHANNELS[row.channel].capabilities,
            terms=AccountTerms(
                min_minor=row.min_minor,
                max_minor=row.max_minor,
                daily_minor=row.daily_minor,
                used_minor=int(row.used_minor),
                fee_bps=row.fee_bps,
                fee_fixed_minor=row.fee_fixed_minor,
            ),
            health=health.get(row.id, "closed"),
        )
        for row in rows
        if row.channel in registry.CHANNELS
    ]


def rules(rows: Sequence[RoutingFacts]) -> list[RouteRule]:
    """The rules of `facts`, those switched on, in their order."""
    return [_rule(each) for each in (rows[0].rules or ())] if rows else []


def _rule(conditions: dict[str, Any]) -> RouteRule:
    plain = (
        "name",
        "exclusive",
        "direction",
        "currency",
        "min_minor",
        "max_minor",
        "scene",
        "from_minute",
        "until_minute",
    )
    return RouteRule(
        id=uuid.UUID(conditions["id"]),
        targets={uuid.UUID(each["account_id"]): int(each["weight"]) for each in conditions["targets"]},
        product_id=uuid.UUID(conditions["product_id"]) if conditions["product_id"] else None,
        sku_id=uuid.UUID(conditions["sku_id"]) if conditions["sku_id"] else None,
        **{name: conditions[name] for name in plain},
    )


def last_decline(order_id: uuid.UUID) -> str | None:
    """Why the newest attempt to pay the order did not succeed, as its company said; None when it said nothing."""
    attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)
    newest = (
        select(attempts.c.decline_code)
        .join(
            transactions,
            (transactions.c.business_id == attempts.c.business_id) & (transactions.c.id == attempts.c.transaction_id),
        )
        .where(attempts.c.business_id == db.here(), transactions.c.order_id == order_id)
        .order_by(attempts.c.created_at.desc(), attempts.c.id.desc())
        .limit(1)
    )
    found: str | None = db.scalar(newest)
    return found
