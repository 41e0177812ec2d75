"""Posting: pend, post, void. All in the caller's phase, all append-only."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from app.core import db
from app.core.ids import named, new_id
from app.core.money import Money
from app.domain.ledger import snapshots
from app.domain.ledger.errors import InsufficientFunds
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from app.domain.ledger.rules import JOURNALS, NEVER_BELOW_ZERO, TEMPLATES
from app.domain.ledger.states import JournalState

_ACCOUNTS = uuid.UUID("6ad3d3f2-6f3e-4b52-9d0a-6c8b9a2f5d11")


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One posting to be made. `debit_owner` and `credit_owner` name whose account of the template's kind it is: a
    channel account's id, a buyer's reference, or nothing where the business has only one."""

    template: str
    money: Money
    subject_id: uuid.UUID
    order_id: uuid.UUID | None = None
    debit_owner: str = ""
    credit_owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One side of a posting with many: `money` is a debit, or below zero a credit, on the account of this kind and
    owner."""

    kind: str
    money: Money
    owner: str = ""


@dataclass(frozen=True)
class Balance:
    """One account in minor units: `total` is posted, `held` is what undecided postings would take from it."""

    total: int
    held: int

    @property
    def available(self) -> int:
        """What can still be taken."""
        return self.total - self.held


def account_id(kind: str, *, owner: str, currency: str) -> uuid.UUID:
    """The id of the open phase's business's account; it follows from what the account is, so none is looked up."""
    return named(_ACCOUNTS, f"{db.here()}/{kind}/{owner}/{currency}")


def pend(posting: Posting) -> uuid.UUID:
    """Hold the money along the template; the pending journal's id.

    Raises:
        InsufficientFunds: the debited account may not go below zero, and would.
    """
    _require_funds(posting)
    journal_id = _journal(posting.template, JournalState.PENDING, posting.subject_id, posting.order_id)
    _write(journal_id, [(JournalState.PENDING, leg) for leg in _legs(posting)])
    return journal_id


def post_now(posting: Posting) -> uuid.UUID:
    """Post without holding the money first; the journal's id. Raises as `pend` does."""
    _require_funds(posting)
    journal_id = _journal(posting.template, JournalState.POSTED, posting.subject_id, posting.order_id)
    _write(journal_id, [(JournalState.POSTED, leg) for leg in _legs(posting)])
    return journal_id


def post_legs(
    template: str, legs: Sequence[Leg], *, subject_id: uuid.UUID, order_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Post a journal of many legs, which sum to zero in each currency; the journal's id. Legs of nothing are left out.

    Raises:
        ValueError: the legs do not balance, or one is on a kind of account that the template does not touch.
    """
    sums: Counter[str] = Counter()
    for leg in legs:
        sums[leg.money.currency] += leg.money.minor
    if any(sums.values()) or not all(leg.kind in JOURNALS[template] for leg in legs):
        raise ValueError(f"no {template} has these legs")
    journal_id = _journal(template, JournalState.POSTED, subject_id, order_id)
    written = [_leg(leg.kind, leg.owner, leg.money) for leg in legs if leg.money.minor]
    _write(journal_id, [(JournalState.POSTED, each) for each in written])
    return journal_id


def post(pending_id: uuid.UUID) -> uuid.UUID:
    """Post a pending journal. A second resolution fails on a unique key."""
    return _resolve(pending_id, JournalState.POSTED)


def void(pending_id: uuid.UUID) -> uuid.UUID:
    """Void a pending journal, which releases what it held. A second resolution fails on a unique key."""
    return _resolve(pending_id, JournalState.VOIDED)


def post_after_void(pending_id: uuid.UUID) -> uuid.UUID:
    """Post what a voided journal would have posted: the payment company reported a failure first and a success
    later."""
    journal, legs = _read(pending_id)
    journal_id = _journal(journal.template, JournalState.POSTED, journal.subject_id, journal.order_id)
    _write(journal_id, [(JournalState.POSTED, leg) for leg in legs])
    return journal_id


def balance(kind: str, *, owner: str, currency: str) -> Balance:
    """The balance of an account that we owe on (a wallet, the merchant's), in minor units, in the open transaction.
    `held` is what pending journals would take; incoming money that is pending counts nowhere."""
    key = account_id(kind, owner=owner, currency=currency)
    found = snapshots.sums([key])[key]
    return Balance(int(found.total), int(found.held))


def locked_balance(kind: str, *, owner: str, currency: str) -> Balance:
    """The balance in minor units, with the account locked for the rest of the phase: two that spend from one account
    take turns. A journal that only pays in does not wait, since entries lock no more of the account than its key."""
    key = account_id(kind, owner=owner, currency=currency)
    db.scalar(
        select(LedgerAccount.id)
        .where(LedgerAccount.business_id == db.here(), LedgerAccount.id == key)
        .with_for_update(key_share=True)
    )
    return balance(kind, owner=owner, currency=currency)


def _require_funds(posting: Posting) -> None:
    template = TEMPLATES[posting.template]
    kind = template.debit
    if kind not in NEVER_BELOW_ZERO and not template.covered:
        return
    has = locked_balance(kind, owner=posting.debit_owner, currency=posting.money.currency)
    if has.available < posting.money.minor:
        raise InsufficientFunds(
            "insufficient_funds", "Insufficient available balance.", details={"available_minor": has.available}
        )


def _journal(
    template: str, state: str, subject_id: uuid.UUID, order_id: uuid.UUID | None, pending_id: uuid.UUID | None = None
) -> uuid.UUID:
    journal_id = new_id()
    db.add(
        LedgerJournal,
        id=journal_id,
        template=template,
        state=state,
        pending_id=pending_id,
        subject_id=subject_id,
        order_id=order_id,
    )
    return journal_id


@dataclass(frozen=True)
class _Leg:
    account_id: uuid.UUID
    amount_minor: int
    currency: str

    def __neg__(self) -> _Leg:
        return _Leg(self.account_id, -self.amount_minor, self.currency)


def _legs(posting: Posting) -> list[_Leg]:
    """Debit and credit of a posting; the accounts come into being with it."""
    sides = TEMPLATES[posting.template]
    return [
        _leg(sides.debit, posting.debit_owner, posting.money),
        _leg(sides.credit, posting.credit_owner, -posting.money),
    ]


def _leg(kind: str, owner: str, amount: Money) -> _Leg:
    key = account_id(kind, owner=owner, currency=amount.currency)
    db.add_once(LedgerAccount, id=key, kind=kind, owner=owner, currency=amount.currency)
    return _Leg(key, amount.minor, amount.currency)


def _resolve(pending_id: uuid.UUID, state: str) -> uuid.UUID:
    journal, legs = _read(pending_id)
    journal_id = _journal(journal.template, state, journal.subject_id, journal.order_id, pending_id)
    entries = [(JournalState.PENDING, -leg) for leg in legs]
    if state == JournalState.POSTED:
        entries += [(JournalState.POSTED, leg) for leg in legs]
    _write(journal_id, entries)
    return journal_id


class _PendingEntry(db.JoinedRow):
    """An entry with its journal's template and subjects."""

    template: str
    subject_id: uuid.UUID
    order_id: uuid.UUID | None
    account_id: uuid.UUID
    amount_minor: int
    currency: str


_PENDING_ENTRIES = (
    select(
        LedgerJournal.template,
        LedgerJournal.subject_id,
        LedgerJournal.order_id,
        LedgerEntry.account_id,
        LedgerEntry.amount_minor,
        LedgerEntry.currency,
    )
    .join(
        LedgerEntry,
        (LedgerEntry.business_id == LedgerJournal.business_id) & (LedgerEntry.journal_id == LedgerJournal.id),
    )
    .where(
        LedgerJournal.business_id == db.HERE,
        LedgerJournal.id == bindparam("journal"),
        LedgerJournal.state == JournalState.PENDING,
    )
    .order_by(LedgerEntry.id)
)
_PENDING = db.prepared(db.select_as(_PendingEntry, _PENDING_ENTRIES))


def _read(pending_id: uuid.UUID) -> tuple[_PendingEntry, list[_Leg]]:
    rows = db.rows(_PENDING, journal=pending_id)
    assert rows, "only a pending journal can be resolved"
    return rows[0], [_Leg(row.account_id, row.amount_minor, row.currency) for row in rows]


def _write(journal_id: uuid.UUID, entries: Sequence[tuple[str, _Leg]]) -> None:
    for layer, leg in entries:
        db.add(
            LedgerEntry,
            journal_id=journal_id,
            account_id=leg.account_id,
            layer=layer,
            amount_minor=leg.amount_minor,
            currency=leg.currency,
        )
