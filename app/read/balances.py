"""What the ledger's accounts stood at before some days and after them, what came and went between, and its entries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, func, select

from app.core import days, db
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from app.domain.payments.models import ChannelAccount, PaymentAttempt
from app.read.periods import Period
from app.read.resources.keys import After, newest_first

MOST = 5000
accounts, journals = LedgerAccount.__table__, LedgerJournal.__table__
entries, channels, attempts = LedgerEntry.__table__, ChannelAccount.__table__, PaymentAttempt.__table__

# Kind of account → what people call it. On the left of a balance sheet stands what others owe; on the right, what is
# owed to others.
NAMES = {
    "channel_clearing": "With channels",
    "merchant_payable": "Yours",
    "unapplied": "On its way back to buyers",
    "wallet": "Buyers’ wallets",
    "hold": "Held",
    "shortfall": "Wallets overdrawn",
    "owed_by_buyer": "Owed by buyers",
    "claims": "Claims against buyers",
}
LEFT = frozenset({"channel_clearing", "shortfall", "owed_by_buyer"})
Balance = dict[str, str | int | None]


@dataclass(frozen=True)
class Proof:
    """Both sides of one currency: what others owe and what is owed at the end, and what was booked between."""

    currency: str
    left_minor: int
    right_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def is_balanced(self) -> bool:
        """Whether the books are right."""
        return self.left_minor == self.right_minor and self.debit_minor == self.credit_minor


def balances(business_id: uuid.UUID, period: Period) -> list[Balance]:
    """One row for each kind of account and currency, of channels for each channel account; those that were never booked
    on are left out. Reads every posting of the business once. In the open reading."""
    since, until = _span(period)
    before, between = journals.c.created_at < since, journals.c.created_at >= since
    sums = (
        select(
            entries.c.account_id,
            func.coalesce(func.sum(entries.c.amount_minor).filter(before), 0).label("opening"),
            func.coalesce(func.sum(entries.c.amount_minor).filter(between, entries.c.amount_minor > 0), 0).label(
                "debit"
            ),
            func.coalesce(-func.sum(entries.c.amount_minor).filter(between, entries.c.amount_minor < 0), 0).label(
                "credit"
            ),
        )
        .join(journals, _same_journal())
        .where(entries.c.business_id == business_id, entries.c.layer == "posted", journals.c.created_at < until)
        .group_by(entries.c.account_id)
        .subquery()
    )
    owner = case((accounts.c.kind == "channel_clearing", accounts.c.owner), else_="").label("owner")
    query = (
        select(
            accounts.c.kind,
            accounts.c.currency,
            owner,
            func.count().label("number"),
            *(func.sum(sums.c[name]).label(name) for name in ("opening", "debit", "credit")),
        )
        .join(sums, sums.c.account_id == accounts.c.id)
        .where(accounts.c.business_id == business_id)
        .group_by(accounts.c.kind, accounts.c.currency, owner)
        .order_by(accounts.c.currency, accounts.c.kind, owner)
        .limit(MOST)
    )
    rows = db.rows(query)
    names = _channel_names(business_id)
    found = [_balance(row, names) for row in rows]
    return sorted(
        found, key=lambda row: (str(row["currency"]), list(NAMES).index(str(row["kind"])), str(row["account"]))
    )


def proofs(rows: Iterable[Mapping[str, str | int | None]]) -> tuple[Proof, ...]:
    """The proof of these balances, currency by currency."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        is_left, (came, went) = row["kind"] in LEFT, (int(row["in_minor"] or 0), int(row["out_minor"] or 0))
        of = sums.setdefault(str(row["currency"]), [0, 0, 0, 0])
        of[0 if is_left else 1] += int(row["closing_minor"] or 0)
        of[2] += came if is_left else went
        of[3] += went if is_left else came
    return tuple(Proof(currency, *of) for currency, of in sorted(sums.items()))


def account_names(business_id: uuid.UUID) -> dict[tuple[str, str], str]:
    """What each kind of account is called, and each channel account: (kind, owner) → name."""
    with db.reading(business_id):
        names = _channel_names(business_id)
    kinds = {(kind, ""): name for kind, name in NAMES.items()}
    return kinds | {("channel_clearing", owner): name for owner, name in names.items()}


def entries_of(
    business_id: uuid.UUID, period: Period, *, kind: str, owner: str, currency: str, after: After, limit: int
) -> list[Row[Any]]:
    """The postings behind a balance's `in` and `out`, newest first, one more than `limit`: with `minor` (+ came in,
    - went out), `template`, `order_id` and `transaction_id`."""
    since, until = _span(period)
    sign = 1 if kind in LEFT else -1
    found: Any = (
        select(
            entries.c.id,
            journals.c.created_at,
            (entries.c.amount_minor * sign).label("minor"),
            entries.c.currency,
            journals.c.template,
            journals.c.order_id,
            attempts.c.transaction_id,
        )
        .join(journals, _same_journal())
        .join(accounts, and_(accounts.c.business_id == entries.c.business_id, accounts.c.id == entries.c.account_id))
        .outerjoin(
            attempts, and_(attempts.c.business_id == journals.c.business_id, attempts.c.id == journals.c.subject_id)
        )
        .where(
            entries.c.business_id == business_id,
            entries.c.layer == "posted",
            journals.c.created_at >= since,
            journals.c.created_at < until,
            accounts.c.kind == kind,
            accounts.c.currency == currency,
            *([accounts.c.owner == owner] if owner else []),
        )
        .subquery("found")
    )
    with db.reading(business_id):
        return list(db.rows(newest_first(select(found), found, after, limit)))


def _span(period: Period) -> tuple[datetime, datetime]:
    since, until = (
        days.midnight(period.since, period.time_zone),
        days.midnight(period.until, period.time_zone, days=1),
    )
    assert since is not None
    assert until is not None
    return since, until


def _balance(row: Row[Any], names: Mapping[str, str]) -> Balance:
    is_left = row.kind in LEFT
    opening = int(row.opening) if is_left else -int(row.opening)
    came, went = (int(row.debit), int(row.credit)) if is_left else (int(row.credit), int(row.debit))
    return {
        "account": names.get(row.owner, row.owner) if row.owner else NAMES[row.kind],
        "kind": row.kind,
        "owner": row.owner,
        "currency": row.currency,
        "accounts": int(row.number),
        "opening_minor": opening,
        "in_minor": came,
        "out_minor": went,
        "closing_minor": opening + came - went,
    }


def _channel_names(business_id: uuid.UUID) -> dict[str, str]:
    mine = select(channels.c.id, channels.c.name).where(channels.c.business_id == business_id).limit(MOST)
    return {str(row.id): row.name for row in db.rows(mine)}


def _same_journal() -> Any:
    # A booking is as old as its journal: its entries are written a little later.
    return and_(journals.c.business_id == entries.c.business_id, journals.c.id == entries.c.journal_id)
