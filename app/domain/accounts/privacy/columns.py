"""Every other column that holds text, JSON or bytes: what stands in it is about goods, settings, states and books, and
names people at most by an id of ours. A new column is named here, or in a kind of kinds.py; a test asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.accounts.privacy.kinds import KINDS

NOT_PERSONAL: Mapping[str, str] = {
    "adjustments": "status reason lines document_key document_name requested_by decided_by",
    "agreement_acceptances": "text_hash locale",
    "agreement_drafts": "locale title body edited_by",
    "agreement_templates": "code name applies_to",
    "agreements": "code locale title body text_hash published_by",
    "alert_preferences": "mailed",
    "alert_chats": "name format hint secrets kinds error",
    "alerts": "kind",
    "api_keys": "approval_limits name kind hint secret_hash public_text scopes addresses api_version",
    "approvals": "kind status currency secrets requested_by decided_by decided_alone_by",
    "audit_entries": "request_id action subject_table",
    "audit_seals": "hash signature",
    "bank_accounts": "name holder bank_name currency number number_hint",
    "bank_transfers": "direction status currency recorded_by decided_by returned_by return_decided_by",
    "breaker_changes": "operation before after",
    "bulk_rows": "result",
    "bulk_runs": "actor action",
    "businesses": "name mode time_zone allowed_origins split_by contact_email"
    " website logo_key logo_widths appearance approval_limits large_refunds retention"
    " legal_name legal_address country tax_number support_phone receipt_footer languages currencies suspended"
    " close_roles return_origins return_url alert_defaults opening_hash"
    " refund_reasons receipt_format urgent_cases case_recipients",
    "buyer_consents": "kind",
    "buyer_merges": "moved actor",
    "buyer_notes": "author",
    "buyers": "status source locale",
    "case_activities": "action",
    "buyer_memberships": "level locale told_level",
    "cases": "kind status currency",
    "categories": "code name",
    "channel_accounts": "channel name settings platform_keys",
    "channel_day_totals": "currency",
    "channel_exchanges": "operation method",
    "channel_notices": "verdict reason kind details",
    "channel_terms": "currency",
    "checkout_configurations": "name items currency terms return_url locale appearance details",
    "checkout_sessions": "secret_hash status items terms currency channel locale",
    "list_columns": "listing columns",
    "coupon_batches": "actor",
    "coupon_templates": "code shared_code identify_by refund_rule issue_on issue name"
    " status kind benefit scope currency buyer_groups exclusion_group",
    "coupon_uses": "code name explanation explained",
    "coupons": "code status source",
    "deliveries": "kind status",
    "download_versions": "name key sha256 actor",
    "entitlements": "status level upgrade currency",
    "erasures": "ciphertext requested_by agreed",
    "event_listeners": "topics",
    "exchange_archives": "key sha256",
    "export_parts": "key name",
    "exports": "holder listing format columns time_zone key problem",
    "membership_changes": "kind",
    "metric_progress": "time_zone",
    "metrics_by_day": "kind currency key",
    "metrics_by_hour": "kind currency key",
    "grants": "currency when_spent",
    "handled_events": "handler",
    "idempotency_keys": "route body_hash",
    "operator_keys": "name hint secret_hash",
    "invitations": "role invited_by",
    "ledger_accounts": "kind currency",
    "ledger_entries": "layer currency",
    "ledger_journals": "template state",
    "licence_keys": "ciphertext fingerprint status",
    "mails": "kind locale",
    "memberships": "role",
    "order_lines": "title specification currency",
    "order_notes": "author",
    "orders": "status currency snapshot_hash channels close_reason",
    "outbox_events": "topic status",
    "payment_attempts": "kind channel scene status currency decline_code",
    "payment_order_lines": "status currency reference decided_by returned_by",
    "payment_orders": "status format currency created_by approved_by",
    "payment_transactions": "kind status currency",
    "user_mails": "kind",
    "points_entries": "kind",
    "postings_by_hour": "kind currency owner",
    "product_images": "key alt widths",
    "product_import_rows": "sku kind cells errors changes",
    "product_imports": "status actor key problem",
    "products": "name description status delivery_kind delivery options attributes seller",
    "promotion_uses": "name explanation explained",
    "promotions": "channels name status kind benefit scope currency buyer_groups exclusion_group",
    "refund_lines": "currency",
    "refused_notices": "reason body_sha256",
    "receipts": "text seller taxes",
    "report_schedules": "report title every",
    "request_logs": "method operation route api_version error_code",
    "reservations": "kind currency status target",
    "retention_progress": "through rows",
    "roles": "name permissions limits",
    "routing_decisions": "requested_channel candidates",
    "routing_rules": "name currency scene targets direction",
    "saved_views": "listing columns",
    "settings_versions": "actor changes",
    "settlements": "status currency reference recorded_by decided_by",
    "sku_prices": "currency actor",
    "skus": "code name currency specification participant deliverable restock",
    "state_changes": "machine from_state to_state request_tag",
    "stock_changes": "kind actor",
    "stock_reservations": "status",
    "sub_orders": "split_by split_value currency",
    "tax_rates": "country name",
    "test_clocks": "status error",
    "transaction_details": "currency",
    "used_challenges": "challenge_hash",
    "visits": "role",
    "wallet_holds": "status currency",
    "webhook_deliveries": "topic origin actor status",
    "webhook_endpoints": "status url description topics secrets pause_reason",
    "webhook_attempts": "headers",
}


def declared() -> dict[tuple[str, str], list[str]]:
    """By table and column the kinds that name it; an empty list for one that is not personal."""
    found = {(table, name): list[str]() for table, names in NOT_PERSONAL.items() for name in names.split()}
    for kind in KINDS:
        for table, names in (*kind.columns.items(), *kind.stays.items()):
            for name in names:
                found.setdefault((table, name), []).append(kind.key)
    return found
