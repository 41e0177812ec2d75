"""What the ledger's accounts stood at before some days and after them, what came and went between, and its entries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select, text

from app.core import db
from app.core.paging import After, newest_first
from app.domain.insights.metrics.models import PostingProgress
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from app.domain.ledger.rules import SHOWN_BY_OWNER
from app.domain.ledger.settlements.models import BankAccount
from app.domain.ledger.states import JournalState
from app.domain.payments.models import ChannelAccount, PaymentAttempt
from app.lib import days
from app.lib.some import some
from app.read.named_row import IdRow, NamedRow
from app.read.periods import Period

MAX_CHANNELS, FEW = 5000, 20
NIL_ID = uuid.UUID(int=0)
_HOUR = timedelta(hours=1)
accounts, journals, progress = db.table(LedgerAccount), db.table(LedgerJournal), db.table(PostingProgress)
banks = db.table(BankAccount)
entries, channels, attempts = db.table(LedgerEntry), db.table(ChannelAccount), db.table(PaymentAttempt)

# Kind of account → what people call it. On the left of a balance sheet stands what others owe; on the right, what is
# owed to others.
NAMES = {
    "channel_clearing": "Held by channels",
    "merchant_payable": "Yours",
    "unapplied": "Being returned to buyers",
    "wallet": "Buyers’ wallets",
    "hold": "Reserved",
    "shortfall": "Wallets overdrawn",
    "owed_by_buyer": "Owed by buyers",
    "claims": "Claims against buyers",
    "bank": "In the bank",
    "channel_fees": "Channel fees",
    "platform_revenue": "Platform revenue",
    "partner": "Owed to partners",
    "disputed": "Held for disputes",
    "adjustments": "Adjustments",
    "suspense": "Not yet explained",
}
LEFT = frozenset({"channel_clearing", "shortfall", "owed_by_buyer", "bank", "channel_fees", "disputed"})
Balance = dict[str, str | int | None]


class _Sums(db.JoinedRow):
    """What was posted on the accounts of a kind, a currency and an owner. Where nothing ever was, there is one row with
    `seen_id` alone."""

    seen_id: uuid.UUID
    kind: str | None
    currency: str | None
    owner: str | None
    number: Decimal | None
    opening: Decimal | None
    debit: Decimal | None
    credit: Decimal | None


# Whole hours as they were summed up to the entry `seen`; of the hours that the days begin and end within, the part;
# and what came after `seen`. An account counts from its first entry on. OFFSET 0: journal by journal, however many the
# database expects.
_SUMS = db.select_as(
    _Sums,
    text("""
WITH postings AS MATERIALIZED (
    SELECT e.id, e.account_id, e.amount_minor, j.created_at FROM ledger_entries e
    JOIN ledger_journals j ON j.business_id = :business AND j.id = e.journal_id
    WHERE e.business_id = :business AND e.id > :seen AND e.layer = 'posted' AND j.created_at < :until
    UNION ALL
    SELECT e.id, e.account_id, e.amount_minor, j.created_at FROM (
        SELECT id, created_at FROM ledger_journals
        WHERE business_id = :business AND created_at >= :since_hour AND created_at < :whole_from
        UNION ALL
        SELECT id, created_at FROM ledger_journals
        WHERE business_id = :business AND created_at >= :until_hour AND created_at < :until) j
    JOIN LATERAL (
        SELECT id, account_id, amount_minor, layer FROM ledger_entries
        WHERE business_id = :business AND journal_id = j.id OFFSET 0) e ON e.id <= :seen AND e.layer = 'posted'),
sums AS MATERIALIZED (
    SELECT account_id, (array_agg(id ORDER BY id))[1] AS first_id,
           coalesce(sum(amount_minor) FILTER (WHERE created_at < :since), 0) AS opening,
           coalesce(sum(amount_minor) FILTER (WHERE created_at >= :since AND amount_minor > 0), 0) AS debit,
           coalesce(-sum(amount_minor) FILTER (WHERE created_at >= :since AND amount_minor < 0), 0) AS credit
    FROM postings GROUP BY account_id),
together AS (
    SELECT kind, currency, owner, accounts, CASE WHEN hour < :since THEN debit_minor - credit_minor ELSE 0 END
               AS opening, CASE WHEN hour < :since THEN 0 ELSE debit_minor END AS debit,
           CASE WHEN hour < :since THEN 0 ELSE credit_minor END AS credit
    FROM postings_by_hour WHERE business_id = :business AND hour < :until_hour
        AND (hour < :since_hour OR hour >= :whole_from)
    UNION ALL
    SELECT a.kind, a.currency,
           CASE WHEN a.kind IN ('channel_clearing', 'channel_fees', 'bank') THEN a.owner ELSE '' END,
           CASE WHEN e.is_known THEN 0 ELSE 1 END, s.opening, s.debit, s.credit
    FROM sums s JOIN ledger_accounts a ON a.business_id = :business AND a.id = s.account_id
    LEFT JOIN LATERAL (
        SELECT true AS is_known FROM ledger_entries e WHERE e.business_id = :business AND e.account_id = s.account_id
        AND e.id < s.first_id AND e.layer = 'posted' ORDER BY e.id LIMIT 1) e ON true)
SELECT coalesce(p.seen_id, :nobody) AS seen_id, t.* FROM (SELECT 1) one
LEFT JOIN posting_progress p ON p.business_id = :business
LEFT JOIN (
    SELECT kind, currency, owner, sum(accounts) AS number, sum(opening) AS opening, sum(debit) AS debit,
           sum(credit) AS credit FROM together GROUP BY 1, 2, 3 ORDER BY 2, 1, 3 LIMIT 5000) t ON true
"""),
)


@dataclass(frozen=True)
class Proof:
    """Both sides of one currency: what others owe and what is owed at the end, and what was posted between."""

    currency: str
    left_minor: int
    right_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def is_balanced(self) -> bool:
        """Whether the ledger is right."""
        return self.left_minor == self.right_minor and self.debit_minor == self.credit_minor


class PostingRow(db.JoinedRow):
    """A posting behind a balance; of `minor`, + came in and - went out."""

    id: uuid.UUID
    created_at: datetime
    minor: int
    currency: str
    template: str
    order_id: uuid.UUID | None
    transaction_id: uuid.UUID | None


def balances(business_id: uuid.UUID, period: Period) -> list[Balance]:
    """One row for each kind of account and currency, of channels and banks for each of their accounts; those that were
    never posted on are left out. From the sums by the hour, and the postings that are in none of them. In the open
    reading."""
    since, until = _span(period)
    found = _sums(business_id, since, until)
    names = _names(business_id)
    return sorted(
        (_balance(row, names) for row in found),
        key=lambda row: (str(row["currency"]), list(NAMES).index(str(row["kind"])), str(row["account"])),
    )


def _sums(business_id: uuid.UUID, since: datetime, until: datetime) -> list[_Sums]:
    since_hour, until_hour = _hour(since), _hour(until)
    params = {
        "business": business_id,
        "since": since,
        "until": until,
        "since_hour": since_hour,
        "until_hour": until_hour,
        "nobody": NIL_ID,
        "whole_from": since if since == since_hour else since_hour + _HOUR,
    }
    seen = _seen(business_id)
    while True:
        rows = db.rows(_SUMS, **params, seen=seen)
        if rows[0].seen_id == seen:
            return [row for row in rows if row.kind]
        seen = rows[0].seen_id  # more was counted than thought: what is read beside the sums must be what they lack


def _seen(business_id: uuid.UUID) -> uuid.UUID:
    return db.scalar(select(progress.c.seen_id).where(progress.c.business_id == business_id)) or NIL_ID


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


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
    """What each kind of account is called, and each channel and bank account: (kind, owner) → name."""
    with db.reading(business_id):
        of_channels, of_banks = _names_in(business_id, channels), _names_in(business_id, banks)
    kinds = {(kind, ""): name for kind, name in NAMES.items()}
    return kinds | {
        (kind, owner): name
        for kind in SHOWN_BY_OWNER
        for owner, name in (of_banks if kind == "bank" else of_channels).items()
    }


def entries_of(
    business_id: uuid.UUID, period: Period, *, kind: str, owner: str, currency: str, after: After, limit: int
) -> list[PostingRow]:
    """The postings behind a balance's `in` and `out`, newest first, one more than `limit`."""
    since, until = _span(period)
    sign = 1 if kind in LEFT else -1
    query = (
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
        .outerjoin(
            attempts, and_(attempts.c.business_id == journals.c.business_id, attempts.c.id == journals.c.subject_id)
        )
        .where(
            entries.c.business_id == business_id,
            journals.c.business_id == business_id,
            entries.c.layer == JournalState.POSTED,
            journals.c.created_at >= since,
            journals.c.created_at < until,
        )
    )
    if after is not None:  # for the index on journals: the rest of the key is the entry's
        query = query.where(journals.c.created_at <= after[0])
    account = db.select_as(IdRow, select(accounts.c.id)).where(
        accounts.c.business_id == business_id,
        accounts.c.kind == kind,
        accounts.c.currency == currency,
        *([accounts.c.owner == owner] if owner else []),
    )
    with db.reading(business_id):
        ids = [row.id for row in db.rows(account.limit(FEW + 1))]
        # Of few accounts, the database knows how many entries each has: whether to go by them or by the days.
        query = query.where(entries.c.account_id.in_(ids if len(ids) <= FEW else account))
        found: Any = query.subquery("found")
        return list(db.rows(newest_first(db.select_as(PostingRow, select(found)), found, after, limit)))


def _span(period: Period) -> tuple[datetime, datetime]:
    since, until = (
        days.midnight(period.since, period.time_zone),
        days.midnight(period.until, period.time_zone, days=1),
    )
    assert since is not None
    assert until is not None
    return since, until


def _balance(row: _Sums, names: Mapping[str, str]) -> Balance:
    is_left, debit, credit = row.kind in LEFT, int(some(row.debit)), int(some(row.credit))
    opening = int(some(row.opening)) if is_left else -int(some(row.opening))
    came, went = (debit, credit) if is_left else (credit, debit)
    return {
        "account": names.get(row.owner, row.owner) if row.owner else NAMES[some(row.kind)],
        "kind": row.kind,
        "owner": row.owner,
        "currency": row.currency,
        "accounts": int(some(row.number)),
        "opening_minor": opening,
        "in_minor": came,
        "out_minor": went,
        "closing_minor": opening + came - went,
    }


def _names(business_id: uuid.UUID) -> dict[str, str]:
    """What channel accounts and bank accounts are called, by owner."""
    return _names_in(business_id, channels) | _names_in(business_id, banks)


def _names_in(business_id: uuid.UUID, table: Any) -> dict[str, str]:
    query = db.select_as(NamedRow, select(table.c.id, table.c.name))
    found = db.rows(query.where(table.c.business_id == business_id).limit(MAX_CHANNELS))
    return {str(row.id): row.name for row in found}


def _same_journal() -> Any:
    # A posting is as old as its journal: its entries are written a little later.
    return and_(journals.c.business_id == entries.c.business_id, journals.c.id == entries.c.journal_id)
