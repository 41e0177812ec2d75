"""What must hold of contracts and their cycles."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.signing.states import CHANGE, CONTRACT, CYCLE, MANDATE, PLAN

CHECKS = (
    replayed(PLAN, "I20-pln"),
    replayed(CONTRACT, "I20-ctr"),
    replayed(CYCLE, "I20-cyc"),
    replayed(MANDATE, "I20-mnd"),
    replayed(CHANGE, "I20-cch"),
    Check(
        "I210",
        "the cycles of a contract follow one another by number, from its first",
        """
        SELECT business_id, contract_id, number, before FROM (
            SELECT business_id, contract_id, number,
                   lag(number) OVER (PARTITION BY business_id, contract_id ORDER BY number) AS before
            FROM contract_cycles
        ) cycle WHERE (before IS NULL AND number > 1) OR number <> before + 1
        """,
    ),
    Check(
        "I211",
        "periods of a contract do not overlap; they leave a gap only where it was paused (one that stayed unpaid gives"
        " way to the next)",
        """
        SELECT business_id, contract_id, number FROM (
            SELECT y.business_id, y.contract_id, y.number, y.starts_at, c.runs_from,
                   lag(coalesce(y.cut_at, y.ends_at))
                       OVER (PARTITION BY y.business_id, y.contract_id ORDER BY y.number) AS before,
                   EXISTS (SELECT FROM state_changes s WHERE s.business_id = c.business_id AND s.row_id = c.id
                           AND s.from_state = 'paused') AS was_paused
            FROM contract_cycles y
            JOIN contracts c ON c.business_id = y.business_id AND c.id = y.contract_id
            WHERE y.status <> 'unpaid'
        ) cycle WHERE starts_at < before OR (starts_at > before AND NOT was_paused)
        """,
    ),
    Check(
        "I212",
        "a contract that runs was paid for by its first cycle, and one that has ended charges nothing",
        """
        SELECT c.business_id, c.id, c.status, y.status FROM contracts c
        LEFT JOIN contract_cycles y ON y.business_id = c.business_id AND y.contract_id = c.id
            AND (c.status = 'ended' OR y.number = 0 OR (y.number = 1 AND NOT EXISTS (
                SELECT FROM contract_cycles t WHERE t.business_id = c.business_id AND t.contract_id = c.id
                AND t.number = 0)))
        WHERE (c.status = 'ended' AND y.status = 'due')
           OR (c.status NOT IN ('pending', 'ended') AND y.status IS DISTINCT FROM 'paid'
               AND y.status IS DISTINCT FROM 'refunded')
        """,
    ),
    Check(
        "I213",
        "every contract has a consent: the terms as the buyer saw them",
        "SELECT c.business_id, c.id FROM contracts c WHERE NOT EXISTS (SELECT FROM contract_consents s"
        " WHERE s.business_id = c.business_id AND s.contract_id = c.id)",
    ),
    Check(
        "I214",
        "whatever runs or is paused until a day is looked at again, within an hour of its time",
        """
        SELECT business_id, id, status, acts_at FROM contracts
        WHERE (status IN ('trialing', 'active', 'past_due') AND acts_at IS NULL)
           OR (status = 'paused' AND acts_at IS DISTINCT FROM resumes_at AND NOT EXISTS (
               SELECT FROM contract_cycles y WHERE y.business_id = contracts.business_id
               AND y.contract_id = contracts.id AND y.status = 'due'))
        """,
    ),
    Check(
        "I221",
        "a contract that a company charges has a mandate, in force while it runs, let go when it ends",
        """
        SELECT c.business_id, c.id, c.status, m.status FROM contracts c
        LEFT JOIN mandates m ON m.business_id = c.business_id AND m.contract_id = c.id
        WHERE (c.channel_account_id IS NOT NULL AND m.channel_account_id IS DISTINCT FROM c.channel_account_id)
           OR (c.channel_account_id IS NULL AND m.id IS NOT NULL)
           OR (c.status IN ('trialing', 'active') AND m.status <> 'active' AND NOT c.retries_over)
           OR (c.status = 'ended' AND m.status IN ('pending', 'active'))
        """,
    ),
    Check(
        "I222",
        "whatever a company has not decided of a mandate is asked again",
        "SELECT business_id, id, status FROM mandates WHERE status IN ('pending', 'ending') AND next_poll_at IS NULL",
    ),
    Check(
        "I225",
        "the credit that changes gave a contract is what its cycles used and what is left of it",
        """
        SELECT c.business_id, c.id, c.credit_minor, given.minor, used.minor FROM contracts c
        LEFT JOIN (SELECT business_id, contract_id, sum(credit_minor) AS minor FROM contract_changes
                   WHERE status = 'applied' GROUP BY 1, 2) given
            ON given.business_id = c.business_id AND given.contract_id = c.id
        LEFT JOIN (SELECT business_id, contract_id, sum(credit_minor) AS minor FROM contract_cycles
                   WHERE status NOT IN ('unpaid', 'refunded') AND credit_minor > 0 GROUP BY 1, 2) used
            ON used.business_id = c.business_id AND used.contract_id = c.id
        WHERE c.credit_minor <> coalesce(given.minor, 0) - coalesce(used.minor, 0)
        """,
    ),
    Check(
        "I226",
        "a change that was paid for began one cycle, for what was previewed; one that was not began none",
        """
        SELECT h.business_id, h.id, h.status, y.number, y.amount_minor FROM contract_changes h
        LEFT JOIN contract_cycles y ON y.business_id = h.business_id AND y.order_id = h.order_id
        WHERE h.order_id IS NOT NULL AND ((h.status = 'applied') <> (y.id IS NOT NULL)
            OR y.contract_id <> h.contract_id OR y.number <> h.cycle_number OR y.starts_at <> h.effective_at
            OR y.amount_minor <> h.due_minor OR y.credit_minor <> h.used_minor)
        """,
    ),
    Check(
        "I227",
        "the terms in force are those of the contract’s last applied change",
        """
        SELECT c.business_id, c.id, h.id FROM contracts c
        JOIN LATERAL (SELECT * FROM contract_changes h WHERE h.business_id = c.business_id AND h.contract_id = c.id
                      AND h.status = 'applied' ORDER BY h.decided_at DESC, h.id DESC LIMIT 1) h ON true
        WHERE (c.plan_id, c.quantity, c.unit_minor) <> (h.plan_id, h.quantity, h.unit_minor)
        """,
    ),
    Check(
        "I228",
        "a cut period ends when the next begins, and a contract that has ended has no change to come",
        """
        SELECT y.business_id, y.contract_id, y.number FROM contract_cycles y
        LEFT JOIN contract_cycles n ON n.business_id = y.business_id AND n.contract_id = y.contract_id
            AND n.number = y.number + 1
        WHERE y.cut_at IS NOT NULL AND n.starts_at IS DISTINCT FROM y.cut_at
        UNION ALL
        SELECT h.business_id, h.contract_id, h.cycle_number FROM contract_changes h
        JOIN contracts c ON c.business_id = h.business_id AND c.id = h.contract_id
        WHERE c.status = 'ended' AND h.status = 'scheduled'
        """,
    ),
    Check(
        "I194",
        "what a contract counts a month is the sum of its movements, so MRR is the sum of both",
        """
        SELECT c.business_id, c.id, c.mrr_minor, m.minor FROM contracts c
        LEFT JOIN (SELECT business_id, contract_id, sum(amount_minor) AS minor, min(currency) AS least,
                          max(currency) AS most FROM mrr_movements GROUP BY business_id, contract_id) m
            ON m.business_id = c.business_id AND m.contract_id = c.id
        WHERE c.mrr_minor <> coalesce(m.minor, 0) OR m.least <> c.currency OR m.most <> c.currency
        """,
    ),
    Check(
        "I195",
        "an active contract counts its regular price a month, one past due that or nothing, every other nothing",
        """
        SELECT business_id, id, status, mrr_minor, monthly FROM (
            SELECT c.business_id, c.id, c.status, c.mrr_minor, round(
                c.unit_minor::numeric * c.quantity * CASE p.interval_unit WHEN 'day' THEN 365 WHEN 'week' THEN 52
                    WHEN 'month' THEN 12 WHEN 'quarter' THEN 4 ELSE 1 END / (12 * p.interval_count)) AS monthly
            FROM contracts c JOIN plans p ON p.business_id = c.business_id AND p.id = c.plan_id
        ) counted
        WHERE mrr_minor <> CASE WHEN status = 'active' THEN monthly
            WHEN status = 'past_due' AND mrr_minor > 0 THEN monthly ELSE 0 END
        """,
    ),
)
