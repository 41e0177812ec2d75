"""Bank accounts with what is in them, what payment companies owe, and what they settled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.ledger import snapshots
from app.domain.ledger.models import LedgerAccount
from app.domain.ledger.service import account_id
from app.domain.ledger.settlements.models import BankAccount, Settlement
from app.domain.payments.models import ChannelAccount

if TYPE_CHECKING:

    class SettlementRow(Settlement):
        """A settlement with the names of its channel account and bank account."""

        channel_name: Mapped[str]
        bank_account_name: Mapped[str]

else:
    SettlementRow = Settlement

PAGE = 50
MAX_ACCOUNTS = 200
banks, settlements = db.table(BankAccount), db.table(Settlement)
channels, accounts = db.table(ChannelAccount), db.table(LedgerAccount)


@dataclass(frozen=True)
class BankPage:
    """A bank account and what is in it, in minor units of its currency."""

    row: BankAccount
    balance_minor: int

    @property
    def id(self) -> uuid.UUID:
        """The account's."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """When it was added."""
        return self.row.created_at


@dataclass(frozen=True)
class Owed:
    """What the company behind a channel account owes in a currency; below zero, it is owed that."""

    account_id: uuid.UUID
    account_name: str
    currency: str
    minor: int


class _Clearing(db.JoinedRow):
    """The ledger's account of what a channel account's company owes."""

    id: uuid.UUID
    channel_account_id: uuid.UUID
    account_name: str
    currency: str


def list_bank_accounts(business_id: uuid.UUID, *, after: After, limit: int = PAGE) -> list[BankPage]:
    """Bank accounts, archived ones too, newest first, one more than `limit`."""
    query = select(banks).where(banks.c.business_id == business_id)
    with db.reading(business_id):
        return _with_balances(db.rows(newest_first(query, banks, after, limit)))


def page_of_bank_accounts(business_id: uuid.UUID, *, cursor: str) -> paging.Page[BankPage]:
    """A page of the portal's list."""
    shown, next_cursor = paging.cut(list_bank_accounts(business_id, after=paging.key_of(cursor)), PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_bank_account(business_id: uuid.UUID, bank_account_id: uuid.UUID) -> BankPage:
    """One bank account.

    Raises:
        NotFound: the business has no such bank account.
    """
    query = select(banks).where(banks.c.business_id == business_id, banks.c.id == bank_account_id)
    with db.reading(business_id):
        found = _with_balances(db.rows(query))
    if not found:
        raise NotFound("not_found", "There is no such bank account.")
    return found[0]


def active_bank_accounts(business_id: uuid.UUID) -> list[BankPage]:
    """Those that money can be settled to, by name."""
    query = select(banks).where(banks.c.business_id == business_id, banks.c.archived_at.is_(None))
    with db.reading(business_id):
        return _with_balances(db.rows(query.order_by(banks.c.name, banks.c.id).limit(MAX_ACCOUNTS)))


def owed_by_channels(business_id: uuid.UUID) -> list[Owed]:
    """What payment companies owe, by channel account and currency."""
    query = db.select_as(
        _Clearing,
        select(
            accounts.c.id,
            channels.c.id.label("channel_account_id"),
            channels.c.name.label("account_name"),
            accounts.c.currency,
        ),
    ).join(
        channels,
        and_(
            channels.c.business_id == accounts.c.business_id,
            accounts.c.owner == channels.c.id.cast(accounts.c.owner.type),
        ),
    )
    query = query.where(accounts.c.business_id == business_id, accounts.c.kind == "channel_clearing")
    with db.reading(business_id):
        found = db.rows(query.order_by(channels.c.name, accounts.c.currency).limit(MAX_ACCOUNTS))
        sums = snapshots.sums([row.id for row in found])
    return [Owed(row.channel_account_id, row.account_name, row.currency, -int(sums[row.id].total)) for row in found]


def list_settlements(business_id: uuid.UUID, *, status: str, after: After, limit: int = PAGE) -> list[SettlementRow]:
    """Settlements with this status (all when empty), newest first, one more than `limit`."""
    query = _settlements(business_id)
    if status:
        query = query.where(settlements.c.status == status)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, settlements, after, limit)))


def page_of_settlements(business_id: uuid.UUID, *, status: str, cursor: str) -> paging.Page[SettlementRow]:
    """A page of the portal's list."""
    found = list_settlements(business_id, status=status, after=paging.key_of(cursor))
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_settlement(business_id: uuid.UUID, settlement_id: uuid.UUID) -> SettlementRow:
    """One settlement.

    Raises:
        NotFound: the business has no such settlement.
    """
    with db.reading(business_id):
        row = db.first(_settlements(business_id).where(settlements.c.id == settlement_id))
    if row is None:
        raise NotFound("not_found", "There is no such settlement.")
    return row


def _with_balances(rows: Sequence[BankAccount]) -> list[BankPage]:
    keys = {row.id: account_id("bank", owner=str(row.id), currency=row.currency) for row in rows}
    sums = snapshots.sums(list(keys.values()))
    return [BankPage(row, -int(sums[keys[row.id]].total)) for row in rows]


def _settlements(business_id: uuid.UUID) -> Select[SettlementRow]:
    found = select(settlements, channels.c.name.label("channel_name"), banks.c.name.label("bank_account_name"))
    of_channel = and_(
        channels.c.business_id == settlements.c.business_id, channels.c.id == settlements.c.channel_account_id
    )
    of_bank = and_(banks.c.business_id == settlements.c.business_id, banks.c.id == settlements.c.bank_account_id)
    return (
        db.select_as(SettlementRow, found)
        .join(channels, of_channel)
        .join(banks, of_bank)
        .where(settlements.c.business_id == business_id)
    )
