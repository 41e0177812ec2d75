"""An order's story in one line of time: what people, buyers and companies did, merged from every table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.core.db.models import StateChange
from app.core.money import format_money
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.ledger.states import JournalState
from app.domain.orders.reservations.states import ReservationStatus
from app.domain.orders.states import HANDED_OVER, OrderStatus
from app.domain.payments.models import BankTransfer
from app.domain.payments.states import AttemptStatus, BankTransferStatus
from app.domain.reconciliation.states import CaseStatus
from app.read.orders.order_messages import mail_state
from app.read.orders.order_page import OrderPage
from app.read.payments.attempts import Transaction
from app.read.wallets.movement_page import MovementPage

_GOOD = {
    OrderStatus.PAID,
    *HANDED_OVER,
    AttemptStatus.SUCCEEDED,
    DeliveryStatus.DELIVERED,
    BankTransferStatus.CONFIRMED,
    BankTransferStatus.RETURNED,
    ApprovalStatus.DONE,
}
_BAD = {
    AttemptStatus.FAILED,
    OrderStatus.CLOSED,
    DeliveryStatus.REVOKED,
    BankTransferStatus.REJECTED,
    ReservationStatus.STUCK,
}
# How an attempt's news came to us.
_SOURCES = {
    "answer": "from the channel’s response",
    "query": "by polling",
    "notice": "by notice",
    "return": "on the buyer’s return",
    "close": "on closing",
    "manual": "manually",
}

# What is said of something that takes two people.
_APPROVALS = {
    ApprovalStatus.REQUESTED: "is waiting for approval",
    ApprovalStatus.APPROVED: "was approved",
    ApprovalStatus.REJECTED: "was rejected",
    ApprovalStatus.EXPIRED: "was not approved in time",
    ApprovalStatus.DONE: "was carried out",
    ApprovalStatus.FAILED: "was approved but failed",
}

MOVEMENTS = {
    "charge": "Payment",
    "deduction": "Deduction",
    "refund": "Refund",
    "top_up": "Top-up",
    "withdrawal": "Withdrawal",
    "transfer": "Transfer",
    "payout": "Payout",
}


# What a timeline may be narrowed to → the kinds of its moments.
GROUPS: dict[str, tuple[str, ...]] = {
    "states": ("orders", "clock"),
    "payments": ("card", "refund", "bell", "bank"),
    "deliveries": ("gift", "stock"),
    "ledger": ("book",),
    "messages": ("send", "mail"),
    "people": ("note", "alert", "check", "person"),
}


@dataclass(frozen=True)
class Moment:
    """One line. `kind` chooses its icon, `tone` its color; `actor` as histories name it."""

    at: datetime
    kind: str
    tone: str
    title: str
    text: str = ""
    actor: str = ""


def timeline(page: OrderPage, group: str = "") -> tuple[Moment, ...]:
    """Everything that happened to the order, newest first; only what is of one of GROUPS when it is named."""
    moments = [*_orders(page), *_payments(page), *_deliveries(page), *_journals(page, page.order.currency)]
    moments += [*_held(page), *_messages(page), *_people(page)]
    kinds = GROUPS.get(group)
    chosen = [moment for moment in moments if kinds is None or moment.kind in kinds]
    return tuple(sorted(chosen, key=lambda moment: moment.at, reverse=True))


def _people(page: OrderPage) -> Iterator[Moment]:
    """What people wrote, agreed to, asked for and decided."""
    for note in page.notes:
        yield Moment(note.created_at, "note", "", "Note", note.body, note.author)
    for case in page.cases:
        title = f"Case opened: {_words(case.kind)}"
        yield Moment(case.created_at, "alert", "warn", title, "Resolved" * (case.status == CaseStatus.RESOLVED))
    for agreed in page.agreements:
        title = f"Buyer accepted “{agreed.title}”, version {agreed.revision}"
        yield Moment(agreed.created_at, "check", "", title, f"Text hash {agreed.text_hash[:16]}…")
    approvals = {row.id: row for row in page.approvals}
    for change in _changes(page, "approval"):
        row = approvals[change.row_id]
        title = f"{_asked_for(row)} {_APPROVALS[ApprovalStatus(change.to_state)]}"
        tone = "warn" if change.from_state is None else _tone(change.to_state)
        yield Moment(change.created_at, "person", tone, title, _words(change.reason), change.actor)


def _asked_for(row: Approval) -> str:
    if row.kind == "transition":
        return f"A manual transition from {_words(row.payload['from'])} to {_words(row.payload['to'])}"
    return f"A {_words(row.kind)} of {format_money(row.amount_minor, row.currency)}"


def _held(page: OrderPage) -> Iterator[Moment]:
    """What was reserved with others for the order: a share of the buyer's wallet, units in a merchant's system."""
    for row in page.reservations:
        what = "Wallet portion" if row.kind == "wallet" else "Units in your own system"
        amount = format_money(row.amount_minor, row.currency) if row.amount_minor else ""
        yield Moment(row.created_at, "clock", _tone(row.status), f"{what} reserved, {_words(row.status)} now", amount)


def _messages(page: OrderPage) -> Iterator[Moment]:
    """What the buyer and the merchant's endpoints were told."""
    for mail in page.mails:
        state = mail_state(mail)
        title = f"{mail.kind.capitalize()} email {state}"
        tone = {"sent": "good", "waiting": "calm", "discarded": "calm"}.get(state, "bad")
        yield Moment(mail.sent_at or mail.created_at, "mail", tone, title, mail.error or mail.recipient)
    for sent in page.webhooks:
        title, host = f"Webhook {sent.topic} {_words(sent.status)}", sent.url.partition("?")[0]
        tried = f" · {sent.attempt_count} attempts" if sent.attempt_count > 1 else ""
        yield Moment(sent.delivered_at or sent.created_at, "send", _tone(sent.status), title, f"{host}{tried}")


def movement_timeline(page: MovementPage) -> tuple[Moment, ...]:
    """Everything that happened to a movement, newest first."""
    [transaction] = page.transactions
    row, what = transaction.row, MOVEMENTS.get(transaction.row.kind, "Movement")
    asked = f"{what} of {format_money(row.amount_minor, row.currency)} requested"
    moments = [Moment(row.created_at, "movements", "calm", asked, _words(row.reason), row.actor)]
    moments += [*_attempts(page, transaction, what, "movements"), *_journals(page, row.currency)]
    for case in page.cases:
        title = f"Case opened: {_words(case.kind)}"
        moments.append(
            Moment(case.created_at, "alert", "warn", title, "Resolved" * (case.status == CaseStatus.RESOLVED))
        )
    return tuple(sorted(moments, key=lambda moment: moment.at, reverse=True))


def _orders(page: OrderPage) -> Iterator[Moment]:
    for change in _changes(page, "order"):
        title = "Order placed" if change.from_state is None else f"Order {_words(change.to_state)}"
        is_plain = change.reason in (change.to_state, "placed")
        reason = "" if is_plain else _words(change.reason)
        yield Moment(change.created_at, "orders", _tone(change.to_state), title, reason, change.actor)


def _payments(page: OrderPage) -> Iterator[Moment]:
    for transaction in page.transactions:
        row = transaction.row
        amount = format_money(row.amount_minor, row.currency)
        what = "Refund" if row.kind == "refund" else "Payment"
        kind = "refund" if row.kind == "refund" else "card"
        title = f"{what} of {amount} requested"
        yield Moment(row.created_at, kind, "calm", title, _words(row.reason) if row.kind == "refund" else "", row.actor)
        yield from _attempts(page, transaction, what, kind)


def _attempts(page: OrderPage | MovementPage, transaction: Transaction, what: str, kind: str) -> Iterator[Moment]:
    for attempt in transaction.attempts:
        for change in _changes(page, "attempt"):
            if change.row_id != attempt.row.id or change.from_state is None:
                continue
            code = attempt.row.decline_code if change.to_state == AttemptStatus.FAILED else None
            text = f"declined: {_words(code)}" if code else _SOURCES.get(change.reason, change.reason)
            title = f"{what} {_words(change.to_state)} at {attempt.account_name}"
            yield Moment(change.created_at, kind, _tone(change.to_state), title, text, change.actor)
        for transfer in attempt.transfers:
            yield from _transfers(page, transfer)
        for notice in attempt.notices:
            tone = "bad" if notice.verdict == "refused" else ""
            title = f"Notice from {attempt.account_name}: {notice.verdict}"
            yield Moment(notice.created_at, "bell", tone, title, notice.reason, f"channel:{attempt.row.channel}")


def _transfers(page: OrderPage | MovementPage, transfer: BankTransfer) -> Iterator[Moment]:
    """What people said of the bank account, each step with who said it."""
    what = "Bank transfer out" if transfer.direction == "out" else "Bank transfer in"
    amount = format_money(transfer.amount_minor, transfer.currency)
    for change in _changes(page, "bank_transfer"):
        if change.row_id == transfer.id:
            title = f"{what} of {amount}: {_words(change.to_state)}"
            reason = transfer.bank_reference if change.from_state is None else change.reason
            yield Moment(change.created_at, "bank", _tone(change.to_state), title, reason, change.actor)


def _deliveries(page: OrderPage) -> Iterator[Moment]:
    for change in _changes(page, "delivery"):
        if change.from_state is not None:
            title = f"Item {_words(change.to_state)}"
            yield Moment(change.created_at, "gift", _tone(change.to_state), title, change.reason, change.actor)


def _journals(page: OrderPage | MovementPage, currency: str) -> Iterator[Moment]:
    for journal in page.journals:
        row = journal.row
        titles = {
            JournalState.PENDING: "Held in the ledger",
            JournalState.POSTED: "Posted",
            JournalState.VOIDED: "Hold released in the ledger",
        }
        amount = max((abs(entry.amount_minor) for entry in journal.entries), default=0)
        text = format_money(amount, currency) if amount else ""
        yield Moment(row.created_at, "book", "", f"{titles[JournalState(row.state)]}: {_words(row.template)}", text)


def _changes(page: OrderPage | MovementPage, machine: str) -> Iterator[StateChange]:
    return (change for change in page.changes if change.machine == machine)


def _tone(state: str) -> str:
    if state in _GOOD:
        return "good"
    if state in _BAD:
        return "bad"
    return "warn" if state == AttemptStatus.UNKNOWN else "calm"


def _words(name: str | None) -> str:
    return (name or "").replace("_", " ")
