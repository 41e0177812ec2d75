"""What is kept of people: one table. The portal's page, the documentation, the pruning, the erasing (and what its role
may update) and the test that every column is declared are all made from it."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.accounts.privacy.installation import narrowed
from app.domain.accounts.privacy.types import Keep, Kind, RetentionRule

PSEUDONYM = "Erasure replaces the buyer with a pseudonym."
_SEARCHED = "Readable: your team searches by it, and emails, payment companies and deliveries need it."
_LEDGER = "Readable: your own system identifies the buyer by the reference, which links the ledger; do not use a name."
_UNPAID = ("buyer_email", "buyer_phone", "details", "return_url", "coupon_codes")

KINDS = (
    Kind(
        "orders",
        "Orders",
        "Your reference for the buyer, email address, phone number, shipping address, notes and metadata",
        "Delivery, support and accounting",
        PSEUDONYM,
        _SEARCHED,
        columns={
            "orders": ("buyer_reference", "buyer_email", "buyer_phone", "details"),
            "order_notes": ("body",),
            "deliveries": ("error", "answer", "progress"),
            "cases": ("details", "resolution", "resolved_by"),
            "case_activities": ("body", "actor"),
            "state_changes": ("reason", "actor"),
            "bulk_runs": ("note",),
            "bulk_rows": ("message",),
            "parcels": ("tracking_number",),
        },
    ),
    Kind(
        "buyers",
        "Buyers",
        "Your reference, email address, phone number, name, addresses, groups and attributes; consents and notes",
        "Recognising buyers, support and proof of consent",
        "Erasure replaces the buyer with a pseudonym and empties the rest.",
        _SEARCHED,
        columns={
            "buyers": ("reference", "email", "phone", "name", "groups", "attributes", "addresses"),
            "buyer_notes": ("body",),
            "buyer_consents": ("source", "evidence"),
            "buyer_merges": ("reason",),
            "product_import_rows": ("subject", "cells", "errors", "changes"),
        },
    ),
    Kind(
        "mailbox_codes",
        "Codes to mailboxes",
        "Email address that a code was sent to",
        "Proof that a mailbox is the buyer’s, and limits on how many codes are sent",
        "Removed after that. " + PSEUDONYM,
        "The address is readable: the code is sent to it. The code is encrypted.",
        keep=Keep(2, 2, 2, "A code is valid for ten minutes."),
        rules=(RetentionRule("mailbox_codes", ("email",), "t.used_at IS NOT NULL OR t.expires_at < now()"),),
        columns={"mailbox_codes": ("email",)},
        stays={"mailbox_codes": ("ciphertext",)},
    ),
    Kind(
        "unpaid",
        "Unpaid checkouts",
        "Sessions with reference, email address and phone number, and orders closed without payment",
        "Resuming unfinished checkouts and support",
        "Contact details and metadata are removed after that; sessions without an order also lose the reference. "
        + PSEUDONYM,
        _SEARCHED,
        keep=Keep(90, 7, 730, "A payment can arrive late, and the buyer must then be notified of its refund."),
        rules=(
            RetentionRule(
                "checkout_sessions", ("buyer_reference", *_UNPAID), "t.order_id IS NULL AND t.status <> 'open'"
            ),
            RetentionRule(
                "checkout_sessions",
                _UNPAID,
                "EXISTS (SELECT FROM orders o WHERE o.business_id = t.business_id AND o.id = t.order_id"
                " AND o.status = 'closed' AND o.paid_at IS NULL)",
            ),
            RetentionRule(
                "orders", ("buyer_email", "buyer_phone", "details"), "t.status = 'closed' AND t.paid_at IS NULL"
            ),
        ),
        columns={"checkout_sessions": ("buyer_reference", *_UNPAID)},
    ),
    Kind(
        "agreements",
        "Addresses of agreements",
        "IP address, text and time of each acceptance",
        "Proof of consent",
        "The IP address is removed after that, and when the buyer is erased; the proof stays with the order.",
        "Readable: it is proof, which a hash of so short a text is not.",
        keep=Keep(1095, 180, 3650, "Contractual claims expire after three years in many countries."),
        rules=(
            RetentionRule("agreement_acceptances", ("buyer_ip",), by="id"),
            RetentionRule("contract_consents", ("buyer_ip",), by="id"),
        ),
        columns={"agreement_acceptances": ("buyer_ip",), "contract_consents": ("buyer_ip",)},
    ),
    Kind(
        "payments",
        "Payments and ledger",
        "The reference on payments, wallets, holds and postings; payee; names of bank transfers; approvals; receipts",
        "Accounting required by law",
        PSEUDONYM,
        _LEDGER,
        columns={
            "payment_transactions": ("buyer_reference", "counter_reference", "payee", "reason", "actor"),
            "payment_attempts": ("action",),
            "wallet_holds": ("buyer_reference", "reason", "actor"),
            "hold_releases": ("reason", "actor"),
            "ledger_accounts": ("owner",),
            "ledger_journals": ("memo",),
            "bank_transfers": ("counterparty",),
            "payment_order_lines": ("bank_reason", "return_reason"),
            "disputes": ("evidence",),
            "approvals": ("payload", "reason", "decision", "problem"),
            "reservations": ("error",),
        },
        stays={
            "bank_transfers": ("bank_reference", "return_reference"),
            # Whoever issued a receipt has to keep it as it is.
            "receipts": ("buyer",),
            "credit_notes": ("buyer",),
            "payment_attempts": ("channel_ref",),
        },
    ),
    Kind(
        "tries",
        "Payment attempts",
        "Declined cards and accounts, and origins of payments, as keyed hashes",
        "Prevention of card testing",
        "They can be recognised but not read: they reveal neither card, address nor buyer.",
        "Keyed hashes only.",
    ),
    Kind(
        "risk_lists",
        "Lists of risk",
        "References, email addresses, phone numbers, IP addresses and devices on your lists, with reasons",
        "Prevention of fraud",
        "Entries whose time is over are removed after that; others stay until your team removes them. "
        + PSEUDONYM
        + " The hash stays, so that whoever was blocked is not let in by an erasure.",
        "Readable: your team decides about them. Payments are compared with hashes.",
        keep=Keep(365, 1, 1095, "An entry that has expired explains later why a payment was refused."),
        rules=(RetentionRule("risk_entries", where="t.expires_at < now()"),),
        columns={"risk_entries": ("value", "reason")},
        stays={"risk_entries": ("key", "added_by")},
    ),
    Kind(
        "risk_decisions",
        "Decisions about payments and refunds",
        "The buyer’s reference and IP address, keyed hashes of mailbox and device, and what your rules counted",
        "Prevention of fraud, and the answer to why a payment or refund was refused",
        "IP address and hashes are removed after that; counts and the result stay. " + PSEUDONYM,
        "Readable: the reference, as on the order, and the IP address. Mailbox and device as hashes only.",
        keep=Keep(90, 7, 730, "Counts of payments go back a day, of refunds 30 days; a refused buyer asks later."),
        rules=(RetentionRule("risk_decisions", ("email_key", "device_key", "buyer_ip")),),
        columns={
            "risk_decisions": ("buyer_reference", "email_key", "device_key", "buyer_ip"),
            "risk_reviews": ("resolution", "decided_by"),
        },
    ),
    Kind(
        "exchanges",
        "Exchanges with payment companies",
        "Requests, responses and notices that name the buyer",
        "Payment disputes",
        "Requests, responses and notices are emptied after that; their time and result stay. " + PSEUDONYM,
        "Readable, with secrets masked, for use in disputes.",
        keep=Keep(540, 30, 3650, "Buyers can dispute card payments for up to 540 days."),
        rules=(
            RetentionRule("channel_exchanges", ("request", "response")),
            RetentionRule("channel_notices", ("raw",)),
        ),
        columns={"channel_exchanges": ("url", "request", "response"), "channel_notices": ("raw",)},
        stays={"channel_notices": ("external_id", "subject_ref")},
    ),
    Kind(
        "refused",
        "Refused notices",
        "First kilobyte of the notice and its source network",
        "Detecting attacks and misconfigured channels",
        "Removed after that. " + PSEUDONYM,
        "Readable, up to a kilobyte: it is useful only in its original form.",
        keep=Keep(30, 1, 90, "It has no later use."),
        rules=(RetentionRule("refused_notices", by="id"),),
        columns={"refused_notices": ("beginning",)},
        stays={"refused_notices": ("address",)},
    ),
    Kind(
        "owned",
        "What a buyer owns",
        "Memberships and their contracts, points, credit, downloads, coupons and promotions used",
        "Providing purchases and enforcing limits per buyer",
        PSEUDONYM,
        "The reference is readable, as in the ledger. Addresses and devices used to recognise buyers for coupons "
        "are stored as hashes only. For downloads, only their number is stored, no address or browser.",
        columns={
            "entitlements": ("buyer_reference",),
            "buyer_memberships": ("buyer_reference", "email"),
            "membership_changes": ("reason", "actor"),
            "contracts": ("buyer_reference", "buyer_email", "buyer_phone", "details", "cancelled_by"),
            "grants": ("buyer_reference",),
            "points_accounts": ("buyer_reference",),
            "points_entries": ("reason", "actor"),
            "download_rights": ("buyer_reference",),
            "coupons": ("buyer_reference", "email_key", "device_key"),
            "campaign_entries": ("buyer_reference", "email_key"),
            "campaigns": ("occasion",),
            "coupon_uses": ("buyer_reference", "email_key", "device_key"),
            "coupon_batches": ("note",),
            "promotion_uses": ("buyer_reference",),
            "stock_changes": ("reason",),
        },
    ),
    Kind(
        "mails",
        "Emails to buyers",
        "Recipient and subject matter",
        "Resending receipts and checking their delivery",
        "The recipient is removed after that; the order still shows that an email was sent. " + PSEUDONYM,
        "Readable until then, so that your team can check deliveries.",
        keep=Keep(180, 7, 3650, "Emails are retried for two days, with questions later."),
        rules=(RetentionRule("mails", ("recipient", "details", "error"), "t.next_attempt_at IS NULL", by="id"),),
        columns={"mails": ("recipient", "details", "error")},
    ),
    Kind(
        "webhooks",
        "Webhook deliveries",
        "Events sent and your systems’ responses",
        "Inspecting and resending deliveries",
        "Deliveries and their attempts are removed after that. " + PSEUDONYM,
        "Readable: your own systems received it.",
        keep=Keep(30, 7, 365, "Deliveries are retried for three days and can be resent manually."),
        columns={
            "webhook_deliveries": ("error",),
            "webhook_attempts": ("url", "answer", "answer_headers", "error"),
            "webhook_endpoints": ("error",),
            "inbound_events": ("external_id", "payload", "reason", "replayed_by"),
        },
    ),
    Kind(
        "events",
        "Events",
        "Events by object ID",
        "Processing each once, and later reads by your systems",
        "Kept. " + PSEUDONYM,
        "Ids, amounts and states only; a name in one is replaced.",
        columns={"outbox_events": ("payload", "error")},
    ),
    Kind(
        "requests",
        "Request log",
        "API requests: IP address, program, path and bodies",
        "Debugging",
        "Removed after that. " + PSEUDONYM,
        "Bodies and paths without names: email addresses, phone numbers, references and secrets are masked before"
        " they are written. Address and program are readable: a stolen key is found by them.",
        keep=Keep(30, 1, 90, "It grows quickly and is mostly used soon after."),
        rules=(RetentionRule("request_logs"),),
        columns={"request_logs": ("path", "idempotency_key", "request_body", "response_body")},
        stays={"request_logs": ("address", "agent")},
    ),
    Kind(
        "answers",
        "Responses for repeated requests",
        "Idempotency keys and responses",
        "Idempotency",
        "Removed after that. " + PSEUDONYM,
        "Readable, secrets encrypted: it is told again word for word.",
        keep=Keep(2, 2, 30, "Requests can be retried for a day."),
        columns={"idempotency_keys": ("key", "answer")},
    ),
    Kind(
        "exports",
        "List exports",
        "Lists as CSV or XLSX, and their filters",
        "Downloading long lists",
        "Removed after that, with the file, and at once when a buyer is erased.",
        "Readable for their creator; buyers are masked for members without access.",
        keep=Keep(7, 1, 30, "Exports can be created again."),
        columns={"exports": ("filters",)},
    ),
    Kind(
        "alerts",
        "Alerts",
        "Alerts that name a buyer",
        "Daily work",
        "Removed after that, once they are over. " + PSEUDONYM,
        "Readable: they are sentences for people.",
        keep=Keep(90, 7, 365, "Alerts are short-lived."),
        rules=(RetentionRule("alerts", where="t.ended_at IS NOT NULL"),),
        columns={"alerts": ("facts",)},
    ),
    Kind(
        "views",
        "Saved views",
        "Saved filters, which may name a buyer",
        "Daily work",
        "Until a member removes them. " + PSEUDONYM,
        "Readable: their content is used to search.",
        columns={"saved_views": ("name", "filters")},
    ),
    Kind(
        "audit",
        "Audit log",
        "Changes by your team, with IP address, before and after",
        "Accountability",
        "Kept. A buyer's reference, address and phone number in it are replaced; the entry keeps the hash of what it"
        " said, so the chain still proves that nothing else was changed.",
        "Readable, without secrets: it is proof.",
        columns={"audit_entries": ("before", "after")},
        stays={"audit_entries": ("actor", "address", "erased_hash"), "erasures": ("reason", "pseudonym")},
    ),
    Kind(
        "invitations",
        "Invitations to your team",
        "Email address of the invited person",
        "Inviting members",
        "The address of an expired invitation is removed after that.",
        "Readable: shown to members who invite, and used to send the invitation.",
        keep=Keep(90, 30, 365, "Sponsors matter for approvals."),
        rules=(
            RetentionRule(
                "invitations",
                ("email",),
                "t.accepted_at IS NOT NULL OR t.revoked_at IS NOT NULL",
            ),
        ),
        stays={"invitations": ("email",)},
    ),
    Kind(
        "team",
        "Your team",
        "Name, email address, sessions with IP address and browser, last IP address of each key",
        "Sign-in and session management",
        "Sessions are removed when they end. Former members keep their name in the audit log.",
        "The email address is readable: people sign in with it and are written to. Passwords and codes are hashed,"
        " authenticator secrets encrypted.",
        stays={
            "users": ("email", "name", "password_hash"),
            "portal_sessions": ("token_hash", "address", "agent"),
            "passkeys": ("credential_id", "public_key", "name"),
            "recovery_codes": ("code_hash",),
            "totp_secrets": ("ciphertext",),
            "api_keys": ("last_used_address",),
            "visits": ("reason",),
            "businesses": ("suspended_reason",),
            "settings_versions": ("reason",),
        },
    ),
    Kind(
        "user_mails",
        "Emails to your team",
        "Recipient and subject matter",
        "Notifying members",
        "Removed after that. Erased buyers are replaced by their pseudonym.",
        "Readable: used to send the email.",
        keep=Keep(30, 30, 30, "They belong to no business."),
        stays={"user_mails": ("recipient", "details", "error")},
    ),
)
BY_KEY: Mapping[str, Kind] = {kind.key: kind for kind in KINDS}
CHOSEN = tuple(kind for kind in KINDS if kind.keep and kind.keep.may_change)


def updatable() -> dict[str, tuple[str, ...]]:
    """By table, every column that erasing or pruning changes: all that their database role may update."""
    found = {table: set(names) for table, names in columns().items()}
    for kind in KINDS:
        for rule in kind.rules:
            found.setdefault(rule.table, set()).update(rule.columns)
    return {table: tuple(sorted(names)) for table, names in found.items() if names}


def columns() -> dict[str, tuple[str, ...]]:
    """Every column in which an erased buyer is replaced, by table."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        for table, names in kind.columns.items():
            found[table] = (*found.get(table, ()), *names)
    return found


def days(chosen: Mapping[str, int], key: str) -> int:
    """For how many days a business keeps a kind; `chosen` is what it has set."""
    keep = BY_KEY[key].keep
    assert keep is not None, f"{key} is kept as long as the ledger"
    least, most = narrowed(key, keep)
    return min(max(int(chosen.get(key, keep.days)), least), most)


def chosen_of(business: object) -> dict[str, int]:
    """What a row of `businesses` has set, by kind."""
    return {kind.key: int(getattr(business, kind.setting)) for kind in CHOSEN}
