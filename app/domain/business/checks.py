"""What must hold of approvals and of teams."""

from __future__ import annotations

from app.core.invariants import Check, replayed

CHECKS = (
    replayed("approval", "approvals", "asked", "I20-apr"),
    Check(
        "I55",
        "a business that people work for has an owner",
        "SELECT business_id, count(*) FROM memberships GROUP BY business_id"
        " HAVING count(*) FILTER (WHERE role = 'owner' AND left_at IS NULL) = 0",
    ),
    Check(
        "I57",
        "a visit of an operator has a reason and lasts an hour at most",
        "SELECT business_id, id FROM visits WHERE reason = '' OR ends_at > created_at + interval '1 hour'",
    ),
    Check(
        "I56",
        "whoever accepted an invitation has, or had, a seat",
        "SELECT i.business_id, i.id FROM invitations i LEFT JOIN memberships m ON m.business_id = i.business_id"
        " AND m.person_id = i.accepted_by WHERE i.accepted_by IS NOT NULL AND m.id IS NULL",
    ),
)
