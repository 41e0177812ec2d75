"""A shop that keeps its ledger: a bank account, and settlements of the pretend payment company to it."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from app.core.clock import now
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.ledger.adjustments.models import Adjustment
from app.domain.ledger.models import LedgerAccount, LedgerEntry
from app.domain.ledger.settlements.models import Settlement
from app.workflow.ledger import adjust_ledger, book_settlement, manage_bank_accounts
from app.workflow.ledger.adjust_ledger import AdjustmentCommand, LineCommand
from app.workflow.ledger.book_settlement import SettlementCommand
from app.workflow.ledger.manage_bank_accounts import BankAccountCommand
from tests.factories.shop import Shop

MAKER, CHECKER = "usr_maker", "usr_checker"


@dataclass(frozen=True)
class Accountant:
    """The shop’s accountant, with the verbs a test of them needs."""

    shop: Shop
    bank_id: uuid.UUID

    def command(self, **changes: Any) -> SettlementCommand:
        """10.00 of payments, 0.30 of fees, 9.70 in the bank."""
        about: dict[str, Any] = {
            "channel_account_id": self.shop.account_id,
            "bank_account_id": self.bank_id,
            "currency": "USD",
            "gross_minor": 1000,
            "refund_minor": 0,
            "fee_minor": 30,
            "net_minor": 970,
            "reference": f"ST-{new_id()}",
            "settled_on": now().date(),
        }
        return SettlementCommand(**about | changes)

    def record(self, *, settlement_id: uuid.UUID | None = None, actor: str = MAKER, **changes: Any) -> uuid.UUID:
        """A settlement that waits for the second person."""
        command = self.command(**changes)
        return book_settlement.record(self.shop.business_id, command, actor=actor, settlement_id=settlement_id)

    def confirm(self, settlement_id: uuid.UUID, actor: str = CHECKER) -> None:
        """Somebody confirms it."""
        book_settlement.confirm(self.shop.business_id, settlement_id, actor=actor)

    def settled(self, **changes: Any) -> uuid.UUID:
        """A settlement that is in the ledger."""
        settlement_id = self.record(**changes)
        self.confirm(settlement_id)
        return settlement_id

    def request(
        self, minor: int = 500, *, adjustment_id: uuid.UUID | None = None, actor: str = MAKER, **changes: Any
    ) -> uuid.UUID:
        """An adjustment that waits: so much is not explained yet and is found in the bank."""
        lines = [
            LineCommand(kind="bank", owner=str(self.bank_id), money=Money(minor, "USD")),
            LineCommand(kind="suspense", owner="", money=Money(-minor, "USD")),
        ]
        about: dict[str, Any] = {"reason": "Found on the statement", "lines": lines}
        command = AdjustmentCommand(**about | changes)
        return adjust_ledger.request(self.shop.business_id, command, actor=actor, adjustment_id=adjustment_id)

    def reverse(self, row_id: uuid.UUID) -> uuid.UUID:
        """A reversal that waits."""
        return adjust_ledger.request_reversal(self.shop.business_id, row_id, reason="A mistake", actor=MAKER)

    def approve(self, adjustment_id: uuid.UUID, actor: str = CHECKER) -> None:
        """Somebody approves it."""
        adjust_ledger.approve(self.shop.business_id, adjustment_id, actor=actor)

    def adjustment(self, adjustment_id: uuid.UUID) -> Row[Any]:
        """The adjustment as it is now."""
        return self.shop.one(select(Adjustment.__table__).where(Adjustment.id == adjustment_id))

    def row(self, settlement_id: uuid.UUID) -> Row[Any]:
        """The settlement as it is now."""
        return self.shop.one(select(Settlement.__table__).where(Settlement.id == settlement_id))

    def balances(self) -> tuple[int, int, int]:
        """What the company owes, what it kept as fees, and what is in the bank."""
        return self.balance("channel_clearing"), self.balance("channel_fees"), self.balance("bank")

    def balance(self, kind: str) -> int:
        """What was posted on accounts of this kind: + debit, - credit."""
        query = (
            select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0).label("minor"))
            .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
            .where(LedgerAccount.kind == kind, LedgerEntry.layer == "posted")
        )
        return int(self.shop.one(query).minor)


def accountant_of(shop: Shop, *, paid: bool = True, currency: str = "USD") -> Accountant:
    """The shop with a bank account and, if `paid`, an order of 10.00 USD that was paid."""
    command = BankAccountCommand(
        name="Main account",
        holder="Shop Ltd",
        bank_name="First Bank",
        currency=currency,
        number="DE02 1203 0000 0000 2020 51",
    )
    bank_id = manage_bank_accounts.add(shop.business_id, command)
    if paid:
        shop.paid_order()
    return Accountant(shop, bank_id)


def settlement_ids(shop: Shop) -> dict[str, str]:
    """A bank account, a settlement and an adjustment, as they are shown."""
    accountant = accountant_of(shop, paid=False)
    requested_id = accountant.request()
    adjust_ledger.attach(shop.business_id, requested_id, io.BytesIO(b"%PDF-"), name="terms.pdf")
    adjustment_id = show("adj", requested_id)
    return {
        "bank_account_id": show("bka", accountant.bank_id),
        "settlement_id": show("stl", accountant.record()),
        "adjustment_id": adjustment_id,
        "reverses_id": adjustment_id,
    }
