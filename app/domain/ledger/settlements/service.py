"""Writing bank accounts and settlements, and posting what was settled. All in the caller's phase."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Leg
from app.domain.ledger.settlements.models import BankAccount, Settlement

banks, settlements = db.table(BankAccount), db.table(Settlement)


def number_context(account_id: uuid.UUID) -> str:
    """What the sealed number of a bank account is bound to."""
    return f"bank_accounts/{account_id}/number"


def bank_account(account_id: uuid.UUID) -> BankAccount | None:
    """The bank account, if there is one."""
    return db.first(select(banks).where(banks.c.business_id == db.here(), banks.c.id == account_id))


def settlement(settlement_id: uuid.UUID) -> Settlement | None:
    """The settlement, if there is one."""
    return db.first(
        select(settlements).where(settlements.c.business_id == db.here(), settlements.c.id == settlement_id)
    )


def legs_of(row: Settlement) -> tuple[Leg, ...]:
    """What was settled: into the bank, with the fees that no bill booked, out of what the company owes."""
    fee = 0 if row.fee_source == "bills" else row.fee_minor
    company = str(row.channel_account_id)
    return (
        Leg(kind="bank", owner=str(row.bank_account_id), money=Money(row.net_minor, row.currency)),
        Leg(kind="channel_fees", owner=company, money=Money(fee, row.currency)),
        Leg(kind="channel_clearing", owner=company, money=Money(-row.net_minor - fee, row.currency)),
    )


def post_settlement(row: Settlement) -> uuid.UUID:
    """Post what was settled; the journal's id."""
    return ledger.post_legs("settlement", legs_of(row), subject_id=row.id)
