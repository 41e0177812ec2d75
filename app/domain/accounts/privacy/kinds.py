"""What is kept of people: one table. The portal's page, the documentation, the pruning, the erasing (and what its role
may update) and the test that every column is declared are all made from it."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.accounts.privacy.types import Keep, Kind, Rule

PSEUDONYM = "Erasing puts a pseudonym in the buyer's place."
_SEARCHED = "Readable: your team searches by it, and mails, payment companies and deliveries need it as it is."
_BOOKS = "Readable: the reference is how your own system knows the buyer, and joins the books; it should not be a name."
_UNPAID = ("buyer_email", "buyer_phone", "details", "return_url", "coupon_codes")

KINDS = (
    Kind(
        "orders",
        "Orders",
        "Your reference for the buyer, e-mail address, phone number, notes and details you send along",
        "To deliver, to answer the buyer and to keep books",
        PSEUDONYM,
        _SEARCHED,
        columns={
            "orders": ("buyer_reference", "buyer_email", "buyer_phone", "details"),
            "order_notes": ("body",),
            "deliveries": ("error", "answer"),
            "cases": ("details",),
            "state_changes": ("reason", "actor"),
            "bulk_runs": ("note",),
            "bulk_rows": ("message",),
        },
    ),
    Kind(
        "unpaid",
        "Checkouts that were never paid",
        "Sessions with reference, e-mail address and phone number, and orders that were closed without payment",
        "To let the buyer come back to an unfinished checkout, and to answer why it did not work",
        "Addresses, numbers and details are removed after that; a session without an order loses its reference too. "
        + PSEUDONYM,
        _SEARCHED,
        keep=Keep(90, 7, 730, "A payment may arrive late, and then needs somebody to tell of its refund."),
        rules=(
            Rule("checkout_sessions", ("buyer_reference", *_UNPAID), "t.order_id IS NULL AND t.status <> 'open'"),
            Rule(
                "checkout_sessions",
                _UNPAID,
                "EXISTS (SELECT FROM orders o WHERE o.business_id = t.business_id AND o.id = t.order_id"
                " AND o.status = 'closed' AND o.paid_at IS NULL)",
            ),
            Rule("orders", ("buyer_email", "buyer_phone", "details"), "t.status = 'closed' AND t.paid_at IS NULL"),
        ),
        columns={"checkout_sessions": ("buyer_reference", *_UNPAID)},
    ),
    Kind(
        "agreements",
        "Addresses of agreements",
        "From which IP address a buyer accepted which text, and when",
        "Proof of what was agreed",
        "The IP address is removed after that, and when the buyer is erased; the proof stays with the order.",
        "Readable: it is proof, which a hash of so short a text is not.",
        keep=Keep(1095, 180, 3650, "Claims out of a contract end after three years in much of the world."),
        rules=(Rule("agreement_acceptances", ("buyer_ip",), by="id"),),
        columns={"agreement_acceptances": ("buyer_ip",)},
    ),
    Kind(
        "payments",
        "Payments and books",
        "The reference on payments, wallets, holds and postings; payee; names of bank transfers; approvals",
        "Books that the law asks for",
        PSEUDONYM,
        _BOOKS,
        columns={
            "payment_transactions": ("buyer_reference", "counter_reference", "payee", "reason", "actor"),
            "payment_attempts": ("action",),
            "wallet_holds": ("buyer_reference", "reason", "actor"),
            "hold_releases": ("reason", "actor"),
            "ledger_accounts": ("owner",),
            "ledger_journals": ("memo",),
            "bank_transfers": ("counterparty",),
            "approvals": ("payload", "reason", "decision", "problem"),
            "reservations": ("error",),
        },
        stays={
            "bank_transfers": ("bank_reference", "return_reference"),
            "payment_attempts": ("channel_ref",),
        },
    ),
    Kind(
        "tries",
        "Who tried to pay",
        "Which card or account was declined, and from where a payment was begun, as keyed hashes",
        "To slow down whoever tries stolen cards",
        "Recognised the next time, never read: neither card nor address can be told from them, nor the buyer.",
        "Keyed hashes only.",
    ),
    Kind(
        "exchanges",
        "Exchanges with payment companies",
        "What was said between us and payment companies, and their notices, as far as they name the buyer",
        "To settle disputes about a payment",
        "Requests, answers and notices are emptied after that; when there was one, and what came of it, stays. "
        + PSEUDONYM,
        "Readable, secrets masked: people read it to settle a dispute.",
        keep=Keep(540, 30, 3650, "Card schemes let buyers dispute a payment for up to 540 days."),
        rules=(
            Rule("channel_exchanges", ("request", "response")),
            Rule("channel_notices", ("raw",)),
        ),
        columns={"channel_exchanges": ("url", "request", "response"), "channel_notices": ("raw",)},
        stays={"channel_notices": ("external_id",)},
    ),
    Kind(
        "refused",
        "Refused notices",
        "The first kilobyte of a notice that proved nothing, and the network that it came from",
        "To see who tries, and to mend a channel whose keys are wrong",
        "Removed after that. " + PSEUDONYM,
        "Readable, and a kilobyte at most: it is only of use as it came.",
        keep=Keep(30, 1, 90, "It is of no use later."),
        rules=(Rule("refused_notices", by="id"),),
        columns={"refused_notices": ("beginning",)},
        stays={"refused_notices": ("address",)},
    ),
    Kind(
        "owned",
        "What a buyer owns",
        "Memberships, points, credit, downloads, coupons and promotions used",
        "To give the buyer what was bought, and to each buyer only so often",
        PSEUDONYM,
        "The reference is readable, as in the books. Addresses and devices that coupons know a buyer by are kept as"
        " hashes only. Of downloads only their number is kept, no address and no browser.",
        columns={
            "entitlements": ("buyer_reference",),
            "grants": ("buyer_reference",),
            "points_accounts": ("buyer_reference",),
            "points_entries": ("reason", "actor"),
            "download_rights": ("buyer_reference",),
            "coupons": ("buyer_reference", "email_key", "device_key"),
            "coupon_uses": ("buyer_reference", "email_key", "device_key"),
            "coupon_batches": ("note",),
            "promotion_uses": ("buyer_reference",),
            "stock_changes": ("reason",),
        },
    ),
    Kind(
        "mails",
        "Emails to buyers",
        "Recipient, and what the mail is about",
        "To send a receipt again, and to see whether one arrived",
        "The recipient is removed after that; that there was a mail stays with the order. " + PSEUDONYM,
        "Readable until then: your team looks up what arrived where.",
        keep=Keep(180, 7, 3650, "Mails are tried for two days, and asked about later."),
        rules=(Rule("mails", ("recipient", "details", "error"), "t.next_attempt_at IS NULL", by="id"),),
        columns={"mails": ("recipient", "details", "error")},
    ),
    Kind(
        "webhooks",
        "Webhook deliveries",
        "Which events were sent where, and what your systems answered",
        "To see what your own systems were told, and to tell them again",
        "Deliveries and their tries are removed after that. " + PSEUDONYM,
        "Readable: it is what your own systems were told.",
        keep=Keep(30, 7, 365, "A delivery is tried for three days, and sent again by hand."),
        columns={
            "webhook_deliveries": ("error",),
            "webhook_attempts": ("url", "answer", "answer_headers", "error"),
            "webhook_endpoints": ("error",),
        },
    ),
    Kind(
        "events",
        "Events",
        "What happened to which order, by id",
        "To work them off once, and for systems that ask for them later",
        "Kept. " + PSEUDONYM,
        "Ids, amounts and states only; a name in one is replaced.",
        columns={"outbox_events": ("payload", "error")},
    ),
    Kind(
        "requests",
        "Request log",
        "What programs asked of the API: address, program, path and bodies",
        "To find mistakes in programs",
        "Removed after that. " + PSEUDONYM,
        "Bodies and paths without names: e-mail addresses, phone numbers, references and secrets are masked before"
        " they are written. Address and program are readable: a stolen key is found by them.",
        keep=Keep(30, 1, 90, "It fills quickly, and mistakes are looked for soon."),
        rules=(Rule("request_logs"),),
        columns={"request_logs": ("path", "idempotency_key", "request_body", "response_body")},
        stays={"request_logs": ("address", "agent")},
    ),
    Kind(
        "answers",
        "Answers kept for repeated requests",
        "Idempotency keys and what was answered",
        "To answer the same request once",
        "Removed after that. " + PSEUDONYM,
        "Readable, secrets encrypted: it is told again word for word.",
        keep=Keep(2, 2, 2, "A program may repeat a request for a day."),
        columns={"idempotency_keys": ("key", "answer")},
    ),
    Kind(
        "exports",
        "Files made of lists",
        "Lists as CSV or XLSX, and what was asked for",
        "To fetch a list that takes a while",
        "Removed after that, with the file, and at once when a buyer is erased.",
        "Readable for whoever asked for it; buyers are masked for those who may not see them.",
        keep=Keep(7, 1, 30, "Each can be made again."),
        columns={"exports": ("filters",)},
    ),
    Kind(
        "alerts",
        "Alerts",
        "What people should hear of, as far as it names a buyer",
        "Daily work",
        "Removed after that, once they are over. " + PSEUDONYM,
        "Readable: they are sentences for people.",
        keep=Keep(90, 7, 365, "They are looked at once."),
        rules=(Rule("alerts", where="t.ended_at IS NOT NULL"),),
        columns={"alerts": ("facts",)},
    ),
    Kind(
        "views",
        "Views of lists",
        "Filters that somebody saved, which may name a buyer",
        "Daily work",
        "Until somebody removes them. " + PSEUDONYM,
        "Readable: they are looked for by what stands in them.",
        columns={"saved_views": ("name", "filters")},
    ),
    Kind(
        "audit",
        "Audit log",
        "Who of your team changed what, from which address, with what was before and after",
        "To prove who did what",
        "Kept. A buyer's reference, address and phone number in it are replaced; the entry keeps the hash of what it"
        " said, so the chain still proves that nothing else was changed.",
        "Readable, without secrets: it is proof.",
        columns={"audit_entries": ("before", "after")},
        stays={"audit_entries": ("actor", "address", "erased_hash"), "erasures": ("reason", "pseudonym")},
    ),
    Kind(
        "invitations",
        "Invitations to your team",
        "The e-mail address of whoever was invited",
        "To let people in, and to show who was asked",
        "The address of one that is over is removed after that.",
        "Readable: it is shown to those who invite, and written to.",
        keep=Keep(90, 30, 365, "Who let whom in counts for approvals."),
        rules=(
            Rule(
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
        "Name, e-mail address, sign-ins with IP address and browser; the address that a key was last used from",
        "To let people in, and to show them where they are signed in",
        "Sign-ins go when they end. A person who leaves keeps a name in the audit log.",
        "The e-mail address is readable: people sign in with it and are written to. Passwords and codes are hashed,"
        " authenticator secrets encrypted.",
        stays={
            "users": ("email", "name", "password_hash"),
            "portal_sessions": ("token_hash", "address", "agent"),
            "passkeys": ("credential_id", "public_key", "name"),
            "recovery_codes": ("code_hash",),
            "totp_secrets": ("ciphertext",),
            "api_keys": ("last_used_address",),
            "visits": ("reason",),
        },
    ),
    Kind(
        "user_mails",
        "Mails to your team",
        "Recipient, and what the mail is about",
        "To tell people what waits for them",
        "Removed after that. A buyer who is named in one is replaced by the pseudonym.",
        "Readable: it is written to.",
        keep=Keep(30, 30, 30, "They belong to no business."),
        stays={"user_mails": ("recipient", "details", "error")},
    ),
)
BY_KEY: Mapping[str, Kind] = {kind.key: kind for kind in KINDS}
CHOSEN = tuple(kind for kind in KINDS if kind.keep and kind.keep.may_change)


def updatable() -> dict[str, tuple[str, ...]]:
    """Every column that is changed so, or emptied when its time is over: all that the role for it may update."""
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
    """For how many days a business keeps a kind, by what it has chosen."""
    keep = BY_KEY[key].keep
    assert keep is not None, f"{key} is kept as long as the books"
    return min(max(int(chosen.get(key, keep.days)), keep.least), keep.most)
