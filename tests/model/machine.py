"""The steps: each is one call of a real workflow, and of the oracle; then both are compared."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.core import clock
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.last_read import LastRead
from app.core.money import Money
from app.domain.catalog.errors import OutOfStock
from app.domain.ledger.errors import InsufficientFunds
from app.domain.orders import types
from app.domain.orders.errors import OrderState
from app.domain.payments.channels import registry
from app.domain.payments.errors import NotRefundable, PaymentInProgress
from app.read.orders import order_page
from app.workflow.orders import complete_orders, place_order
from app.workflow.wallets import move_money
from tests.model.check import difference, expected, ours
from tests.model.company import ANSWERED, UNANSWERED
from tests.model.oracle import PAY_TIME_S, SENT_AGAIN, WAITS, Placed, Try
from tests.model.reach import reached
from tests.model.shop import BUYERS, PRICES
from tests.model.steps import Steps, pick

PLANS = st.sampled_from((*ANSWERED, *UNANSWERED))
ANSWERS_OR_SILENCE = st.sampled_from(("pending", "succeeded", "failed", "lost_before", "lost_after"))
RECEIVED_OR_LOST = st.sampled_from(("pending", "pending", "lost_before", "lost_after"))
ANY = st.integers(0, 40)
buyers, currencies = st.sampled_from(BUYERS), st.sampled_from(tuple(PRICES))


class Business(Steps):
    """Wallets, orders and refunds of one business."""

    @initialize(pays=st.sampled_from(("company", "wallet")))
    def open_business(self, pays: str) -> None:
        """Two buyers with money, an order that is paid and one that is delivered."""
        for buyer, currency, minor in (("ann", "USD", 9000), ("ann", "JPY", 5000), ("bob", "USD", 4000)):
            self.top_up(buyer, currency, minor, "succeeded")
        for quantity in (1, 2):
            self.sell("ann", "USD", quantity, pays)
            if quantity == 1:
                self._drain("succeeded")

    # -- orders ------------------------------------------------------------------------------------------------

    @rule(buyer=buyers, currency=currencies, quantity=st.integers(1, 3))
    def place(self, buyer: str, currency: str, quantity: int) -> None:
        order_id, units = new_id(), quantity if currency == "USD" else 0
        command = types.PlaceOrderCommand(
            items=[types.OrderItem(self.shop.skus[currency], quantity)], buyer=types.Buyer(reference=buyer)
        )
        refused = OutOfStock if self.oracle.stock - self.oracle.held < units else None
        if self._do(refused, place_order.place_order, self.business_id, command, order_id=order_id):
            total = Money(PRICES[currency] * quantity, currency)
            self.oracle.place(Placed(order_id, buyer, total, units, self.oracle.now_s + PAY_TIME_S))

    @rule(buyer=buyers, currency=currencies, quantity=st.integers(1, 2), pays=st.sampled_from(("company", "wallet")))
    def sell(self, buyer: str, currency: str, quantity: int, pays: str) -> None:
        """An order placed and, when that is possible, paid."""
        before = len(self.oracle.orders)
        self.place(buyer, currency, quantity)
        if len(self.oracle.orders) > before:
            self._pay(self.oracle.orders[-1], pays, "succeeded")

    @rule(buyer=buyers, currency=currencies, plan=PLANS)
    def begin_sale(self, buyer: str, currency: str, plan: str) -> None:
        """An order placed and its payment started, whatever comes of it."""
        before = len(self.oracle.orders)
        self.place(buyer, currency, 1)
        if len(self.oracle.orders) > before:
            self._pay(self.oracle.orders[-1], "company", plan)

    @precondition(lambda self: self.oracle.orders)
    @rule(number=ANY, plan=PLANS)
    def pay(self, number: int, plan: str) -> None:
        self._pay(self._to_pay(number), "company", plan)

    @precondition(lambda self: self.oracle.orders)
    @rule(number=ANY)
    def pay_from_wallet(self, number: int) -> None:
        self._pay(self._to_pay(number), "wallet", "succeeded")

    @precondition(lambda self: self._ready())
    @rule(number=ANY, plan=PLANS)
    def call_again(self, number: int, plan: str) -> None:
        """The same request again after our process died in it."""
        t = pick(self._ready(), number)
        if t.kind == "charge" and t.order is not None and t.order.base not in WAITS:
            self._do(OrderState, lambda: self._same_again(t))
        else:
            self._call(t, plan, lambda: self._same_again(t))

    @precondition(lambda self: self.oracle.orders)
    @rule(number=ANY)
    def pay_twice_at_once(self, number: int) -> None:
        order = self._to_pay(number)
        if self._why_no_payment(order, "company") is not None:
            return
        charges = [self._new_charge(order, "company", new_id()) for _ in range(2)]
        won = self._at_once(charges, self._pay_call, PaymentInProgress)
        assert len(won) == 1
        self._started(won[0], "pending")

    @rule(buyer=buyers, currency=currencies, delivers=st.booleans())
    def pay_again_and_be_charged_twice(self, buyer: str, currency: str, delivers: bool) -> None:
        """The company refuses, the buyer pays with another attempt, and then the company takes the first one too."""
        before = len(self.oracle.orders)
        self.place(buyer, currency, 1)
        if len(self.oracle.orders) > before:
            order = self.oracle.orders[-1]
            self._pay(order, "company", "failed")
            self._pay(order, "company", "succeeded")
            if delivers:
                self._drain("succeeded")
            self._company_decides(order.tries[0], "succeeded", notified=True)

    @precondition(lambda self: self.oracle.orders)
    @rule(number=ANY, plan=RECEIVED_OR_LOST)
    def cancel(self, number: int, plan: str) -> None:
        self._close(self._order(number), plan, reason="cancelled")

    @precondition(lambda self: self._overdue())
    @rule(number=ANY, plan=RECEIVED_OR_LOST)
    def expire(self, number: int, plan: str) -> None:
        self._close(pick(self._overdue(), number), plan, reason="expired")

    @rule(buyer=buyers, currency=currencies)
    def abandon(self, buyer: str, currency: str) -> None:
        """Its time is long over, and the company does not say whether it was paid."""
        before = len(self.oracle.orders)
        self.begin_sale(buyer, currency, "pending")
        if len(self.oracle.orders) > before:
            self.wait(2500)
            self._close(self.oracle.orders[-1], "lost_before", reason="expired")

    @precondition(lambda self: self.oracle.orders)
    @rule(number=ANY)
    def complete(self, number: int) -> None:
        order = self._order(number)
        refused = None if order.status in ("fulfilled", "completed") else OrderState
        complete = partial(complete_orders.complete_order, then=LastRead(lambda: True))
        if self._do(refused, complete, self.business_id, order.id, actor="model"):
            self.oracle.complete(order)

    # -- money back --------------------------------------------------------------------------------------------

    @precondition(lambda self: self._orders_with_money())
    @rule(number=ANY, share=st.sampled_from(("all", "half", "one", "rest", "too much", "nothing")), plan=PLANS)
    def refund(self, number: int, share: str, plan: str) -> None:
        order = pick(self._orders_with_money(), number)
        left = order.refundable
        requested_minor = {"all": None, "half": left // 2, "one": 1, "rest": left, "too much": left + 1, "nothing": 0}[
            share
        ]
        minor = left if requested_minor is None else requested_minor
        refused = NotRefundable if left <= 0 or minor > left else Invalid if minor <= 0 else None
        t = self._new_refund(order, max(minor, 1))
        if refused is None:
            self._call(t, plan, lambda: self._refund_call(t, requested_minor), is_new=True)
        else:
            self._do(refused, lambda: self._refund_call(t, requested_minor))

    @precondition(lambda self: self._refundable())
    @rule(number=ANY, parts=st.integers(1, 3), plan=PLANS)
    def refund_part(self, number: int, parts: int, plan: str) -> None:
        """A refund that is possible."""
        order = pick(self._refundable(), number)
        t = self._new_refund(order, max(1, order.refundable // parts))
        self._call(t, plan, lambda: self._refund_call(t, t.money.minor), is_new=True)

    @precondition(lambda self: self._refundable_there())
    @rule(number=ANY, parts=st.integers(1, 4))
    def refund_many_at_once(self, number: int, parts: int) -> None:
        order = pick(self._refundable_there(), number)
        minor = max(1, order.refundable // parts)
        fits = min(3, order.refundable // minor)
        refunds = [self._new_refund(order, minor) for _ in range(3)]
        self.company.plans = ["succeeded"] * 3 if refunds[0].channel == "company" else []
        won = self._at_once(refunds, lambda t: self._refund_call(t, minor), NotRefundable)
        self.company.plans = []
        assert len(won) == fits, (len(won), fits)
        for t in won:
            self._started(t, "succeeded")

    # -- wallets -----------------------------------------------------------------------------------------------

    @rule(buyer=buyers, currency=currencies, minor=st.integers(1, 4000), plan=PLANS)
    def top_up(self, buyer: str, currency: str, minor: int, plan: str) -> None:
        t = Try(transaction_id=new_id(), kind="top_up", money=Money(minor, currency), buyer=buyer)
        self._call(t, plan, lambda: self._same_again(t), is_new=True)

    @rule(
        kind=st.sampled_from(("withdrawal", "payout")),
        buyer=buyers,
        currency=currencies,
        parts=st.integers(0, 3),
        plan=PLANS,
    )
    def move_out(self, kind: str, buyer: str, currency: str, parts: int, plan: str) -> None:
        """All that is there, a part of it, or (0) one too much."""
        account = ("wallet", buyer) if kind == "withdrawal" else ("merchant_payable", "")
        has = max(0, self.oracle.available(*account, currency))
        minor = max(1, has // parts) if parts else has + 1
        t = Try(transaction_id=new_id(), kind=kind, money=Money(minor, currency), buyer=buyer)
        if minor > has:
            self._do(InsufficientFunds, lambda: self._same_again(t))
        else:
            self._call(t, plan, lambda: self._same_again(t), is_new=True)

    @rule(kind=st.sampled_from(("withdrawal", "payout")), buyer=buyers, is_spent=st.booleans())
    def move_out_after_all(self, kind: str, buyer: str, is_spent: bool) -> None:
        """The company refuses, the money may be gone elsewhere, and then it pays out all the same and says so twice."""
        t = self._all_out(kind, buyer)
        if t is None:
            return
        self._call(t, "failed", lambda: self._same_again(t), is_new=True)
        if is_spent and kind == "withdrawal":
            self.transfer(buyer, next(each for each in BUYERS if each != buyer), t.money.currency, t.money.minor)
        self._company_decides(t, "succeeded", notified=True)
        self._write_notice(t)
        self._deliver(*self.written[-1])

    @rule(kind=st.sampled_from(("withdrawal", "payout")), buyer=buyers)
    def move_out_with_lost_answers(self, kind: str, buyer: str) -> None:
        """No answer, then a vague one, then none again."""
        t = self._all_out(kind, buyer)
        if t is not None:
            self._call(t, "lost_after", lambda: self._same_again(t), is_new=True)
            for plan in ("pending", "lost_before"):
                self._poll(t, plan, "pending")

    def _all_out(self, kind: str, buyer: str) -> Try | None:
        """All the dollars there are, on their way out."""
        account = ("wallet", buyer) if kind == "withdrawal" else ("merchant_payable", "")
        has = self.oracle.available(*account, "USD")
        return Try(transaction_id=new_id(), kind=kind, money=Money(has, "USD"), buyer=buyer) if has > 0 else None

    @rule(payer=buyers, recipient=buyers, currency=currencies, minor=st.integers(0, 3000))
    def transfer(self, payer: str, recipient: str, currency: str, minor: int) -> None:
        t = self._new_transfer(payer, recipient, Money(minor, currency))
        poor = InsufficientFunds if self.oracle.available("wallet", payer, currency) < minor else None
        refused = Invalid if payer == recipient or minor <= 0 else poor
        if self._do(refused, self._transfer, t):
            self._started(t, "succeeded")

    @precondition(lambda self: self._rich())
    @rule(number=ANY, parts=st.integers(1, 4))
    def spend_at_once(self, number: int, parts: int) -> None:
        payer, currency = pick(self._rich(), number)
        has = self.oracle.available("wallet", payer, currency)
        minor, recipient = max(1, has // parts), next(buyer for buyer in BUYERS if buyer != payer)
        transfers = [self._new_transfer(payer, recipient, Money(minor, currency)) for _ in range(3)]
        won = self._at_once(transfers, self._transfer, InsufficientFunds)
        assert len(won) == min(3, has // minor)
        for t in won:
            self._started(t, "succeeded")

    # -- the company's side ------------------------------------------------------------------------------------

    @precondition(lambda self: self._at_company("pending"))
    @rule(number=ANY, to=st.sampled_from(("succeeded", "succeeded", "failed", "closed")), notified=st.booleans())
    def decide(self, number: int, to: str, notified: bool) -> None:
        """The buyer pays or does not; the company makes the refund or does not. It may notify at once."""
        t = pick(self._at_company("pending"), number)
        self._company_decides(t, "failed" if t.kind in SENT_AGAIN and to == "closed" else to, notified=notified)

    @precondition(lambda self: self._at_company("failed", "closed"))
    @rule(number=ANY, notified=st.booleans())
    def change_its_mind(self, number: int, notified: bool) -> None:
        """Failed first and succeeded later. It never refunds more than was paid."""
        t = pick(self._at_company("failed", "closed"), number)
        if t.kind == "refund" and not self._room_for(t):
            return
        reached[f"{t.kind}: no, then yes"] += 1
        self._company_decides(t, "succeeded", notified=notified)

    @precondition(lambda self: self.written)
    @rule(number=ANY)
    def notify(self, number: int) -> None:
        """A notice comes in: late, again, after a newer one, as it pleases."""
        self._deliver(*pick(self.written, number))

    @precondition(lambda self: self.company.records)
    @rule(
        number=ANY,
        wrong=st.sampled_from(({"signed": False}, {"amount": 1_000_001}, {"currency": "EUR"}, {"ref": "att_nothing"})),
    )
    def notify_wrongly(self, number: int, wrong: dict[str, Any]) -> None:
        ref = pick(list(self.company.records), number)
        assert self._notice(self.company.notice(ref, f"bad-{next(self.numbers)}", **wrong)) == 400
        reached[f"refused notice: {next(iter(wrong))}"] += 1

    # -- time and the work behind ------------------------------------------------------------------------------

    @precondition(lambda self: self._outside())
    @rule(number=ANY, plan=RECEIVED_OR_LOST, then=ANSWERS_OR_SILENCE)
    def poll(self, number: int, plan: str, then: str) -> None:
        self._poll(pick(self._outside(), number), plan, then)

    @rule(seconds=st.sampled_from((100, 100, 100, 700, 2000)))
    def wait(self, seconds: int) -> None:
        clock.move(seconds)
        self.oracle.now_s += seconds

    @rule(plan=ANSWERS_OR_SILENCE)
    def work(self, plan: str) -> None:
        self._drain(plan)

    @precondition(lambda self: self.oracle.orders)
    @rule(number=ANY, buyer=buyers, currency=currencies)
    def look(self, number: int, buyer: str, currency: str) -> None:
        """What the pages say."""
        order = self._order(number)
        page = order_page.order_page(self.business_id, order.id)
        assert page.money.refundable_minor == max(0, order.refundable)
        balance = move_money.wallet(self.business_id, buyer=buyer, currency=currency)
        assert balance.available == self.oracle.available("wallet", buyer, currency)

    @invariant()
    def books_agree(self) -> None:
        reached["step"] += 1
        have, want = ours(self.business_id), expected(self.oracle)
        assert have == want, difference(have, want)
        assert not sum(minor for (*_, layer), minor in have.balances.items() if layer == "posted")

    def teardown(self) -> None:
        """In the end everything is decided, and the audit is green."""
        registry.CHANNELS["company"] = self.company
        self.work_off()
        self.books_agree()
        assert not [t for t in self.oracle.tries if t.is_open]
        self.audit(self.business_id)
