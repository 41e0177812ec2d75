"""Attempts with what was said over the wire, as the pages of orders and movements show them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import and_, select
from sqlalchemy.orm import Mapped

from app.core import db
from app.domain.payments.channels import registry
from app.domain.payments.models import (
    BankTransfer,
    ChannelAccount,
    ChannelExchange,
    ChannelNotice,
    PaymentAttempt,
    PaymentTransaction,
    RoutingDecision,
)
from app.lib.some import some
from app.read.payments import archived_exchanges
from app.read.payments.reasons import Candidate, candidates
from app.read.related import MAX_ROWS

if TYPE_CHECKING:

    class AttemptRow(PaymentAttempt):
        """An attempt with the name of its account, and why it went there, unless that was not written down."""

        account_name: Mapped[str]
        candidates: Mapped[list[dict[str, Any]] | None]

else:
    AttemptRow = PaymentAttempt

Said = TypeVar("Said", ChannelExchange, ChannelNotice, BankTransfer)


@dataclass(frozen=True)
class Attempt:
    """One try at a channel, with what was said over the wire, oldest first."""

    row: AttemptRow
    account_name: str
    exchanges: tuple[ChannelExchange, ...]
    notices: tuple[ChannelNotice, ...]
    transfers: tuple[BankTransfer, ...] = ()  # what people said of the bank account

    @property
    def is_manual(self) -> bool:
        """Whether people find out what became of it, not programs."""
        known = registry.CHANNELS.get(self.row.channel)
        return known is not None and known.capabilities.is_manual

    @property
    def route(self) -> tuple[Candidate, ...]:
        """The accounts that were considered for it, the first to be tried first."""
        return candidates(self.row.candidates)


@dataclass(frozen=True)
class Transaction:
    """One movement of money and its attempts, oldest first."""

    row: PaymentTransaction
    attempts: tuple[Attempt, ...]


def attempts_of(business_id: uuid.UUID, transaction_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Attempt]]:
    """Attempts with what was said over the wire by transaction, oldest first; in the open reading."""
    table, accounts = db.table(PaymentAttempt), db.table(ChannelAccount)
    found = select(table, accounts.c.name.label("account_name"), RoutingDecision.candidates)
    rows = db.rows(
        db.select_as(AttemptRow, found)
        .join(
            accounts, and_(accounts.c.business_id == table.c.business_id, accounts.c.id == table.c.channel_account_id)
        )
        .outerjoin(
            RoutingDecision, and_(RoutingDecision.business_id == table.c.business_id, RoutingDecision.id == table.c.id)
        )
        .where(table.c.business_id == business_id, table.c.transaction_id.in_(transaction_ids))
        .order_by(table.c.created_at, table.c.id)
        .limit(MAX_ROWS)
    )
    attempt_ids = [row.id for row in rows]
    exchanges = _of_attempts(ChannelExchange, business_id, attempt_ids)
    notices = _of_attempts(ChannelNotice, business_id, attempt_ids)
    transfers = _of_attempts(BankTransfer, business_id, attempt_ids)
    attempts: dict[uuid.UUID, list[Attempt]] = defaultdict(list)
    for row in rows:
        attempts[row.transaction_id].append(
            Attempt(row, row.account_name, tuple(exchanges[row.id]), tuple(notices[row.id]), tuple(transfers[row.id]))
        )
    return attempts


def with_archived(business_id: uuid.UUID, transactions: tuple[Transaction, ...]) -> tuple[Transaction, ...]:
    """The same with what of their exchanges lies in files, after the reading they are from.

    Raises:
        Unavailable: the files cannot be reached.
    """
    attempt_ids = [attempt.row.id for each in transactions for attempt in each.attempts]
    archived = archived_exchanges.of_attempts(business_id, attempt_ids)
    if not archived:
        return transactions
    return tuple(
        replace(each, attempts=tuple(_with(attempt, archived.get(attempt.row.id, ())) for attempt in each.attempts))
        for each in transactions
    )


def _with(attempt: Attempt, archived: Sequence[ChannelExchange]) -> Attempt:
    """A month may be in files and still there, for a moment."""
    known = {each.id for each in attempt.exchanges}
    return replace(attempt, exchanges=(*(each for each in archived if each.id not in known), *attempt.exchanges))


def _of_attempts(
    model: type[Said], business_id: uuid.UUID, attempt_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[Said]]:
    found: dict[uuid.UUID, list[Said]] = defaultdict(list)
    table = db.table(model)
    query = select(table).where(table.c.business_id == business_id, table.c.attempt_id.in_(attempt_ids))
    for row in db.rows(query.order_by(table.c.created_at, table.c.id).limit(MAX_ROWS)) if attempt_ids else ():
        found[some(row.attempt_id)].append(row)
    return found
