"""What should be, from the rules of the house alone: no table, no workflow, no state machine of the application."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field

from app.core.ids import show
from app.core.money import Money
from tests.model.company import Company, Record

PAY_TIME_S, GRACE_S, ABSENT_AFTER_S = 1800, 600, 90
UNDECIDED = ("ready", "pending", "unknown")
WAITS = ("created", "paying")
LOST = ("lost_before", "lost_after")
DIED = ("died_before", "died_after")
CLEARING, MERCHANT, UNAPPLIED, SHORTFALL = "channel_clearing", "merchant_payable", "unapplied", "shortfall"
SENT_AGAIN = ("refund", "withdrawal", "payout")
WORD = {"pending": "pending", "succeeded": "succeeded", "failed": "failed", "closed": "cancelled"}

_NOBODY = uuid.UUID(int=0)


@dataclass(eq=False, kw_only=True)
class Try:
    """One attempt to move money; `began_s` is the model's time, `id` known once it was begun."""

    kind: str
    money: Money
    id: uuid.UUID = _NOBODY
    transaction_id: uuid.UUID | None = None
    channel: str = "company"
    buyer: str = ""
    recipient: str = ""
    order: Placed | None = None
    charge: Try | None = None
    began_s: int = 0
    status: str = "ready"
    applied: bool = True
    uncovered: bool = False

    @property
    def ref(self) -> str:
        return show("att", self.id)

    @property
    def is_open(self) -> bool:
        return self.status in UNDECIDED

    def legs(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Which account gives and which gets, as (kind, whose)."""
        wallet, outside = ("wallet", self.buyer), (CLEARING, "")
        own = wallet if self.channel == "wallet" else outside
        target = (MERCHANT, "") if self.applied else (UNAPPLIED, "")
        match self.kind:
            case "charge":
                return own, target
            case "refund":
                return target, own
            case "top_up":
                return outside, wallet
            case "withdrawal":
                return (SHORTFALL, "") if self.uncovered else wallet, outside
            case "payout":
                return (MERCHANT, ""), outside
            case _:
                return wallet, ("wallet", self.recipient)


@dataclass(eq=False)
class Placed:
    """One order. `base` is where it stands, refunds aside; `units` are
    those of the SKU that counts its stock."""

    id: uuid.UUID
    buyer: str
    total: Money
    units: int
    expires_s: int
    base: str = "created"
    tries: list[Try] = field(default_factory=list)
    with_buyer: bool = False
    restocked: bool = False

    @property
    def paid_by(self) -> Try | None:
        return next((t for t in self.tries if t.kind == "charge" and t.status == "succeeded" and t.applied), None)

    @property
    def undecided(self) -> Try | None:
        return next((t for t in self.tries if t.kind == "charge" and t.is_open), None)

    @property
    def paid(self) -> int:
        return self.total.minor if self.paid_by else 0

    @property
    def refunded(self) -> int:
        return sum(t.money.minor for t in self.tries if _own_refund(t) and t.status == "succeeded")

    @property
    def in_flight(self) -> int:
        return sum(t.money.minor for t in self.tries if _own_refund(t) and t.is_open)

    @property
    def refundable(self) -> int:
        return self.paid - self.refunded - self.in_flight

    @property
    def status(self) -> str:
        if self.paid and self.refunded == self.paid:
            return "refunded"
        return "refunding" if self.paid and self.refundable <= 0 else self.base


def _own_refund(t: Try) -> bool:
    return t.kind == "refund" and t.applied


class Oracle:
    """Orders, tries and stock, in plain numbers."""

    def __init__(self, company: Company, reached: Counter[str], *, stock: int) -> None:
        self.company, self.reached = company, reached
        self.now_s = 0
        self.stock, self.held = stock, 0
        self.orders: list[Placed] = []
        self.tries: list[Try] = []
        self.owed: list[Try] = []

    def balances(self) -> dict[tuple[str, str, str, str], int]:
        """Minor units by (account kind, whose, currency, layer); + is debit; what is zero is left out."""
        sums: Counter[tuple[str, str, str, str]] = Counter()
        for t in self.tries:
            layer = "posted" if t.status == "succeeded" else "pending"
            if t.status == "succeeded" or t.is_open:
                for (kind, whose), sign in zip(t.legs(), (1, -1), strict=True):
                    sums[kind, whose, t.money.currency, layer] += sign * t.money.minor
        return {key: minor for key, minor in sums.items() if minor}

    def available(self, kind: str, whose: str, currency: str) -> int:
        """What can be taken from an account: what is posted, less what open tries would take."""
        account = (kind, whose)
        held = sum(
            t.money.minor for t in self.tries if t.is_open and t.money.currency == currency and t.legs()[0] == account
        )
        return -self.balances().get((kind, whose, currency, "posted"), 0) - held

    def place(self, order: Placed) -> None:
        self.orders.append(order)
        self.held += order.units
        self.reached["order → created"] += 1

    def begin(self, t: Try) -> Try:
        """The intent is committed; there is no answer yet."""
        t.began_s = self.now_s
        self.tries.append(t)
        if t.order is not None:
            was = t.order.status
            t.order.tries.append(t)
            if t.order.status != was:
                self.reached[f"order: {was} → {t.order.status}"] += 1
            if t.kind == "charge":
                self._move(t.order, "paying")
        return t

    def answered(self, t: Try, plan: str) -> None:
        """The call was made and went as planned."""
        if t.channel == "wallet":
            self.record(t, "succeeded")
            return
        if plan in DIED:
            return
        if plan in LOST:
            self.record(t, "unknown")
            return
        known = self.company.records.get(t.ref)
        self.record(t, WORD[known.status] if known else "failed", wrong=plan == "wrong_amount")

    def polled(self, t: Try, known: Record | None, plan: str, then: str) -> None:
        """The janitor polled when the company's books had `known`. Money on its way out that they do not know is
        sent again, and that goes as `then` says."""
        if not t.is_open:
            return
        if plan in LOST:
            self.record(t, "unknown")
        elif known is not None:
            self.record(t, WORD[known.status])
            if t.kind == "charge" and known.status == "pending" and t.order and t.order.base not in WAITS:
                self.record(t, "cancelled")  # nobody needs it any more, so the company closes it on request
        elif t.kind in SENT_AGAIN:
            self.reached[f"{t.kind} sent again"] += 1
            self.answered(t, then)
        else:
            self.record(t, "absent")

    def record(self, t: Try, word: str, *, wrong: bool = False) -> None:
        """The company's answer `word` is recorded."""
        was, order_was = t.status, t.order.status if t.order else ""
        if t.kind == "withdrawal" and word == "succeeded" and not t.is_open and was != "succeeded":
            # No first and yes later: what the wallet does not hold any more, somebody has to find.
            t.uncovered = self.available("wallet", t.buyer, t.money.currency) < t.money.minor
            self.reached["withdrawal uncovered" if t.uncovered else "withdrawal covered late"] += 1
        t.status = self._judge(t, word, wrong=wrong)
        self.reached[f"{t.kind}: {was} → {t.status}"] += 1
        if wrong:
            self.reached["wrong amount"] += 1
        if was == t.status or t.is_open or t.order is None:
            return
        if t.kind == "charge":
            self._charge_decided(t)
        elif t.applied and t.order.status != order_was:
            self.reached[f"order: {order_was} → {t.order.status}"] += 1

    def closes(self, order: Placed, plan: str, *, overdue: bool) -> str:
        """Close the order; `closed`, `waits` or `no`."""
        t = order.undecided
        if t is not None:
            known = self.company.records.get(t.ref)
            self.record(t, "unknown" if plan in LOST else WORD[known.status] if known else "cancelled")
        if order.status == "closed":
            return "closed"
        if order.status not in WAITS:
            return "no"
        if order.undecided and self.now_s < order.expires_s + GRACE_S:
            return "waits"
        self._move(order, "closed")
        self.reached["order closed: " + ("overdue" if overdue else "by hand")] += 1
        self.held -= order.units
        return "closed"

    def delivered(self) -> None:
        """What waits in the outbox was handled: goods handed over and taken back. Surplus is the caller's."""
        for order in self.orders:
            if order.status == "paid":
                self._move(order, "fulfilled")
                order.with_buyer = True
            elif order.status == "refunded" and not order.restocked:
                order.restocked, order.with_buyer = True, False
                self.stock += order.units
                self.reached["restocked"] += 1

    def complete(self, order: Placed) -> None:
        self._move(order, "completed")

    def _judge(self, t: Try, word: str, *, wrong: bool) -> str:
        if wrong and word in ("pending", "succeeded"):
            return "unknown" if t.status == "ready" else t.status
        if not t.is_open:
            return "succeeded" if word == "succeeded" else t.status
        if word == "absent":
            if t.status == "pending":
                return "pending"
            return "failed" if self.now_s - t.began_s >= ABSENT_AFTER_S else "unknown"
        return word

    def _charge_decided(self, t: Try) -> None:
        order = t.order
        assert order is not None
        if t.status != "succeeded":
            if order.base == "paying":
                self._move(order, "created")
        elif order.base in WAITS:
            self._move(order, "paid")
            self.held -= order.units
            self.stock -= order.units
        else:
            t.applied = False
            self.owed.append(t)
            self.reached[f"surplus for an order that is {order.status}"] += 1

    def _move(self, order: Placed, to: str) -> None:
        if order.base != to:
            self.reached[f"order: {order.base} → {to}"] += 1
            order.base = to
