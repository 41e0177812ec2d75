"""Invariants of deliveries."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.fulfilment.states import DELIVERY, ENTITLEMENT, LICENCE_KEY

CHECKS = (
    Check(
        "I32b",
        "a delivered membership has its period, a revoked one has none running",
        """
        SELECT d.business_id, d.id, d.status, e.status FROM deliveries d
        LEFT JOIN entitlements e ON e.business_id = d.business_id AND e.delivery_id = d.id
        WHERE d.kind = 'entitlement' AND ((d.status = 'delivered' AND e.status IS DISTINCT FROM 'active')
           OR (d.status = 'revoked' AND e.status = 'active'))
        """,
    ),
    Check(
        "I32c",
        "a licence key is sold once, to a delivery that is in force",
        """
        SELECT k.business_id, k.id, k.status, d.status FROM licence_keys k
        LEFT JOIN deliveries d ON d.business_id = k.business_id AND d.id = k.delivery_id
        WHERE (k.status = 'delivered' AND (d.kind, d.status) IS DISTINCT FROM ('licence_key', 'delivered'))
           OR (k.status = 'free' AND k.delivery_id IS NOT NULL)
        """,
    ),
    Check(
        "I32f",
        "delivered credit and points were granted, and taken back or accounted for when revoked",
        """
        SELECT d.business_id, d.id, d.status, g.granted, g.revoked_at FROM deliveries d
        LEFT JOIN grants g ON g.business_id = d.business_id AND g.delivery_id = d.id
        WHERE d.kind IN ('credit', 'points')
          AND ((d.status = 'delivered' AND (g.id IS NULL OR g.revoked_at IS NOT NULL))
            OR (d.status IN ('pending', 'failed') AND g.id IS NOT NULL)
            OR (d.status = 'revoked' AND g.id IS NOT NULL AND g.revoked_at IS NULL))
        """,
    ),
    Check(
        "I48",
        "a delivered download is available, a revoked one is not",
        """
        SELECT d.business_id, d.id, d.status, r.revoked_at FROM deliveries d
        LEFT JOIN download_rights r ON r.business_id = d.business_id AND r.delivery_id = d.id
        WHERE d.kind = 'download' AND ((d.status = 'delivered' AND (r.id IS NULL OR r.revoked_at IS NOT NULL))
            OR (d.status IN ('revoked', 'failed') AND r.id IS NOT NULL AND r.revoked_at IS NULL))
        """,
    ),
    Check(
        "I48b",
        "no file is downloaded more often than was bought",
        """
        SELECT u.business_id, u.id, u.used, r.allowed FROM download_uses u
        JOIN download_rights r ON r.business_id = u.business_id AND r.id = u.right_id WHERE u.used > r.allowed
        """,
    ),
    Check(
        "I45",
        "a buyer's points are the sum of their entries, each of which states the balance after it",
        """
        SELECT a.business_id, a.id, a.balance, e.total, e.last FROM points_accounts a
        LEFT JOIN (SELECT business_id, account_id, sum(change) AS total,
                          (array_agg(balance ORDER BY created_at DESC, id DESC))[1] AS last
                   FROM points_entries GROUP BY 1, 2) e
            ON e.business_id = a.business_id AND e.account_id = a.id
        WHERE a.balance <> coalesce(e.total, 0) OR a.balance <> coalesce(e.last, 0)
        """,
    ),
    Check(
        "I45b",
        "points that deliveries granted and took back are entries of their buyer's account",
        """
        SELECT g.business_id, g.id, g.granted, g.clawed_back, e.came, e.went FROM grants g
        LEFT JOIN (SELECT e.business_id, e.delivery_id, coalesce(b.reference, a.buyer_reference) AS buyer_reference,
                          sum(e.change) FILTER (WHERE e.kind = 'earned') AS came,
                          -sum(e.change) FILTER (WHERE e.kind = 'clawed_back') AS went
                   FROM points_entries e JOIN points_accounts a
                       ON a.business_id = e.business_id AND a.id = e.account_id
                   LEFT JOIN buyers m ON m.business_id = a.business_id AND m.reference = a.buyer_reference
                   LEFT JOIN buyers b ON b.business_id = m.business_id AND b.id = m.merged_into_id GROUP BY 1, 2, 3) e
            ON e.business_id = g.business_id AND e.delivery_id = g.delivery_id
               AND e.buyer_reference = g.buyer_reference
        WHERE g.currency IS NULL AND (g.granted <> coalesce(e.came, 0) OR g.clawed_back <> coalesce(e.went, 0))
        """,
    ),
    Check(
        "I45c",
        "points that a buyer owes are those spent and refunded, less those collected",
        """
        SELECT a.business_id, a.id, a.owed, g.owed AS was_owed, e.collected FROM points_accounts a
        LEFT JOIN (SELECT business_id, buyer_reference, sum(owed) AS owed FROM grants
                   WHERE currency IS NULL GROUP BY 1, 2) g
            ON g.business_id = a.business_id AND g.buyer_reference = a.buyer_reference
        LEFT JOIN (SELECT c.business_id, coalesce(b.reference, c.buyer_reference) AS buyer_reference,
                          -sum(e.change) AS collected FROM points_entries e
                   JOIN points_accounts c ON c.business_id = e.business_id AND c.id = e.account_id
                   LEFT JOIN buyers m ON m.business_id = c.business_id AND m.reference = c.buyer_reference
                   LEFT JOIN buyers b ON b.business_id = m.business_id AND b.id = m.merged_into_id
                   WHERE e.kind = 'collected' GROUP BY 1, 2) e
            ON e.business_id = a.business_id AND e.buyer_reference = a.buyer_reference
        WHERE a.owed <> coalesce(g.owed, 0) - coalesce(e.collected, 0)
        """,
    ),
    Check(
        "I190",
        "whoever has time of a product is its member once, until the last of it ends",
        """
        SELECT e.business_id, e.buyer_reference, e.product_id, m.ends_at, e.last FROM (
            SELECT business_id, buyer_reference, product_id, max(ends_at) FILTER (WHERE status = 'active') AS last,
                   array_agg(ends_at) || array_agg(revoked_at) || array_agg(granted_at) AS ends
            FROM entitlements GROUP BY 1, 2, 3) e
        LEFT JOIN buyer_memberships m ON m.business_id = e.business_id
            AND m.buyer_reference = e.buyer_reference AND m.product_id = e.product_id
        WHERE m.id IS NULL OR m.ends_at < e.last OR NOT m.ends_at = ANY (e.ends)
        """,
    ),
    Check(
        "I191",
        "times of one level follow each other without gap or overlap",
        """
        SELECT business_id, id, starts_at, before FROM (
            SELECT e.*, max(ends_at) OVER w AS before,
                   count(*) FILTER (WHERE status = 'revoked') OVER whole AS revoked,
                   min(rank) OVER whole AS lowest, max(rank) OVER whole AS highest
            FROM entitlements e
            WINDOW whole AS (PARTITION BY business_id, buyer_reference, product_id),
                w AS (PARTITION BY business_id, buyer_reference, product_id ORDER BY granted_at, id
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) e
        WHERE revoked = 0 AND lowest = highest AND ends_at > starts_at
          AND starts_at <> greatest(granted_at, before)
        """,
    ),
    Check(
        "I192",
        "a member of one level has as much time as was bought and given, less what was taken by hand",
        """
        SELECT business_id, id, ends_at - starts_at, seconds, shortened_us FROM (
            SELECT e.*, count(*) FILTER (WHERE status = 'revoked') OVER whole AS revoked,
                   min(rank) OVER whole AS lowest, max(rank) OVER whole AS highest
            FROM entitlements e WINDOW whole AS (PARTITION BY business_id, buyer_reference, product_id)) e
        WHERE revoked = 0 AND lowest = highest
          AND abs(extract(epoch FROM ends_at - starts_at) * 1000000 - (seconds * 1000000 - shortened_us)) > 1
        """,
    ),
    Check(
        "I193",
        "what was moved to another buyer ends when its purchase is refunded, and is no more than that",
        """
        SELECT e.business_id, e.id, e.status, r.status FROM entitlements e
        JOIN entitlements r ON r.business_id = e.business_id AND r.id = e.root_id
        WHERE (r.status = 'revoked' AND e.status = 'active') OR r.root_id IS NOT NULL OR e.seconds <> r.seconds
           OR r.seconds * 1000000 - r.shortened_us + e.seconds * 1000000 - e.shortened_us > r.seconds * 1000000 + 2
        """,
    ),
    replayed(LICENCE_KEY, "I20-key"),
    replayed(DELIVERY, "I20-dlv"),
    replayed(ENTITLEMENT, "I20-ent"),
)
