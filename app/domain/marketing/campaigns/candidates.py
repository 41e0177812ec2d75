"""Whom an occasion makes fit for a campaign: SQL over the business's buyers, orders and sessions, by trigger.

Each answers (reference, occasion): a buyer and what happened, as the campaign's entry will name it. `:since` is when
the campaign first started, `:now` the business's time; the rest is what the campaign's `occasion` has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import text

from app.core import clock, db
from app.domain.marketing.campaigns import rules
from app.domain.marketing.campaigns.models import Campaign

_FIT: Mapping[str, str] = {
    "sign_up": """
        SELECT b.reference, 'once' AS occasion FROM buyers b
        WHERE b.business_id = :business AND b.status = 'active' AND b.created_at >= :since
    """,
    # Nobody with a session within the half year before counts as new.
    "first_visit": """
        SELECT DISTINCT s.buyer_reference AS reference, 'once' AS occasion FROM checkout_sessions s
        WHERE s.business_id = :business AND s.created_at >= :since AND NOT EXISTS (
            SELECT FROM checkout_sessions e WHERE e.business_id = s.business_id
                AND e.created_at BETWEEN :since - interval '180 days' AND :since
                AND e.buyer_reference = s.buyer_reference)
    """,
    "birthday": """
        SELECT b.reference, CAST(:year AS text) AS occasion FROM buyers b
        WHERE b.business_id = :business AND b.status = 'active'
            AND right(b.attributes ->> 'birthday', 5) = ANY(:birthdays)
            AND b.attributes ->> 'birthday' ~ '^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$'
    """,
    "nth_order": """
        SELECT o.buyer_reference AS reference, 'once' AS occasion FROM orders o
        WHERE o.business_id = :business AND o.paid_at >= :since AND :number = (
            SELECT count(*) FROM orders e WHERE e.business_id = o.business_id
                AND e.buyer_reference = o.buyer_reference AND e.paid_at IS NOT NULL
                AND (e.paid_at, e.id) <= (o.paid_at, o.id))
    """,
    "win_back": """
        SELECT o.buyer_reference AS reference, CAST(o.id AS text) AS occasion FROM orders o
        WHERE o.business_id = :business
            AND o.paid_at <= :now - make_interval(days => :days)
            AND o.paid_at > :now - make_interval(days => :within_days)
            AND NOT EXISTS (
                SELECT FROM orders l WHERE l.business_id = o.business_id AND l.buyer_reference = o.buyer_reference
                    AND l.paid_at IS NOT NULL AND (l.paid_at, l.id) > (o.paid_at, o.id))
    """,
    "channel": """
        SELECT DISTINCT s.buyer_reference AS reference, 'once' AS occasion FROM checkout_sessions s
        WHERE s.business_id = :business AND s.created_at >= :since
            AND s.details -> 'utm' @> CAST(:utm AS jsonb)
    """,
    # Of several that a buyer left behind the youngest; somebody who has bought since is none.
    "abandoned_checkout": """
        SELECT DISTINCT ON (s.buyer_reference) s.buyer_reference AS reference, CAST(s.id AS text) AS occasion
        FROM checkout_sessions s
        LEFT JOIN orders o ON o.business_id = s.business_id AND o.id = s.order_id
        WHERE s.business_id = :business AND s.created_at >= :since
            AND s.created_at <= :now - make_interval(hours => :hours)
            AND s.status <> 'cancelled' AND o.paid_at IS NULL
            AND NOT EXISTS (
                SELECT FROM orders l WHERE l.business_id = s.business_id AND l.buyer_reference = s.buyer_reference
                    AND l.paid_at >= s.created_at)
            AND NOT EXISTS (
                SELECT FROM campaign_entries e WHERE e.business_id = s.business_id AND e.campaign_id = :campaign
                    AND e.buyer_reference = s.buyer_reference AND e.created_at > :now - interval '30 days')
        ORDER BY s.buyer_reference, s.created_at DESC, s.id DESC
    """,
    "segment": """
        SELECT b.reference, 'once' AS occasion FROM buyers b
        WHERE b.business_id = :business AND b.status = 'active'
    """,
    "file": """
        SELECT named.reference, 'once' AS occasion
        FROM jsonb_array_elements_text(CAST(:references AS jsonb)) AS named (reference)
    """,
}
_REST = """
WITH fit AS ({fit})
SELECT f.reference, f.occasion, coalesce(b.email, (
    SELECT o.buyer_email FROM orders o WHERE o.business_id = :business AND o.buyer_reference = f.reference
        AND o.buyer_email IS NOT NULL ORDER BY o.created_at DESC LIMIT 1)) AS email
FROM fit f LEFT JOIN buyers b ON b.business_id = :business AND b.reference = f.reference
WHERE coalesce(b.status, 'active') = 'active'
    AND NOT EXISTS (
        SELECT FROM campaign_entries e WHERE e.business_id = :business AND e.campaign_id = :campaign
            AND e.buyer_reference = f.reference AND e.occasion = f.occasion)
    AND (CAST(:groups AS text[]) IS NULL OR b.groups ?| CAST(:groups AS text[]))
    AND (CAST(:min_orders AS bigint) IS NULL OR {orders} >= :min_orders)
    AND (CAST(:max_orders AS bigint) IS NULL OR {orders} <= :max_orders)
"""
_ORDERS = """(SELECT count(*) FROM orders p WHERE p.business_id = :business AND p.buyer_reference = f.reference
        AND p.paid_at IS NOT NULL)"""


class Candidate(db.JoinedRow):
    """A buyer whom the campaign would reach now, and on which occasion."""

    reference: str
    occasion: str
    email: str | None


class _Counted(db.JoinedRow):
    number: int


def fit_now(campaign: Campaign, *, today: date, limit: int) -> Sequence[Candidate]:
    """Whom the campaign would reach now, in the open transaction, by reference; `today` is the business's day. Those it
    has an entry for on the same occasion are left out."""
    statement = text(f"{_of(campaign.trigger)} ORDER BY f.reference, f.occasion LIMIT :limit")
    return db.rows(db.select_as(Candidate, statement), **_values(campaign, today), limit=limit)


def count_fit(campaign: Campaign, *, today: date, most: int) -> int:
    """How many that are, counted up to `most`."""
    statement = text(f"SELECT count(*) AS number FROM ({_of(campaign.trigger)} LIMIT :limit) AS fit")  # noqa: S608 (our own text)
    [found] = db.rows(db.select_as(_Counted, statement), **_values(campaign, today), limit=most)
    return int(found.number)


def _of(trigger: str) -> str:
    return _REST.format(fit=_FIT[trigger], orders=_ORDERS)


def _values(campaign: Campaign, today: date) -> dict[str, object]:
    kept, audience = campaign.occasion, campaign.audience
    values: dict[str, object] = {
        "business": db.here(),
        "campaign": campaign.id,
        "now": clock.now(),
        "since": campaign.started_at or campaign.starts_at or clock.now(),
        "groups": list(audience["groups"]) if audience.get("groups") else None,
        "min_orders": audience.get("min_orders"),
        "max_orders": audience.get("max_orders"),
    }
    if campaign.trigger == "birthday":
        values["birthdays"] = list(rules.birthdays(today, kept["days_before"]))
        values["year"] = today.year
    if campaign.trigger == "channel":
        values["utm"] = json.dumps(kept)
    if campaign.trigger == "file":
        values["references"] = json.dumps(kept["references"])
    numbers = {"number", "days", "within_days", "hours"}
    return values | {name: value for name, value in kept.items() if name in numbers}
