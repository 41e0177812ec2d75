"""A shop whose payouts go out through its own bank, in payment orders."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from app.core.clock import now
from app.core.ids import show
from app.core.money import Money
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.payment_orders.models import PaymentOrder, PaymentOrderLine
from app.domain.payments.payment_orders.states import PaymentLineStatus
from app.domain.payments.types import Payee
from app.workflow.payments import (
    approve_payment_order,
    decide_payment_line,
    download_payment_order,
    make_payment_order,
    manage_channels,
)
from app.workflow.payments.decide_payment_line import LineDecision
from app.workflow.payments.download_payment_order import Download
from app.workflow.payments.make_payment_order import PaymentOrderCommand
from app.workflow.wallets import pay_out
from tests.factories.shop import Shop

ANN = Payee(account="DE02 1203 0000 0000 2020 51", name="Ann Müller")
MAKER, CHECKER = "usr_maker", "usr_checker"
DETAILS = {
    "account_holder": "Shop & Söhne",
    "bank_name": "First Bank",
    "account_number": "FR14 2004 1010 0505 0001 3M02 606",
    "bank_code": "PSSTFRPPPAR",
    "pay_days": "7",
}


@dataclass(frozen=True)
class Bank:
    """The shop's bank account, with the verbs a test of payment orders needs."""

    shop: Shop
    account_id: uuid.UUID

    def pay_out(self, minor: int, payee: Payee = ANN) -> uuid.UUID:
        """A payout in USD that waits for a payment order; the transaction's id."""
        about = {"money": Money(minor, "USD"), "payee": payee, "actor": MAKER, "channel": "offline"}
        return pay_out.pay_out(self.shop.business_id, reason="October", **about)

    def withdraw(self, minor: int, payee: Payee = ANN) -> uuid.UUID:
        """A withdrawal in EUR from the wallet of `ann` that waits for a payment order; the transaction's id."""
        about = {"money": Money(minor, "EUR"), "payee": payee, "actor": MAKER, "channel": "offline"}
        return pay_out.withdraw(self.shop.business_id, buyer="ann", reason="October", **about)

    def withdraw_at(self, account_id: uuid.UUID, minor: int) -> uuid.UUID:
        """The same at the account of this id, where the shop has several."""
        about = {"money": Money(minor, "EUR"), "payee": ANN, "actor": MAKER, "channel": str(account_id)}
        return pay_out.withdraw(self.shop.business_id, buyer="ann", **about)

    def make(
        self,
        currency: str = "EUR",
        *,
        file_format: str = "pain.001",
        execute_on: date | None = None,
        transaction_ids: Collection[uuid.UUID] = (),
        order_id: uuid.UUID | None = None,
    ) -> uuid.UUID:
        """A payment order of what waits."""
        command = PaymentOrderCommand(
            account_id=self.account_id,
            currency=currency,
            file_format=file_format,
            execute_on=execute_on or now().date(),
            transaction_ids=transaction_ids,
        )
        return make_payment_order.make(self.shop.business_id, command, actor=MAKER, order_id=order_id)

    def sent(self, currency: str = "EUR", *, file_format: str = "pain.001") -> uuid.UUID:
        """A payment order of what waits, approved and downloaded."""
        order_id = self.make(currency, file_format=file_format)
        self.approve(order_id)
        self.download(order_id)
        return order_id

    def approve(self, order_id: uuid.UUID, actor: str = CHECKER) -> None:
        """Somebody else approves it."""
        approve_payment_order.approve(self.shop.business_id, order_id, actor=actor)

    def download(self, order_id: uuid.UUID) -> Download:
        """Its file."""
        return download_payment_order.download(self.shop.business_id, order_id, actor=MAKER)

    def decide(self, line_id: uuid.UUID, status: str, reason: str = "", actor: str = MAKER) -> bool:
        """The bank did this with a line."""
        decision = LineDecision(status=PaymentLineStatus(status), reason=reason)
        return decide_payment_line.decide(self.shop.business_id, line_id, decision, actor=actor)

    def order(self, order_id: uuid.UUID) -> Row[Any]:
        """The order as it is now."""
        return self.shop.one(select(PaymentOrder.__table__).where(PaymentOrder.id == order_id))

    def lines(self, order_id: uuid.UUID) -> list[Row[Any]]:
        """Its lines as they are now, the oldest first."""
        of_order = PaymentOrderLine.payment_order_id == order_id
        return self.shop.many(select(PaymentOrderLine.__table__).where(of_order).order_by(PaymentOrderLine.id))

    def status(self, transaction_id: uuid.UUID) -> str:
        """Where a movement stands."""
        found = select(PaymentTransaction.status).where(PaymentTransaction.id == transaction_id)
        return str(self.shop.one(found).status)


def bank_of(shop: Shop) -> Bank:
    """The shop with a bank account, 10.00 EUR in the wallet of `ann`, and 10.00 USD owed to the merchant."""
    shop.keep_wallets()
    account_id = manage_channels.add_channel_account(
        shop.business_id, channel="offline", name="Bank", values=DETAILS, actor="test"
    )
    shop.fund("ann", 1000, "EUR")
    shop.paid_order()
    return Bank(shop, account_id)


def payment_order_ids(shop: Shop) -> dict[str, str]:
    """A payment order of one line that was downloaded; both as they are shown. The shop keeps wallets already."""
    account_id = manage_channels.add_channel_account(
        shop.business_id, channel="offline", name="Payouts", values=DETAILS, actor="test"
    )
    shop.fund("ann", 1000, "EUR")
    bank = Bank(shop, account_id)
    bank.withdraw_at(account_id, 100)
    order_id = bank.sent()
    [line] = bank.lines(order_id)
    return {"payment_order_id": show("por", order_id), "line_id": show("pol", line.id)}
