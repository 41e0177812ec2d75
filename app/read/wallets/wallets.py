"""Buyers' wallets: who has one, what is in it, and every entry that made it so."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, func, select, tuple_

from app.core import db, paging
from app.domain.ledger import snapshots
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal, LedgerSnapshot
from app.domain.ledger.states import JournalState
from app.domain.payments.models import PaymentAttempt

PAGE = 50
MAX_CURRENCIES = 100  # currencies of one buyer; CLDR knows some 300, nobody has a wallet in each

# Postings of wallets that are called otherwise than the movement they come from.
_KINDS = {"charge_wallet": "charge", "refund_wallet": "refund", "top_up_granted": "top_up"}

accounts = db.table(LedgerAccount)
entries = db.table(LedgerEntry)
journals = db.table(LedgerJournal)
snaps = db.table(LedgerSnapshot)
attempts = db.table(PaymentAttempt)


class _Account(db.JoinedRow):
    id: uuid.UUID
    owner: str
    currency: str


class EntryRow(db.JoinedRow):
    """A posting on a wallet and what it is about; `total` is what was in it with the newest of the entries read."""

    id: uuid.UUID
    created_at: datetime
    amount_minor: int
    currency: str
    template: str
    order_id: uuid.UUID | None
    transaction_id: uuid.UUID | None
    total: Decimal


@dataclass(frozen=True)
class Wallet:
    """One buyer's balance in one currency, in minor units: `held` is what undecided postings would take."""

    buyer: str
    currency: str
    total_minor: int
    held_minor: int

    @property
    def available_minor(self) -> int:
        """What can be spent."""
        return self.total_minor - self.held_minor


@dataclass(frozen=True)
class Entry:
    """One line of a statement: + came in, - went out; `balance_minor` is the total right after it."""

    row: EntryRow
    amount_minor: int
    balance_minor: int

    @property
    def kind(self) -> str:
        """The kind of movement it comes from."""
        return _KINDS.get(self.row.template, self.row.template)


def wallet(business_id: uuid.UUID, *, buyer: str, currency: str, at: datetime | None = None) -> Wallet:
    """The buyer's wallet in this currency, now or as it stood `at` a moment; empty when there was nothing in it."""
    found = [each for each in wallets_of(business_id, buyer=buyer, at=at) if each.currency == currency]
    return found[0] if found else Wallet(buyer, currency, 0, 0)


def wallets_of(business_id: uuid.UUID, *, buyer: str, at: datetime | None = None) -> tuple[Wallet, ...]:
    """The buyer's wallets by currency, now or as they stood `at` a moment."""
    query = _wallets(business_id).where(accounts.c.owner == buyer).limit(MAX_CURRENCIES)
    with db.reading(business_id):
        return _with_sums(business_id, db.rows(query), at)


def owed(business_id: uuid.UUID) -> tuple[Wallet, ...]:
    """What the merchant is owed by currency; `available` is what can be paid out. `buyer` is empty."""
    query = _accounts(business_id, "merchant_payable").limit(MAX_CURRENCIES)
    with db.reading(business_id):
        return _with_sums(business_id, db.rows(query))


def debts_of(business_id: uuid.UUID, *, buyer: str) -> tuple[tuple[str, int], ...]:
    """What the buyer owes for credit that was spent before its order was refunded: (currency, minor units)."""
    query = _accounts(business_id, "owed_by_buyer").where(accounts.c.owner == buyer).limit(MAX_CURRENCIES)
    with db.reading(business_id):
        found = _with_sums(business_id, db.rows(query))
    return tuple((each.currency, -each.total_minor) for each in found if each.total_minor < 0)


def search(
    business_id: uuid.UUID, *, text: str, cursor: str = "", whole: bool = False, limit: int = PAGE
) -> paging.Page[Wallet]:
    """Wallets whose buyer begins with the text, by buyer and currency. With `whole`, only the
    buyer of exactly this name: who may not read names does not guess them letter by letter."""
    query = _wallets(business_id).limit(limit + 1)
    if text and whole:
        query = query.where(accounts.c.owner == text)
    elif text:
        # Behind row-level security an index serves comparisons but no LIKE, so the span is named as well.
        span = accounts.c.owner >= text, accounts.c.owner < text + chr(0x10FFFF)
        query = query.where(*span, accounts.c.owner.startswith(text, autoescape=True))
    if len(cursor) > 3:
        query = query.where(tuple_(accounts.c.owner, accounts.c.currency) > tuple_(cursor[3:], cursor[:3]))
    with db.reading(business_id):
        rows = db.rows(query)
        shown = _with_sums(business_id, rows[:limit])
    last = shown[-1] if len(rows) > limit else None
    return paging.Page(shown, last.currency + last.buyer if last else None)


def statement(
    business_id: uuid.UUID, *, buyer: str, currency: str, before: uuid.UUID | None, limit: int = PAGE
) -> list[Entry]:
    """Posted entries older than `before`, newest first, one more than `limit`."""
    with db.reading(business_id):
        account_id = db.scalar(
            select(accounts.c.id).where(
                accounts.c.business_id == business_id,
                accounts.c.kind == "wallet",
                accounts.c.owner == buyer,
                accounts.c.currency == currency,
            )
        )
        if account_id is None:
            return []
        before = before or snapshots.BEYOND
        posted = entries.c.business_id == business_id, entries.c.account_id == account_id, entries.c.id < before
        # In the same statement, so that both see the same entries.
        total_below = _total_below(business_id, account_id, before).label("total")
        lines_of = _entries(total_below).where(*posted, entries.c.layer == JournalState.POSTED)
        rows = db.rows(lines_of.order_by(entries.c.id.desc()).limit(limit + 1))
    lines, total = [], int(rows[0].total) if rows else 0
    for row in rows:
        lines.append(Entry(row, -row.amount_minor, total))
        total += row.amount_minor
    return lines


def _wallets(business_id: uuid.UUID) -> Select[_Account]:
    return _accounts(business_id, "wallet")


def _accounts(business_id: uuid.UUID, kind: str) -> Select[_Account]:
    return (
        db.select_as(_Account, select(accounts.c.id, accounts.c.owner, accounts.c.currency))
        .where(accounts.c.business_id == business_id, accounts.c.kind == kind)
        .order_by(accounts.c.owner, accounts.c.currency)
    )


def _with_sums(business_id: uuid.UUID, found: Sequence[_Account], at: datetime | None = None) -> tuple[Wallet, ...]:
    assert business_id == db.here()
    sums = snapshots.sums([row.id for row in found], at=at)
    return tuple(Wallet(row.owner, row.currency, int(sums[row.id].total), int(sums[row.id].held)) for row in found)


def _total_below(business_id: uuid.UUID, account_id: uuid.UUID, before: uuid.UUID) -> Any:
    """What the account came to with its entries below this one: the last snapshot, and what was posted since."""
    conditions = snaps.c.business_id == business_id, snaps.c.account_id == account_id, snaps.c.entry_id < before
    last = (
        select(snaps.c.entry_id, snaps.c.posted_minor)
        .where(*conditions)
        .order_by(snaps.c.entry_id.desc())
        .limit(1)
        .cte()
    )
    found = select(last.c.entry_id).scalar_subquery()
    since = case((found.is_(None), snapshots.NIL_ID), else_=found)  # not coalesce(): see snapshots
    later = entries.alias()
    posted = select(func.sum(later.c.amount_minor)).where(
        later.c.business_id == business_id,
        later.c.account_id == account_id,
        later.c.layer == JournalState.POSTED,
        later.c.id > since,
        later.c.id < before,
    )
    base = select(last.c.posted_minor).scalar_subquery()
    return -(func.coalesce(base, 0) + func.coalesce(posted.scalar_subquery(), 0))


def _entries(total: Any) -> Select[EntryRow]:
    found = select(
        entries.c.id,
        entries.c.created_at,
        entries.c.amount_minor,
        entries.c.currency,
        journals.c.template,
        journals.c.order_id,
        attempts.c.transaction_id,
        total,
    )
    return (
        db.select_as(EntryRow, found)
        .join(
            journals,
            and_(journals.c.business_id == entries.c.business_id, journals.c.id == entries.c.journal_id),
        )
        .outerjoin(
            attempts,
            and_(attempts.c.business_id == journals.c.business_id, attempts.c.id == journals.c.subject_id),
        )
    )
