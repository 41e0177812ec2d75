"""What must hold of approvals and of teams."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.accounts.business.resources import COUNTED
from app.domain.accounts.business.states import APPROVAL
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.tiers import MAX_PER_S, Scenario

# What a business with a test clock makes has the time of that clock, and cannot be compared with ours.
_OWN_TIME = " AND NOT EXISTS (SELECT FROM test_clocks c WHERE c.business_id = b.id)"

# Rows that count and came after the limit, where more count than it allows. A minute for what was made meanwhile.
_BEYOND = (
    "SELECT b.id AS business_id, r.id FROM businesses b JOIN ({rows}) r ON r.business_id = b.id"
    " AND r.created_at > (b.resource_limits->'{key}'->>'set_at')::timestamptz + interval '1 minute'"
    " WHERE jsonb_exists(b.resource_limits, '{key}') AND (SELECT count(*) FROM ({rows}) c WHERE c.business_id = b.id)"
    " > (b.resource_limits->'{key}'->>'most')::int" + _OWN_TIME
)
_LEAST = " ".join(f"WHEN '{key}' THEN {each.least}" for key, each in COUNTED.items())
_MOST = " ".join(f"WHEN '{key}' THEN {each.most}" for key, each in COUNTED.items())

CHECKS = (
    replayed(APPROVAL, "I20-apr"),
    Check(
        "I55",
        "a business with members has an owner",
        "SELECT business_id, count(*) FROM memberships GROUP BY business_id"
        " HAVING count(*) FILTER (WHERE role = 'owner' AND left_at IS NULL) = 0"
        " AND business_id NOT IN (SELECT id FROM businesses WHERE erased_at IS NOT NULL)"
        " AND business_id NOT IN (SELECT business_id FROM erasures WHERE jsonb_exists(ciphertext, 'salt'))",
    ),
    Check(
        "I57",
        "an operator's visit has a reason and lasts at most an hour",
        "SELECT business_id, id FROM visits WHERE reason = '' OR ends_at > created_at + interval '1 hour'",
    ),
    Check(
        "I120",
        "a suspended business takes no order and begins no payment",
        "SELECT b.id AS business_id, o.id FROM businesses b JOIN orders o ON o.business_id = b.id"
        " AND o.created_at > b.suspended_at + interval '1 minute' WHERE b.suspended IS NOT NULL"
        f"{_OWN_TIME} UNION ALL"
        " SELECT b.id, p.id FROM businesses b JOIN payment_attempts p ON p.business_id = b.id"
        " AND p.kind IN ('charge', 'deduction')"
        " AND p.created_at > b.suspended_at + interval '1 minute' JOIN channel_accounts a ON a.business_id = b.id"
        f" AND a.id = p.channel_account_id AND a.channel <> 'wallet' WHERE b.suspended IS NOT NULL{_OWN_TIME}",
    ),
    Check(
        "I147",
        "a limit of a business is for a known scenario, lets something through, and its burst is no less than its rate",
        "SELECT b.id AS business_id, l.key FROM businesses b CROSS JOIN LATERAL jsonb_each(b.tier_limits) l"
        f" WHERE l.key NOT IN ({', '.join(repr(str(each)) for each in Scenario)})"
        " OR COALESCE((l.value->>'per_s')::int, 0) < 1"
        " OR COALESCE((l.value->>'burst')::int, 0) < (l.value->>'per_s')::int"
        f" OR (l.value->>'burst')::int > {MAX_PER_S}",
    ),
    Check(
        "I174",
        "a business got no more of anything than the limit of its own lets it have: what is above was there before",
        " UNION ALL ".join(_BEYOND.format(key=key, rows=each.rows) for key, each in COUNTED.items()),
    ),
    Check(
        "I179",
        "a limit of what a business owns is of a known resource and possible, and says who set it, when and why",
        "SELECT b.id AS business_id, l.key FROM businesses b CROSS JOIN LATERAL jsonb_each(b.resource_limits) l"
        f" WHERE NOT coalesce((l.value->>'most')::int BETWEEN CASE l.key {_LEAST} END"
        f" AND CASE l.key {_MOST} END, false)"
        " OR COALESCE(l.value->>'reason', '') = '' OR COALESCE(l.value->>'set_by', '') = ''"
        " OR (l.value->>'set_at')::timestamptz IS NULL",
    ),
    Check(
        "I145",
        "a switch of a business is of a known kind, says who set it and why, and ends within a week",
        "SELECT b.id AS business_id, s.key FROM businesses b CROSS JOIN LATERAL jsonb_each(b.switches) s"
        f" WHERE s.key NOT IN ({', '.join(repr(str(each)) for each in SwitchKind)})"
        " OR COALESCE(s.value->>'reason', '') = '' OR COALESCE(s.value->>'set_by', '') = ''"
        " OR COALESCE((s.value->>'until')::timestamptz NOT BETWEEN (s.value->>'set_at')::timestamptz"
        "   AND (s.value->>'set_at')::timestamptz + interval '7 days', true)",
    ),
    Check(
        "I146",
        "while new orders are switched off, none is placed but by a contract that is renewed",
        # A minute for what was placed while the switch was set.
        "SELECT o.business_id, o.id FROM businesses b JOIN orders o ON o.business_id = b.id AND o.contract_id IS NULL"
        " WHERE (o.created_at BETWEEN (b.switches->'orders_later'->>'set_at')::timestamptz + interval '1 minute'"
        "   AND (b.switches->'orders_later'->>'until')::timestamptz"
        "  OR EXISTS (SELECT FROM installation_switches s WHERE s.kind = 'orders_later'"
        "   AND o.created_at BETWEEN s.created_at + interval '1 minute' AND COALESCE(s.ended_at, s.expires_at)))"
        f"{_OWN_TIME}",
    ),
    Check(
        "I121",
        "a business was closed as approved, and not before its time",
        "SELECT b.id AS business_id, b.id FROM businesses b WHERE b.closed_at IS NOT NULL"
        # One that nobody belongs to was closed by whoever made it.
        " AND EXISTS (SELECT FROM memberships m WHERE m.business_id = b.id) AND NOT EXISTS (SELECT FROM approvals a"
        " WHERE a.business_id = b.id AND a.kind = 'closure' AND a.status IN ('approved', 'done')"
        " AND a.not_before <= b.closed_at)",
    ),
    Check(
        "I160",
        "a business was erased as approved, after it was closed and not before its time",
        "SELECT b.id AS business_id, b.id FROM businesses b WHERE b.erased_at IS NOT NULL AND NOT EXISTS (SELECT FROM"
        " approvals a JOIN erasures e ON e.business_id = a.business_id AND e.approval_id = a.id"
        " WHERE a.business_id = b.id AND a.kind = 'business_erasure' AND a.status IN ('approved', 'done')"
        " AND a.not_before <= b.erased_at AND a.created_at >= b.closed_at AND e.finished_at IS NOT NULL)",
    ),
    Check(
        "I161",
        "nobody and nothing gets into an erased business: no member, key, channel credential or secret is left",
        "SELECT b.id AS business_id, x.what FROM businesses b CROSS JOIN LATERAL ("
        " SELECT 'member' AS what FROM memberships m WHERE m.business_id = b.id AND m.left_at IS NULL"
        " UNION ALL SELECT 'key' FROM api_keys k WHERE k.business_id = b.id"
        " AND (NOT k.revoked OR k.secret_hash NOT LIKE 'erased:%')"
        " UNION ALL SELECT 'channel' FROM channel_accounts c WHERE c.business_id = b.id"
        " AND (c.enabled OR c.settings <> '{}')"
        " UNION ALL SELECT 'endpoint' FROM webhook_endpoints w WHERE w.business_id = b.id"
        " AND (w.status <> 'removed' OR w.secrets <> '{}')"
        " UNION ALL SELECT 'bank account' FROM bank_accounts n WHERE n.business_id = b.id AND n.number <> ''"
        " UNION ALL SELECT 'licence key' FROM licence_keys l WHERE l.business_id = b.id AND l.ciphertext <> '') x"
        " WHERE b.erased_at IS NOT NULL",
    ),
    Check(
        "I162",
        "nobody is named in an erased business",
        "SELECT b.id AS business_id, x.id FROM businesses b CROSS JOIN LATERAL ("
        " SELECT o.id FROM orders o WHERE o.business_id = b.id AND (o.buyer_reference NOT LIKE 'erased\\_%'"
        " OR coalesce(o.buyer_email, o.buyer_phone) IS NOT NULL)"
        " UNION ALL SELECT t.id FROM payment_transactions t WHERE t.business_id = b.id"
        " AND (t.buyer_reference NOT LIKE 'erased\\_%' OR t.counter_reference NOT LIKE 'erased\\_%'"
        " OR t.payee <> '{}')"
        " UNION ALL SELECT a.id FROM ledger_accounts a WHERE a.business_id = b.id AND a.kind = 'wallet'"
        " AND a.owner NOT LIKE 'erased\\_%'"
        " UNION ALL SELECT e.id FROM audit_entries e WHERE e.business_id = b.id AND e.erased_hash IS NULL"
        " AND e.created_at < b.erased_at - interval '1 day') x WHERE b.erased_at IS NOT NULL",
    ),
    Check(
        "I124",
        "a closed business takes no order and begins no payment",
        "SELECT b.id AS business_id, o.id FROM businesses b JOIN orders o ON o.business_id = b.id"
        " AND o.created_at > b.closed_at + interval '1 minute' WHERE b.closed_at IS NOT NULL"
        f"{_OWN_TIME} UNION ALL"
        " SELECT b.id, p.id FROM businesses b JOIN payment_attempts p ON p.business_id = b.id"
        " AND p.kind IN ('charge', 'deduction')"
        " AND p.created_at > b.closed_at + interval '1 minute' JOIN channel_accounts a ON a.business_id = b.id"
        f" AND a.id = p.channel_account_id AND a.channel <> 'wallet' WHERE b.closed_at IS NOT NULL{_OWN_TIME}",
    ),
    Check(
        "I76",
        "what requires two people was decided by someone with no principal in common with the requester",
        "SELECT business_id, id FROM approvals WHERE decided_by IS NOT NULL AND decided_by <> 'system:waited'"
        " AND (cardinality(decider_principals) = 0"
        " OR requester_principals && decider_principals OR bursar_user_of(decided_by) = ANY (requester_principals)"
        " OR bursar_user_of(requested_by) = ANY (decider_principals))",
    ),
    Check(
        "I150",
        "what its requester decided alone has the proof of a second factor, waited, and was never an operator’s",
        "SELECT a.business_id, a.id FROM approvals a WHERE a.decided_by = 'system:waited' AND ("
        " a.decided_alone_by NOT LIKE 'usr\\_%' OR a.requested_by LIKE 'operator:%'"
        " OR a.second_factor_at NOT BETWEEN a.decided_at - interval '15 minutes' AND a.decided_at"
        " OR a.not_before IS NULL OR a.not_before < a.decided_at + interval '1 hour'"
        " OR a.alone_checked_at < a.not_before OR (a.status = 'done' AND a.alone_checked_at IS NULL)"
        " OR EXISTS (SELECT FROM state_changes c WHERE c.business_id = a.business_id AND c.row_id = a.id"
        " AND c.to_state = 'done' AND c.created_at < a.not_before))"
        " UNION ALL SELECT r.business_id, r.id FROM (SELECT business_id, id FROM bank_transfers"
        " WHERE decided_by = 'system:waited' OR return_decided_by = 'system:waited'"
        " UNION ALL SELECT business_id, id FROM payment_orders WHERE approved_by = 'system:waited') r"
        " WHERE NOT EXISTS (SELECT FROM approvals a WHERE a.business_id = r.business_id"
        " AND a.kind IN ('bank_transfer', 'payment_order') AND a.payload ->> 'row_id' = r.id::text"
        " AND a.alone_checked_at IS NOT NULL)",
    ),
    Check(
        "I151",
        "what was decided alone was carried out in a business where no other owner could have decided it",
        "SELECT a.business_id, a.id, m.id FROM approvals a JOIN memberships m ON m.business_id = a.business_id"
        " AND m.role = 'owner' AND m.created_at < a.alone_checked_at"
        " AND (m.left_at IS NULL OR m.left_at > a.alone_checked_at)"
        " AND m.user_id <> bursar_user_of(a.decided_alone_by)"
        " AND (m.sponsored_by = '{}' OR m.confirmed_at < a.alone_checked_at)"
        " WHERE a.decided_by = 'system:waited' AND a.alone_checked_at IS NOT NULL",
    ),
    Check(
        "I152",
        "a key approved at most its limit of a day, and nothing that it or whoever created it requested",
        "SELECT a.business_id, a.id FROM approvals a WHERE a.decided_by LIKE 'key:%' AND a.status <> 'rejected' AND ("
        " a.key_limit_minor IS NULL OR a.requested_by = a.decided_by"
        " OR a.kind NOT IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'membership')"
        " OR a.key_limit_minor < (SELECT sum(coalesce(o.amount_minor, abs((o.payload ->> 'change')::bigint)))"
        " FROM approvals o WHERE o.business_id = a.business_id AND o.decided_by = a.decided_by AND o.kind = a.kind"
        " AND o.currency IS NOT DISTINCT FROM a.currency AND o.status IN ('approved', 'done')"
        " AND o.decided_at > a.decided_at - interval '1 day' AND o.decided_at <= a.decided_at)"
        " OR EXISTS (SELECT FROM audit_entries e WHERE e.business_id = a.business_id AND e.action = 'created'"
        " AND e.subject_table = 'api_keys' AND e.subject_id = bursar_id_of(substring(a.decided_by FROM 5))"
        " AND bursar_user_of(e.actor) = ANY (a.requester_principals)))",
    ),
    Check(
        "I77",
        "whoever created a key is a principal of it, and a key's principals are principals of its replacement",
        "SELECT k.business_id, k.id FROM api_keys k JOIN audit_entries e ON e.business_id = k.business_id"
        " AND e.subject_id = k.id AND e.subject_table = 'api_keys' AND e.action = 'created'"
        " WHERE bursar_user_of(e.actor) IS NOT NULL AND NOT bursar_user_of(e.actor) = ANY (k.principals)"
        " UNION ALL SELECT k.business_id, k.id FROM api_keys k JOIN api_keys o ON o.business_id = k.business_id"
        " AND o.replaced_by = k.id WHERE NOT o.principals <@ k.principals",
    ),
    Check(
        "I77b",
        "whoever invited a member, or created the key that did, sponsors the member or was confirmed",
        "SELECT m.business_id, m.id FROM memberships m JOIN LATERAL (SELECT i.principals, i.accepted_at FROM"
        " invitations i"
        " WHERE i.business_id = m.business_id AND i.accepted_by = m.user_id ORDER BY i.accepted_at DESC LIMIT 1) i"
        " ON true WHERE m.left_at IS NULL AND m.confirmed_at IS NULL AND m.sponsored_at = i.accepted_at"
        " AND NOT array_remove(i.principals, m.user_id) <@ m.sponsored_by",
    ),
    Check(
        "I56",
        "whoever accepted an invitation has, or had, a membership",
        "SELECT i.business_id, i.id FROM invitations i LEFT JOIN memberships m ON m.business_id = i.business_id"
        " AND m.user_id = i.accepted_by WHERE i.accepted_by IS NOT NULL AND m.id IS NULL",
    ),
    Check(
        "I125",
        "every setting that was ever changed is what its newest version made it",
        "SELECT v.business_id, v.id, c.key FROM settings_versions v CROSS JOIN LATERAL jsonb_each(v.changes) c"
        " JOIN businesses b ON b.id = v.business_id"
        " WHERE to_jsonb(b) -> c.key IS DISTINCT FROM c.value -> 'after'"
        " AND NOT EXISTS (SELECT FROM settings_versions n WHERE n.business_id = v.business_id"
        " AND n.number > v.number AND jsonb_exists(n.changes, c.key))",
    ),
    Check(
        "I126",
        "versions of settings are numbered from 1 without a gap, and each begins where the one before ended",
        "SELECT v.business_id, v.id FROM settings_versions v WHERE v.number > 1 AND NOT EXISTS (SELECT FROM"
        " settings_versions p WHERE p.business_id = v.business_id AND p.number = v.number - 1)"
        " UNION ALL SELECT v.business_id, v.id FROM settings_versions v CROSS JOIN LATERAL jsonb_each(v.changes) c"
        " JOIN LATERAL (SELECT p.changes FROM settings_versions p WHERE p.business_id = v.business_id"
        " AND p.number < v.number AND jsonb_exists(p.changes, c.key) ORDER BY p.number DESC LIMIT 1) p ON true"
        " WHERE p.changes -> c.key -> 'after' IS DISTINCT FROM c.value -> 'before'",
    ),
)
