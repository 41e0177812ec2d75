"""A shop: a business of its own with a product and an account at the pretend payment company."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import jsonschema_rs
from sqlalchemy import Row, func, select

from app.core import clock, db, outbox, states
from app.core.db.models import OutboxEvent
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import PRODUCT
from app.domain.fulfilment.models import Entitlement
from app.domain.ledger.models import LedgerAccount, LedgerEntry
from app.domain.orders import types
from app.domain.orders.models import Order
from app.domain.orders.reservations.models import Reservation
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.types import WalletPortion
from app.domain.webhooks.events import EVENT_TYPES, body_of
from app.read.operations import audit, test_clocks
from app.worker import jobs as jobs
from app.workflow.notifications import raise_alerts
from app.workflow.operations import advance_test_clock, manage_test_clock
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from app.workflow.orders import place_order, reserve_remotely
from app.workflow.payments import manage_channels, pay_order, poll_undecided, refund_order
from app.workflow.payments.accept_notice import Reply, accept_notice
from app.workflow.reconciliation import sweep_cases
from app.workflow.wallets import move_money
from tests.factories import laws

_numbers = itertools.count(1)


OF_THE_SWEEP = {"I131", "I133", "I134", "I170", "I171"}


@dataclass
class Shop:
    """One business under test, with the verbs a test needs."""

    business_id: uuid.UUID
    simulator: str
    account_id: uuid.UUID = field(default_factory=new_id)
    merchant_id: str = ""
    api_key: str = ""
    product_id: uuid.UUID = field(default_factory=new_id)
    sku_id: uuid.UUID = field(default_factory=new_id)
    scripts: list[int] = field(default_factory=list)  # those of the company that would meet other tests

    def place(
        self,
        quantity: int = 1,
        *,
        buyer: str = "buyer-1",
        sku_id: uuid.UUID | None = None,
        order_id: uuid.UUID | None = None,
        agreements: list[tuple[uuid.UUID, str]] | None = None,
    ) -> uuid.UUID:
        """A new order's id."""
        command = types.PlaceOrderCommand(
            items=[types.OrderItem(sku_id or self.sku_id, quantity)],
            buyer=types.Buyer(reference=buyer),
            agreements=agreements,
        )
        return place_order.place_order(self.business_id, command, order_id=order_id)

    def pay(
        self,
        order_id: uuid.UUID,
        attempt_id: uuid.UUID | None = None,
        *,
        channel: str | None = "simulator",
        wallet_minor: int | None = 0,
    ) -> uuid.UUID:
        """Start paying, with so much (None: all there is) from the buyer's wallet; the attempt's id."""
        return pay_order.pay_order(
            self.business_id,
            order_id,
            attempt_id=attempt_id,
            channel=channel,
            scene="bank" if channel == "offline" else "web",
            from_wallet=WalletPortion(wallet_minor),
        )

    def paid_order(self, quantity: int = 1, *, buyer: str = "buyer-1") -> uuid.UUID:
        """An order that was paid and delivered."""
        order_id = self.place(quantity, buyer=buyer)
        attempt_id = self.pay(order_id)
        self.approve(attempt_id)
        self.notice(attempt_id)
        self.work_off()
        return order_id

    def keep_wallets(self) -> None:
        """Let buyers pay from balances they have with this shop."""
        manage_channels.add_channel_account(self.business_id, channel="wallet", name="Balance", values={})

    def take_transfers(self) -> None:
        """Let buyers pay from their bank to this shop's account."""
        bank = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": "DE00 1234", "pay_days": "7"}
        manage_channels.add_channel_account(self.business_id, channel="offline", name="Bank", values=bank)

    def fund(self, buyer: str, amount_minor: int, currency: str = "USD") -> None:
        """Money comes into the buyer's wallet from outside."""
        money = Money(amount_minor, currency)
        transaction_id = move_money.top_up(self.business_id, buyer=buyer, money=money, actor="test")
        attempt = self.refund_attempt(transaction_id)
        self.approve(attempt.id)
        self.notice(attempt.id)

    def refund(self, order_id: uuid.UUID, amount_minor: int | None = None) -> uuid.UUID:
        """Ask for money back; the transaction's id."""
        return refund_order.refund_order(
            self.business_id, order_id, amount_minor=amount_minor, reason="asked", actor="test"
        )

    def poll(self, attempt_id: uuid.UUID) -> bool:
        """Ask the company about the attempt now."""
        return poll_undecided.poll_attempt(self.business_id, attempt_id, force=True)

    def approve(self, attempt_id: uuid.UUID, **card: str) -> None:
        """The buyer pays on the company's page, with the card that is named as `means`."""
        self.company(f"payments/{show('att', attempt_id)}/approve", card)

    def decline(self, attempt_id: uuid.UUID, code: str = "insufficient_funds", **card: str) -> None:
        """The company declines, the card that is named as `means` if one is."""
        self.company(f"payments/{show('att', attempt_id)}/decline", {"code": code, **card})

    def script(self, operation: str, behavior: str, *, out_trade_no: str | None = None, **more: Any) -> None:
        """Make the company misbehave for the payment `out_trade_no`, or so many `times`: other tests use it too."""
        assert out_trade_no or more.get("times"), "this would never end"
        scope = "payment" if out_trade_no else "global"
        body = {"scope": scope, "operation": operation, "behavior": behavior, **more}
        if out_trade_no:
            body["out_trade_no"] = out_trade_no
        script = self.company("scripts", body)
        if not out_trade_no:
            self.scripts.append(script["script_id"])

    def end_scripts(self) -> None:
        """Let the company behave again, whatever is left of the scripts that are nobody's own."""
        while self.scripts:
            address = f"{self.simulator}/admin/scripts/{self.scripts.pop()}"
            _to_company(os.getpid()).delete(address).raise_for_status()

    def company(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call of the company's admin API."""
        response = _to_company(os.getpid()).post(f"{self.simulator}/admin/{path}", json=body or {})
        response.raise_for_status()
        return response.json() if response.content else None

    def notice_bytes(self, attempt_id: uuid.UUID, **changes: Any) -> bytes:
        """What the company would send about the attempt, success by default; `changes` replace members."""
        attempt = self.attempt(attempt_id)
        body = {
            "notice_id": f"ntc_{secrets.token_hex(12)}",
            "event": "payment.succeeded",
            "trade_no": attempt.channel_ref or f"pp_{attempt_id.hex}",
            "out_trade_no": show("att", attempt_id),
            "amount": attempt.amount_minor,
            "currency": attempt.currency,
            "status": "succeeded",
            "merchant_id": self.merchant_id,
            "occurred_at": "2026-01-01T00:00:00+00:00",
        }
        body.update(changes)
        return json.dumps(body).encode()

    def headers(self, body: bytes, *, key: str | None = None, age_s: int = 0) -> dict[str, str]:
        """The signature headers of a notice."""
        stamp = str(int(time.time()) - age_s)
        signed = hmac.new((key or self.api_key).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        return {"X-Timestamp": stamp, "X-Signature": signed.hexdigest()}

    def notice(self, attempt_id: uuid.UUID, **changes: Any) -> Reply:
        """A genuine notice comes in."""
        body = self.notice_bytes(attempt_id, **changes)
        return accept_notice("simulator", self.account_id, self.headers(body), body)

    def advance(self, seconds: float) -> None:
        """Move this business's time on, as its test clock does, and do what is due on the way."""
        if test_clocks.find(self.business_id) is None:
            manage_test_clock.create_test_clock(self.business_id, actor="test")
        with db.reading(self.business_id):
            to = clock.now() + timedelta(seconds=seconds)
        advance_test_clock.advance_test_clock(self.business_id, to, actor="test")
        while advance_test_clock.carry_on(self.business_id):
            pass

    def work_off(self) -> None:
        """Handle every due event, and send every decision that a system outside waits for."""
        outbox.drain(self.business_id, SUBSCRIBERS, BATCHES)
        table = Reservation.__table__
        for row in self.many(select(table.c.id).where(table.c.next_attempt_at <= clock.now())):
            reserve_remotely.finalise(self.business_id, row.id)

    def order(self, order_id: uuid.UUID) -> Row[Any]:
        """The order as it is now."""
        return self.one(select(Order.__table__).where(Order.id == order_id))

    def attempt(self, attempt_id: uuid.UUID) -> Row[Any]:
        """The attempt as it is now."""
        return self.one(select(PaymentAttempt.__table__).where(PaymentAttempt.id == attempt_id))

    def refund_attempt(self, transaction_id: uuid.UUID) -> Row[Any]:
        """The attempt of a refund."""
        return self.one(select(PaymentAttempt.__table__).where(PaymentAttempt.transaction_id == transaction_id))

    def refunds(self, order_id: uuid.UUID) -> list[Row[Any]]:
        """The order's refunds, oldest first."""
        table = PaymentTransaction.__table__
        return self.many(
            select(table).where(table.c.order_id == order_id, table.c.kind == "refund").order_by(table.c.id)
        )

    def entitlements(self, buyer: str = "buyer-1") -> list[Row[Any]]:
        """The buyer's membership times."""
        table = Entitlement.__table__
        return self.many(select(table).where(table.c.buyer_reference == buyer).order_by(table.c.starts_at))

    def balance(self, kind: str, layer: str = "posted") -> int:
        """Minor units on the accounts of a kind; + is debit."""
        total = (
            select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0))
            .join(
                LedgerAccount,
                (LedgerAccount.business_id == LedgerEntry.business_id) & (LedgerAccount.id == LedgerEntry.account_id),
            )
            .where(LedgerAccount.kind == kind, LedgerEntry.layer == layer)
        )
        return int(self.one(total)[0])

    def one(self, statement: Any) -> Any:
        """The first row of a statement over this business."""
        with db.reading(self.business_id):
            return db.first(statement)

    def many(self, statement: Any) -> Any:
        """All rows of a statement over this business."""
        with db.reading(self.business_id):
            return db.rows(statement)

    def audit(self) -> None:
        """Every invariant holds for this business, after the sweep of cases and alerts that its clock may have left
        behind."""
        if OF_THE_SWEEP.intersection(laws.broken(self.business_id)):
            sweep_cases.sweep_due()
            raise_alerts.raise_due()
        if broken := laws.broken(self.business_id):
            raise AssertionError((broken, [(each.name, each.rows) for each in audit.run() if each.id in broken]))
        self._events_fit()

    def _events_fit(self) -> None:
        """Every event is as the catalogue says, and names the object that it is counted with."""
        table = OutboxEvent.__table__
        # Those of an erased business say nothing, and nobody is left who could read them.
        spoken = table.c.topic.in_(EVENT_TYPES) & (table.c.payload != {})
        for row in self.many(select(table).where(table.c.business_id == self.business_id, spoken).limit(500)):
            numbered = {"object_id": row.aggregate_id, "sequence": row.sequence}
            body = body_of(row.id, row.topic, at=row.created_at, payload=row.payload, **numbered)
            assert body["object_id"] is not None, body
            _judge(row.topic).validate(body)


@cache
def _to_company(pid: int) -> httpx.Client:
    """One for the process: making it loads the certificates of the world."""
    del pid
    return httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


@cache
def _judge(topic: str) -> Any:
    return jsonschema_rs.Draft202012Validator(EVENT_TYPES[topic].schema)


def make_shop(
    simulator: str,
    *,
    stock: int | None = None,
    price_minor: int = 1000,
    currency: str = "USD",
    pay_deadline_s: int = 1800,
    timeout_s: str = "3",
) -> Shop:
    """A new business with one product on sale; what it needs at the company is registered there."""
    number = next(_numbers)
    shop = Shop(new_id(), simulator, merchant_id=f"m{number}-{secrets.token_hex(6)}", api_key=secrets.token_hex(24))
    with db.system_phase("test.business"):
        db.write(db.new_row(Business, id=shop.business_id, name=f"Shop {number}", pay_deadline_s=pay_deadline_s))
    with db.phase("test.product", shop.business_id):
        db.add(Product, id=shop.product_id, name="Membership", status="draft", max_per_order=50)
        states.born(PRODUCT, shop.product_id, reason="test", actor="test")
        states.advance(PRODUCT, states.RowState(shop.product_id, "draft", 1), "on_sale", reason="test", actor="test")
        db.add(
            Sku,
            id=shop.sku_id,
            product_id=shop.product_id,
            code="ONE",
            name="1 month",
            price_minor=price_minor,
            currency=currency,
            stock=stock,
        )
    shop.company("merchants", {"merchant_id": shop.merchant_id, "api_key": shop.api_key})
    shop.account_id = manage_channels.add_channel_account(
        shop.business_id,
        channel="simulator",
        name="Pretend Pay",
        values={
            "base_url": simulator,
            "merchant_id": shop.merchant_id,
            "api_key": shop.api_key,
            "timeout_s": timeout_s,
        },
    )
    return shop
