"""Postings as accountants draw them: one T for each account, and the proof that they balance."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.ledger.states import JournalState
from app.read.ledger.journals import Journal, JournalEntry
from app.read.payments.attempts import Attempt


@dataclass(frozen=True)
class Line:
    """One amount on one side of an account."""

    journal_id: uuid.UUID
    at: datetime
    what: str
    amount_minor: int


@dataclass(frozen=True)
class TAccount:
    """An account with what was posted on it; `name` says whose it is, where it is anybody's."""

    kind: str
    name: str
    currency: str
    debits: tuple[Line, ...]
    credits: tuple[Line, ...]

    @property
    def debit_minor(self) -> int:
        """The sum of the left side."""
        return sum(line.amount_minor for line in self.debits)

    @property
    def credit_minor(self) -> int:
        """The sum of the right side."""
        return sum(line.amount_minor for line in self.credits)

    @property
    def balance_minor(self) -> int:
        """Debit less credit."""
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True)
class LedgerView:
    """Posted accounts, and holds that nothing has resolved."""

    accounts: tuple[TAccount, ...]
    held: tuple[Journal, ...]

    @property
    def totals(self) -> tuple[tuple[str, int, int], ...]:
        """By currency: all debits and all credits. They are equal, or the ledger is wrong."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for account in self.accounts:
            sums[account.currency][0] += account.debit_minor
            sums[account.currency][1] += account.credit_minor
        return tuple((currency, debit, credit) for currency, (debit, credit) in sorted(sums.items()))

    @property
    def is_balanced(self) -> bool:
        """Whether every currency's debits equal its credits."""
        return all(debit == credit for _, debit, credit in self.totals)


def ledger_view(journals: Sequence[Journal], attempts: Iterable[Attempt], buyers: Iterable[str]) -> LedgerView:
    """The accounts of these journals. Accounts belong to the channel accounts of the attempts, or to buyers."""
    names = {str(attempt.row.channel_account_id): attempt.account_name for attempt in attempts}
    names |= {buyer: buyer for buyer in buyers}
    resolved = {journal.row.pending_id for journal in journals}
    held = [
        journal for journal in journals if journal.row.state == JournalState.PENDING and journal.row.id not in resolved
    ]
    found: dict[tuple[str, str, str], list[tuple[JournalEntry, Line]]] = defaultdict(list)
    for journal in journals:
        for entry in journal.entries:
            if entry.layer == JournalState.POSTED:
                what = journal.row.template.replace("_", " ").capitalize()
                line = Line(journal.row.id, journal.row.created_at, what, abs(entry.amount_minor))
                found[entry.kind, entry.owner, entry.currency].append((entry, line))
    accounts = tuple(
        TAccount(
            kind=kind,
            name=names.get(owner, ""),
            currency=currency,
            debits=tuple(line for entry, line in lines if entry.amount_minor > 0),
            credits=tuple(line for entry, line in lines if entry.amount_minor < 0),
        )
        for (kind, owner, currency), lines in found.items()
    )
    return LedgerView(accounts, tuple(held))
