"""What must hold between what two people decided and what was done."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I38",
        "no money moved before its approval, and every approval that was carried out moved it",
        "SELECT a.business_id, a.id FROM approvals a LEFT JOIN payment_transactions t"
        " ON t.business_id = a.business_id AND t.id = a.transaction_id"
        " WHERE a.kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up') AND ((t.id IS NOT NULL"
        " AND a.status NOT IN ('approved', 'done', 'failed')) OR (t.id IS NULL AND a.status = 'done'))",
    ),
    Check(
        "I78",
        "what moved after an approval is what was approved",
        "SELECT a.business_id, a.id, a.amount_minor, sum(t.amount_minor) AS moved FROM approvals a"
        " JOIN payment_transactions t ON t.business_id = a.business_id"
        " AND (t.id = a.transaction_id OR (t.order_id = a.subject_id AND t.split_of = a.transaction_id))"
        " WHERE a.kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up') GROUP BY a.business_id, a.id"
        " HAVING sum(t.amount_minor) > a.amount_minor OR bool_or(t.currency <> a.currency OR t.kind <> a.kind"
        " OR t.payee ->> 'account' IS DISTINCT FROM a.payload ->> 'account'"
        " OR (a.kind = 'refund' AND t.order_id <> a.subject_id))",
    ),
    Check(
        "I78b",
        "a manually confirmed bank transfer was seen by two people",
        "SELECT business_id, id FROM bank_transfers WHERE status = 'confirmed'"
        " AND bursar_user_of(recorded_by) = bursar_user_of(decided_by)"
        " OR status = 'returned' AND bursar_user_of(returned_by) = bursar_user_of(return_decided_by)",
    ),
    Check(
        "I78c",
        "approved points were granted after the approval, in the approved number",
        "SELECT a.business_id, a.id FROM approvals a LEFT JOIN points_entries e"
        " ON e.business_id = a.business_id AND e.id = a.transaction_id WHERE a.kind = 'points'"
        " AND ((e.id IS NULL AND a.status = 'done') OR (e.id IS NOT NULL AND (a.status NOT IN"
        " ('approved', 'done', 'failed') OR e.change <> (a.payload ->> 'change')::bigint)))",
    ),
    Check(
        "I52",
        "a manual transition went to the state that somebody else approved",
        "SELECT a.business_id, a.id FROM approvals a WHERE a.kind = 'transition' AND a.status = 'done' AND NOT EXISTS ("
        "SELECT FROM state_changes c WHERE c.business_id = a.business_id AND c.row_id = (a.payload ->> 'row_id')::uuid"
        " AND c.to_state = a.payload ->> 'to')",
    ),
    Check(
        "I79",
        "a buyer erased with an approval was approved for it, by someone other than the requester",
        "SELECT e.business_id, e.id FROM erasures e LEFT JOIN approvals a"
        " ON a.business_id = e.business_id AND a.id = e.approval_id WHERE e.agreed = 'approved'"
        " AND (a.id IS NULL OR a.kind NOT IN ('erasure', 'business_erasure') OR a.decided_by IS NULL"
        " OR a.status NOT IN ('approved', 'done')"
        " OR a.requested_by <> e.requested_by)",
    ),
)
