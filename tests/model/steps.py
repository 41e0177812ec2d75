"""What the steps are made of: calls of the workflows, and the choice among the oracle's objects."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select

from app.core import clock, db, outbox
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger.errors import InsufficientFunds
from app.domain.orders.errors import OrderState
from app.domain.payments.channels import registry
from app.domain.payments.errors import PaymentInProgress
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.types import Payee
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from app.workflow.orders import close_orders
from app.workflow.payments import pay_order, refund_order
from app.workflow.payments.accept_notice import accept_notice
from app.workflow.payments.poll_undecided import poll_attempt
from app.workflow.wallets import move_money, pay_out
from tests.model.company import Company, Died, Record
from tests.model.oracle import DIED, SENT_AGAIN, WAITS, WORD, Oracle, Placed, Try
from tests.model.reach import reached
from tests.model.shop import BUYERS, PRICES, STOCK, open_shop

T = TypeVar("T")
PAYEE = Payee(account="model", name="Model")


def pick(among: Sequence[T], number: int) -> T:
    """The newest first, so that small numbers mean what was just made."""
    return among[-1 - number % len(among)]


class Steps(RuleBasedStateMachine):
    """One business, its company and its oracle."""

    audit: Callable[[uuid.UUID], None]

    def __init__(self) -> None:
        super().__init__()
        self.company = Company()
        registry.CHANNELS["company"] = self.company
        self.shop = open_shop()
        self.business_id = self.shop.business_id
        self.oracle = Oracle(self.company, reached, stock=STOCK)
        self.written: list[tuple[Try, str, bytes, str]] = []
        self.recorded_notices: set[str] = set()
        self.numbers = itertools.count(1)
        reached["example"] += 1

    # -- calls -------------------------------------------------------------------------------------------------

    def _do(self, refused: type[AppError] | None, work: Callable[..., object], *args: Any, **named: Any) -> bool:
        """Call; it must be refused like this, or succeed. Whether it succeeded."""
        if refused is None:
            work(*args, **named)
            return True
        with pytest.raises(refused):
            work(*args, **named)
        reached[f"refused: {refused.__name__}"] += 1
        return False

    def _call(self, t: Try, plan: str, work: Callable[[], object], *, is_new: bool = False) -> None:
        """A call that reaches the company, which goes as planned."""
        self.company.plans = [plan] if t.channel == "company" else []
        died = False
        try:
            work()
        except Died:
            died = True
        assert died == (t.channel == "company" and plan in DIED), plan
        self.company.plans = []
        reached[f"{t.kind}, {plan}"] += 1
        if is_new:
            self._know(t)
            self.oracle.begin(t)
        self.oracle.answered(t, plan)
        self._write_notice(t)

    def _started(self, t: Try, word: str) -> None:
        """A call that started at the same moment as others, and was answered with `word`."""
        self._know(t)
        self.oracle.begin(t)
        self.oracle.answered(t, word)
        self._write_notice(t)
        reached[f"{t.kind} at once"] += 1

    def _at_once(self, movements: Sequence[T], work: Callable[[T], object], refused: type[AppError]) -> list[T]:
        """Those that were granted when all were requested at the same moment."""

        def one(each: T) -> bool:
            try:
                work(each)
            except refused:
                return False
            return True

        with ThreadPoolExecutor(len(movements)) as pool:
            granted = list(pool.map(one, movements))
        return [each for each, won in zip(movements, granted, strict=True) if won]

    def _pay(self, order: Placed, channel: str, plan: str) -> None:
        t = self._new_charge(order, channel, new_id())
        refused = self._why_no_payment(order, channel)
        if refused is None:
            self._call(t, plan, lambda: self._pay_call(t), is_new=True)
        else:
            self._do(refused, lambda: self._pay_call(t))

    def _pay_call(self, t: Try) -> None:
        assert t.order is not None
        pay_order.pay_order(self.business_id, t.order.id, channel=t.channel, attempt_id=t.id)

    def _refund_call(self, t: Try, minor: int | None) -> None:
        assert t.order is not None
        refund_order.refund_order(
            self.business_id,
            t.order.id,
            amount_minor=minor,
            reason="model",
            actor="model",
            transaction_id=t.transaction_id,
        )

    def _transfer(self, t: Try) -> None:
        move_money.transfer(
            self.business_id,
            payer=t.buyer,
            recipient=t.recipient,
            money=t.money,
            actor="model",
            transaction_id=t.transaction_id,
        )

    def _same_again(self, t: Try) -> None:
        """The request of this try, with the same ids."""
        if t.kind == "charge":
            self._pay_call(t)
        elif t.kind == "refund":
            self._refund_call(t, t.money.minor)
        else:
            about: dict[str, Any] = {"money": t.money, "actor": "model", "transaction_id": t.transaction_id}
            if t.kind == "top_up":
                move_money.top_up(self.business_id, buyer=t.buyer, channel="company", **about)
            elif t.kind == "withdrawal":
                pay_out.withdraw(self.business_id, buyer=t.buyer, payee=PAYEE, **about)
            else:
                pay_out.pay_out(self.business_id, payee=PAYEE, **about)

    def _close(self, order: Placed, plan: str, *, reason: str) -> None:
        t = order.undecided
        self.company.plans = [plan]
        close = close_orders.close_order
        try:
            result = close(self.business_id, order.id, reason=reason, actor="model")
        except OrderState:
            result = "refused"
        self.company.plans = []
        became = self.oracle.closes(order, plan, overdue=reason == "expired")
        if became == "closed":
            assert result == "closed"
        else:
            assert result == (order.status if reason == "expired" else "refused")
            reached[f"not closed: {became}"] += 1
        if t is not None:
            self._write_notice(t)

    def _poll(self, t: Try, plan: str, then: str) -> None:
        known = self.company.records.get(t.ref)
        self.company.plans = [plan, then] if t.kind in SENT_AGAIN else [plan]
        poll_attempt(self.business_id, t.id, force=True)
        self.company.plans = []
        self.oracle.polled(t, known, plan, then)
        self._write_notice(t)

    def _drain(self, plan: str) -> None:
        """Everything in the outbox is handled; the first refund of surplus goes as planned."""
        self.company.plans = [plan]
        outbox.drain(self.business_id, SUBSCRIBERS, BATCHES)
        self.company.plans = []
        for charge in self.oracle.owed:
            t = Try(kind="refund", money=charge.money, order=charge.order, charge=charge, applied=False)
            t.transaction_id = uuid.uuid5(charge.id, "surplus refund")
            self._know(t)
            self.oracle.begin(t)
            self.oracle.answered(t, plan)
            self._write_notice(t)
            plan = "pending"
        self.oracle.owed.clear()
        self.oracle.delivered()

    def _notice(self, body: bytes) -> int:
        return accept_notice("company", self.shop.account_id, {}, body).http_status

    def _company_decides(self, t: Try, to: str, *, notified: bool = False) -> None:
        self.company.decide(t.ref, to)
        self._write_notice(t)
        if notified:
            self._deliver(*self.written[-1])

    def _deliver(self, t: Try, external_id: str, body: bytes, word: str) -> None:
        """A notice comes in, perhaps not for the first time."""
        assert self._notice(body) == 200
        again = external_id in self.recorded_notices
        reached["notice again" if again else "notice"] += 1
        if not again:
            self.recorded_notices.add(external_id)
            self.oracle.record(t, word)

    def _write_notice(self, t: Try) -> None:
        """The company writes a notice of what it has decided; whether and when it comes is another matter."""
        known = self.company.records.get(t.ref)
        if known is None or known.status == "pending":
            return
        external_id = f"n-{next(self.numbers)}"
        self.written.append((t, external_id, self.company.notice(t.ref, external_id), WORD[known.status]))

    def _know(self, t: Try) -> None:
        """The attempt's id, which the workflow made."""
        if t.transaction_id is not None:
            mine = PaymentAttempt.transaction_id == t.transaction_id
            with db.reading(self.business_id):
                t.id = db.scalar(select(PaymentAttempt.id).where(mine))
            assert t.id is not None

    # -- choices ------------------------------------------------------------------------------------------

    def _new_charge(self, order: Placed, channel: str, attempt_id: uuid.UUID) -> Try:
        return Try(id=attempt_id, kind="charge", money=order.total, order=order, buyer=order.buyer, channel=channel)

    def _new_refund(self, order: Placed, minor: int) -> Try:
        charge = order.paid_by
        assert charge is not None
        t = Try(kind="refund", money=Money(minor, order.total.currency), order=order, buyer=order.buyer)
        t.transaction_id, t.charge, t.channel = new_id(), charge, charge.channel
        return t

    def _new_transfer(self, payer: str, recipient: str, money: Money) -> Try:
        return Try(
            kind="transfer", money=money, buyer=payer, recipient=recipient, channel="wallet", transaction_id=new_id()
        )

    def _why_no_payment(self, order: Placed, channel: str) -> type[AppError] | None:
        if order.base not in WAITS or self.oracle.now_s >= order.expires_s:
            return OrderState
        if order.undecided:
            return PaymentInProgress
        poor = self.oracle.available("wallet", order.buyer, order.total.currency) < order.total.minor
        return InsufficientFunds if channel == "wallet" and poor else None

    def _room_for(self, refund: Try) -> bool:
        """The company has it, and we have not promised it to another refund that it does not know yet."""
        assert refund.order is not None
        known = self.company.records[refund.ref]
        return self.company.has_room(known) and (not refund.applied or refund.order.refundable >= refund.money.minor)

    def _order(self, number: int) -> Placed:
        return pick(self.oracle.orders, number)

    def _to_pay(self, number: int) -> Placed:
        """Any order; those that wait to be paid are chosen more often."""
        orders = self.oracle.orders
        return pick(orders + [order for order in orders if order.base in WAITS] * 3, number)

    def _orders_with_money(self) -> list[Placed]:
        return [order for order in self.oracle.orders if order.paid_by]

    def _refundable(self) -> list[Placed]:
        return [order for order in self._orders_with_money() if order.refundable > 0]

    def _refundable_there(self) -> list[Placed]:
        """Those of which the company would give back all that we think is left: it has not made a refund since that
        it had refused."""
        return [order for order in self._refundable() if self._has_room(order)]

    def _has_room(self, order: Placed) -> bool:
        charge = order.paid_by
        assert charge is not None
        rest = Record("refund", Money(order.refundable, order.total.currency), "pending", charge.ref)
        return charge.channel == "wallet" or self.company.has_room(rest)

    def _overdue(self) -> list[Placed]:
        orders = self.oracle.orders
        return [order for order in orders if order.base in WAITS and order.expires_s <= self.oracle.now_s]

    def _ready(self) -> list[Try]:
        return [t for t in self.oracle.tries if t.status == "ready"]

    def _outside(self) -> list[Try]:
        """Attempts at the company; those that are open are chosen more often."""
        outside = [t for t in self.oracle.tries if t.channel == "company"]
        return outside + [t for t in outside if t.is_open] * 3

    def _at_company(self, *statuses: str) -> list[Try]:
        records = self.company.records
        return [t for t in self.oracle.tries if t.ref in records and records[t.ref].status in statuses]

    def _rich(self) -> list[tuple[str, str]]:
        every = ((buyer, currency) for buyer in BUYERS for currency in PRICES)
        return [(buyer, currency) for buyer, currency in every if self.oracle.available("wallet", buyer, currency) > 0]

    def work_off(self) -> None:
        """The company decides all it has, polling goes on until nothing is open, the worker works."""
        for _ in range(3):
            clock.move(100)
            self.oracle.now_s += 100
            for number, t in enumerate(self._at_company("pending")):
                self._company_decides(t, "failed" if number % 3 == 2 else "succeeded")
            for t in [t for t in self.oracle.tries if t.is_open]:
                self._poll(t, "pending", "succeeded")
            self._drain("succeeded")
