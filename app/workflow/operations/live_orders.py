"""Real orders of a business, one for each story: through the application's own use cases, and paid at the simulator.

They are lived round by round, so that each round is seen as a whole: what was just paid, then what was completed or
refunded in full, then what was refunded in part.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db, outbox
from app.core.db.models import EventStatus, OutboxEvent
from app.core.errors import Unavailable
from app.core.ids import new_id, show
from app.core.last_read import LastRead
from app.domain.checkout.agreements.models import Agreement
from app.domain.marketing.codes import email_key
from app.domain.orders.models import CheckoutSession
from app.domain.orders.states import SessionStatus
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.workflow.checkout.confirm_checkout import cancel_checkout, confirm_checkout
from app.workflow.checkout.open_checkout import change_checkout, open_checkout
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from app.workflow.orders.close_orders import close_order
from app.workflow.orders.complete_orders import complete_order
from app.workflow.orders.end_session import end_session
from app.workflow.payments import confirm_bank_transfer
from app.workflow.payments.poll_undecided import poll_attempt
from app.workflow.payments.refund_order import refund_order
from app.workflow.steps.operations.sales_pattern import Story
from app.workflow.steps.payments import tell_simulator

QUIET_WITHIN_S, LOOK_EVERY_S = 60.0, 0.05
BOOKKEEPERS = ("Nora Lind", "Teo Brandt")
REFUND_REASON = "asked back by the buyer of this life"
attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)


@dataclass
class Life:
    """One order as it is lived: its session, its order once there is one, and when each of its stages began."""

    business_id: uuid.UUID
    story: Story
    session_id: uuid.UUID
    buyer: str
    order_id: uuid.UUID | None = None
    stages: list[str] = field(default_factory=list)
    begun: list[datetime] = field(default_factory=list)

    @property
    def bank_reference(self) -> str:
        """What the bank calls its transfer, if it is paid by one."""
        return f"rf{self.session_id.hex[-14:]}"

    @property
    def email(self) -> str:
        """The buyer's mailbox."""
        return mailbox(self.buyer)

    def begin(self, stage: str) -> None:
        """The next stage begins now."""
        self.stages.append(stage)
        self.begun.append(clock.now())

    def roots(self) -> list[uuid.UUID]:
        """What all its rows hang from."""
        return [self.session_id] if self.order_id is None else [self.session_id, self.order_id]

    def own_names(self) -> list[str]:
        """Texts in its rows that are its own: of the buyer, of the session's secret, and the company's numbers."""
        with db.reading(self.business_id):
            secret = select(CheckoutSession.secret_hash).where(CheckoutSession.id == self.session_id)
            names = [self.buyer, email_key(self.email) or "", db.scalar(secret)]
            if self.order_id is not None:
                names += [*self._numbers(self.order_id), self.bank_reference, REFUND_REASON]
        return [name for name in names if name]

    def _numbers(self, order_id: uuid.UUID) -> list[str]:
        found = (
            select(attempts.c.channel_ref)
            .join(transactions, transactions.c.id == attempts.c.transaction_id)
            .where(transactions.c.order_id == order_id, attempts.c.channel_ref.is_not(None))
        )
        return [str(row.channel_ref) for row in db.rows(found)]


def mailbox(buyer: str) -> str:
    """A buyer's address; it reaches nobody."""
    return f"{buyer}@example.com"


def live_orders(
    business_id: uuid.UUID,
    stories: Sequence[Story],
    skus: dict[str, uuid.UUID],
    after: Callable[[Sequence[Life]], None],
) -> None:
    """Live every story in the business, whose SKUs have these ids by code. `after` each round gets all lives.

    Raises:
        Unavailable: the simulator cannot be reached, or events are not handled in time.
    """
    lives = [_placed(business_id, story, skus) for story in stories]
    for life in lives:
        _first_round(life)
    _be_quiet(business_id)
    after(lives)
    for life in lives:
        _second_round(life)
    _be_quiet(business_id)
    after(lives)
    for life in lives:
        if life.story.ending == "returned_in_part":
            life.begin("returned_in_part")
            _refund(life, part=True)
    _be_quiet(business_id)
    after(lives)


def _placed(business_id: uuid.UUID, story: Story, skus: dict[str, uuid.UUID]) -> Life:
    life = Life(business_id, story, new_id(), f"life.{new_id().hex[-12:]}")
    items = [OrderItem(skus[code], quantity) for code, quantity in story.items]
    buyer = Buyer(reference=life.buyer, email=life.email)
    life.begin("opened")
    open_checkout(business_id, items=items, buyer=buyer, currency=story.currency, session_id=life.session_id)
    if story.coupon is not None:
        with db.phase("live_orders.coupon", business_id):
            codes = [story.coupon]
            db.write(db.change(CheckoutSession, life.session_id, coupon_codes=codes), expect=1)
    return life


def _first_round(life: Life) -> None:
    ending = life.story.ending
    if ending == "left":
        _leave(life)
        return
    life.begin("chosen")
    change_checkout(life.business_id, life.session_id, channel=life.story.channel)
    if ending == "left_late":
        _leave(life)
        return
    _order(life, "ordered")
    if ending in ("declined", "second_try"):
        life.begin("declined")
        _decide(life, "decline", {"code": "insufficient_funds" if ending == "declined" else "card_declined"})
    if ending == "second_try":
        _order(life, "ordered_again")
    if ending in ("declined", "expired"):
        life.begin("expired")
        close_order(life.business_id, _order_id(life), reason="expired", actor="system")
    elif ending == "cancelled":
        life.begin("cancelled")
        cancel_checkout(life.business_id, life.session_id, actor="buyer")
    elif life.story.channel == "offline":
        _pay_by_bank(life)
    else:
        life.begin("paid")
        paid = _decide(life, "approve", {})
        if ending == "refund_failed":
            script = {"operation": "refund", "behavior": "decline", "value": "account_closed", "times": 1}
            tell_simulator.tell("scripts", {**script, "scope": "payment", "out_trade_no": show("att", paid)})


def _second_round(life: Life) -> None:
    match life.story.ending:
        case "kept" | "second_try" | "returned_in_part":
            life.begin("completed")
            complete_order(life.business_id, _order_id(life), actor="system", then=LastRead(lambda: None))
        case "returned" | "refund_failed":
            life.begin(life.story.ending)
            _refund(life, part=False)


def _leave(life: Life) -> None:
    life.begin("left")
    end_session(life.business_id, life.session_id, SessionStatus.EXPIRED)


def _order(life: Life, stage: str) -> None:
    with db.reading(life.business_id):
        current = select(db.table(Agreement)).where(Agreement.business_id == life.business_id, Agreement.current)
        agreements = [(row.id, row.text_hash) for row in db.rows(current)]
    life.begin(stage)
    life.order_id = confirm_checkout(
        life.business_id, life.session_id, channel=life.story.channel, agreements=agreements, request_id=new_id()
    )


def _decide(life: Life, action: str, body: dict[str, str]) -> uuid.UUID:
    """The buyer acts on the company's page, and the company is asked what became of it; the attempt's id."""
    attempt = _undecided(life)
    tell_simulator.tell(f"payments/{show('att', attempt.id)}/{action}", body)
    poll_attempt(life.business_id, attempt.id, force=True)
    return attempt.id


def _pay_by_bank(life: Life) -> None:
    """One person finds the transfer on the account, another confirms it."""
    life.begin("recorded")
    attempt = _undecided(life)
    line = confirm_bank_transfer.Line(
        amount_minor=attempt.amount_minor,
        bank_reference=life.bank_reference,
        booked_on=clock.now().date(),
        counterparty=life.buyer,
    )
    transfer_id = confirm_bank_transfer.record(life.business_id, attempt.id, line, actor=BOOKKEEPERS[0])
    life.begin("confirmed")
    confirm_bank_transfer.confirm(life.business_id, transfer_id, actor=BOOKKEEPERS[1])


def _undecided(life: Life) -> PaymentAttempt:
    with db.reading(life.business_id):
        found = db.first(
            select(attempts)
            .join(transactions, transactions.c.id == attempts.c.transaction_id)
            .where(transactions.c.order_id == _order_id(life), attempts.c.next_poll_at.is_not(None))
        )
    assert found is not None  # begun by the stage before
    return found


def _refund(life: Life, *, part: bool) -> None:
    with db.reading(life.business_id):
        charge = select(transactions.c.amount_minor).where(transactions.c.order_id == _order_id(life))
        amount_minor = int(db.scalar(charge)) // 2 if part else None
    refund_order(life.business_id, _order_id(life), amount_minor=amount_minor, reason=REFUND_REASON, actor="system")


def _order_id(life: Life) -> uuid.UUID:
    assert life.order_id is not None  # placed in the first round
    return life.order_id


def _be_quiet(business_id: uuid.UUID) -> None:
    """Handle the business's events, and wait for those that a worker has in hand."""
    events, gives_up_s = db.table(OutboxEvent), time.monotonic() + QUIET_WITHIN_S
    waiting = select(events.c.id).where(events.c.business_id == business_id, events.c.status == EventStatus.PENDING)
    while True:
        outbox.drain(business_id, SUBSCRIBERS, BATCHES)
        with db.reading(business_id):
            if db.first(waiting.limit(1)) is None:
                return
        if time.monotonic() > gives_up_s:
            raise Unavailable("events_wait", "Events of this business were not handled in time.")
        time.sleep(LOOK_EVERY_S)
