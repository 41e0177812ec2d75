"""What is kept of people: one table, of which the documentation and the portal's page are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kind:
    """One kind of personal data. `columns` are those in which a buyer's reference, e-mail address or phone number is
    replaced when the buyer is erased, by table; `days` is how long it is kept (None: as long as the books)."""

    key: str
    what: str
    why: str
    how: str
    days: int | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def how_long(self) -> str:
        """In words."""
        return f"{self.days} days" if self.days else "As long as the books"


PSEUDONYM = "Erasing replaces reference, address and phone number by a pseudonym; amounts, dates and states stay."

KINDS = (
    Kind(
        "orders",
        "Orders: your reference for the buyer, e-mail address, phone number, notes and details you send along",
        "To deliver, to answer the buyer and to keep books",
        PSEUDONYM,
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
        "sessions",
        "Checkout sessions: the same, from the moment a checkout opens",
        "To let the buyer come back to an unfinished checkout",
        PSEUDONYM,
        columns={"checkout_sessions": ("buyer_reference", "buyer_email", "buyer_phone", "details", "return_url")},
    ),
    Kind(
        "agreements",
        "Agreements: which text was accepted, when, from which IP address",
        "Proof of what was agreed",
        "Erasing removes the IP address; the proof stays with the order.",
        columns={"agreement_acceptances": ("buyer_ip",)},
    ),
    Kind(
        "payments",
        "Payments and books: the reference on payments, wallets, freezes and postings; payee; names of bank transfers",
        "Books that the law asks for",
        PSEUDONYM,
        columns={
            "payment_transactions": ("buyer_reference", "counter_reference", "payee", "reason", "actor"),
            "payment_attempts": ("action",),
            "wallet_freezes": ("buyer_reference", "reason", "actor"),
            "freeze_releases": ("reason", "actor"),
            "ledger_accounts": ("owner",),
            "ledger_journals": ("memo",),
            "bank_transfers": ("counterparty",),
            "approvals": ("payload", "reason"),
            "reservations": ("error",),
        },
    ),
    Kind(
        "tries",
        "Which card or account was declined, and from where a payment was begun, as keyed hashes",
        "To slow down whoever tries stolen cards",
        "Recognised the next time, never read: neither card nor address can be told from them, nor the buyer.",
    ),
    Kind(
        "exchanges",
        "What was said between us and payment companies, and their notices, as far as they name the buyer",
        "To settle disputes about a payment",
        PSEUDONYM,
        columns={"channel_exchanges": ("url", "request", "response"), "channel_notices": ("raw",)},
    ),
    Kind(
        "owned",
        "What a buyer owns: memberships, points, credit, downloads, coupons",
        "To give the buyer what was bought",
        PSEUDONYM,
        columns={
            "entitlements": ("buyer_reference",),
            "grants": ("buyer_reference",),
            "points_accounts": ("buyer_reference",),
            "points_entries": ("reason", "actor"),
            "download_rights": ("buyer_reference",),
            "coupons": ("buyer_reference", "email_key", "device_key"),
            "coupon_uses": ("buyer_reference", "email_key", "device_key"),
            "promotion_uses": ("buyer_reference",),
        },
    ),
    Kind(
        "mails",
        "Mails to buyers: recipient and what the mail is about",
        "To send receipts again, and to see whether one arrived",
        PSEUDONYM,
        columns={"mails": ("recipient", "details", "error")},
    ),
    Kind(
        "events",
        "Events, webhooks and what merchants' systems answered",
        "To tell your own systems, and to tell them again",
        "Deliveries and their tries go after 30 days. " + PSEUDONYM,
        columns={
            "outbox_events": ("payload", "error"),
            "webhook_deliveries": ("error",),
            "webhook_tries": ("url", "answer", "error"),
        },
    ),
    Kind(
        "requests",
        "Request log and answers kept for repeated requests, with their bodies",
        "To find mistakes in programs; to answer the same request once",
        "Requests go after 30 days, kept answers after 2. " + PSEUDONYM,
        days=30,
        columns={
            "request_logs": ("path", "idempotency_key", "request_body", "response_body"),
            "idempotency_keys": ("key", "answer"),
        },
    ),
    Kind(
        "lists",
        "Views of lists and files made of lists, as far as they name a buyer; alerts",
        "Daily work",
        "Files go after 7 days, and at once when a buyer is erased. " + PSEUDONYM,
        columns={"saved_views": ("name", "given"), "exports": ("given",), "alerts": ("facts",)},
    ),
    Kind(
        "audit",
        "Audit log: who of your team changed what, with what was before and after",
        "To prove who did what",
        "Kept. A buyer's reference, address and phone number in it are replaced; the entry keeps the hash of what it"
        " said, so the chain still proves that nothing else was changed.",
        columns={"audit_entries": ("before", "after")},
    ),
    Kind(
        "team",
        "Your team: name, e-mail address, sign-ins with IP address and browser",
        "To let people in, and to show them where they are signed in",
        "Sign-ins go when they end, mails to people after 30 days. A person who leaves keeps a name in the audit log.",
    ),
)


def columns() -> dict[str, tuple[str, ...]]:
    """Every column in which an erased buyer is replaced, by table."""
    return {table: names for kind in KINDS for table, names in kind.columns.items()}
