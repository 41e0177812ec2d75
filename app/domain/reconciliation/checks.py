"""Invariants of cases. What the sweep does in half a minute may take a quarter of an hour."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.reconciliation.conditions import FOUND, OVER
from app.domain.reconciliation.kinds import KINDS, OTHERWISE_TOLD
from app.domain.reconciliation.states import CASE

_LATE = "CAST(:now AS timestamptz) - interval '15 minutes'"
_OVER = " UNION ALL ".join(f"(SELECT o.business_id, o.id, o.since FROM ({query}) o)" for query in OVER)
_FOUND = " UNION ALL ".join(
    f"(SELECT '{kind}' AS kind, f.business_id, f.subject_id, f.since FROM ({query}) f)" for kind, query in FOUND.items()
)
_OTHERS = ", ".join(f"'{kind}'" for kind in OTHERWISE_TOLD)
_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)

CHECKS = (
    Check(
        "I130",
        "a resolved case says when, by whom and why, and has nothing left to happen; its last step says the same",
        """
        SELECT c.business_id, c.id, c.status, s.actor, s.reason FROM cases c
        JOIN state_changes s ON s.business_id = c.business_id AND s.row_id = c.id AND s.version = c.version
        WHERE c.status = 'resolved' AND (c.resolved_at IS NULL OR c.resolution = '' OR c.escalates_at IS NOT NULL
            OR c.snoozed_until IS NOT NULL OR c.resolved_by IS DISTINCT FROM s.actor
            OR c.resolution IS DISTINCT FROM s.reason)
        """,
    ),
    Check(
        "I131",
        "no case stays open for longer than a quarter of an hour after what it is about is over",
        f"SELECT business_id, id, since FROM ({_OVER}) over WHERE since < {_LATE}",
    ),
    Check(
        "I132",
        "every case is of a kind that the registry has",
        f"SELECT business_id, id, kind FROM cases WHERE kind NOT IN ({_KINDS})",
    ),
    Check(
        "I133",
        "an open case is raised again when it is due, and assigned to nobody outside of the team",
        f"""
        SELECT c.business_id, c.id, c.escalates_at, c.assignee_id FROM cases c WHERE c.status = 'open'
        AND (c.escalates_at < {_LATE} OR (c.assignee_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM memberships m WHERE m.business_id = c.business_id AND m.user_id = c.assignee_id
            AND (m.left_at IS NULL OR m.left_at > {_LATE}))))
        """,
    ),
    Check(
        "I134",
        "what is a case as long as it is so has had one for all but the last quarter of an hour",
        f"""
        SELECT f.business_id, f.kind, f.subject_id FROM ({_FOUND}) f WHERE f.since < {_LATE} AND NOT EXISTS (
            SELECT FROM cases c WHERE c.business_id = f.business_id AND c.kind = f.kind
            AND c.subject_id = f.subject_id AND c.cleared_at IS NULL)
        """,
    ),
    Check(
        "I170",
        "each case that has waited for a quarter of an hour has an alert",
        f"""
        SELECT c.business_id, c.id, c.kind FROM cases c WHERE c.status = 'open' AND c.created_at < {_LATE}
        AND (c.snoozed_until IS NULL OR c.snoozed_until < {_LATE}) AND c.kind NOT IN ({_OTHERS})
        AND NOT EXISTS (SELECT FROM alerts a WHERE a.business_id = c.business_id AND a.subject_id = c.id
            AND a.kind LIKE 'case\\_%' AND a.ended_at IS NULL)
        AND NOT EXISTS (SELECT FROM case_activities s WHERE s.business_id = c.business_id AND s.case_id = c.id
            AND s.action = 'snoozed' AND s.created_at > {_LATE})
        """,
    ),
    Check(
        "I171",
        "no alert of a case stays open for a quarter of an hour after the case is resolved",
        f"""
        SELECT a.business_id, a.id, a.kind, c.id AS case_id FROM alerts a
        JOIN cases c ON c.business_id = a.business_id AND c.id = a.subject_id
        WHERE a.ended_at IS NULL AND a.kind LIKE 'case\\_%' AND c.status = 'resolved' AND c.resolved_at < {_LATE}
        """,
    ),
    replayed(CASE, "I20-case"),
)
