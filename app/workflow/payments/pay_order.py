"""Paying, in the three steps: reserve (commit the intent), call (no transaction), record (commit the answer)."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.core import clock, db, settings, states
from app.core.db.retry import in_phase
from app.core.errors import NotFound
from app.core.ids import new_id, show
from app.core.money import Money
from app.core.process import crash
from app.domain.catalog import service as stock
from app.domain.ledger import service as ledger
from app.domain.orders.errors import OrderState
from app.domain.orders.models import Order
from app.domain.orders.states import ORDER, PAYABLE, OrderStatus
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.channels.types import Outcome, PayRequest
from app.domain.payments.errors import NoChannel, PaymentInProgress, Unsupported
from app.domain.payments.states import UNDECIDED, AttemptStatus
from app.workflow.orders import reserve_outside
from app.workflow.orders.place_order import Placed, Wish, write_order
from app.workflow.payments import record_result, route_payment
from app.workflow.steps.ledger import bookings
from app.workflow.steps.orders.mark_paid import mark_free
from app.workflow.steps.payments import channel_access, hash_payer, share_wallet
from app.workflow.steps.payments.brake_attempts import check_tries
from app.workflow.steps.payments.channel_access import OpenAccount
from app.workflow.steps.payments.check_room import check_room
from app.workflow.steps.payments.choose_account import Chosen, choose_account, request_of
from app.workflow.steps.payments.share_wallet import NOTHING, FromWallet

orders = Order.__table__
_LOCKED = (
    select(orders)
    .where(orders.c.business_id == bindparam("business"), orders.c.id == bindparam("order"))
    .with_for_update()
)


# Accounts that one request tries at most, and the seconds after which it begins with no other.
MAX_TRIES = 3
TRY_WITHIN_S = 15.0


@dataclass(frozen=True)
class Reserved:
    """An attempt that is committed and may now be told to the company. `is_first`: nobody can have told it before;
    `wanted` is the buyer's choice, `request_id` what asked for it."""

    attempt_id: uuid.UUID
    account: OpenAccount
    request: PayRequest
    is_first: bool = False
    wanted: str | None = None
    request_id: uuid.UUID | None = None


def pay_order(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    channel: str | None = None,
    scene: str = "web",
    return_url: str | None = None,
    attempt_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
    from_wallet: FromWallet = NOTHING,
) -> uuid.UUID | None:
    """Start paying the order at `channel` (or the first that can), less what comes `from_wallet`; returns the attempt's
    id, whatever became of it. The same `request_id` again (or `attempt_id`, for whoever makes that) goes on where the
    first call stopped. None, without an attempt, when there was nothing to pay: the order is paid then.

    Raises:
        NotFound, OrderState, PaymentInProgress, NoChannel, OtherChannelNeeded, InsufficientFunds, Invalid: nothing was
            begun.
    """
    check_room(business_id, channel)

    def begin() -> tuple[Row[Any], Reserved | None]:
        order = lock_order(order_id)
        return order, reserve(
            order,
            channel=channel,
            scene=scene,
            return_url=return_url,
            attempt_id=attempt_id,
            request_id=request_id,
            from_wallet=from_wallet,
        )

    order, reserved = in_phase("pay_order.reserve", business_id, begin)
    return call(business_id, reserved) if order.total_minor else None


def place_and_pay(
    business_id: uuid.UUID,
    wish: Wish,
    *,
    order_id: uuid.UUID,
    channel: str | None,
    request_id: uuid.UUID | None = None,
    scene: str = "web",
    return_url: str | None = None,
    from_wallet: FromWallet = NOTHING,
) -> uuid.UUID:
    """Place the order and start paying it, with one phase for both unless the merchant's own system has to hold
    something in between; the order's id. Raises as both do."""
    begin = partial(
        reserve,
        channel=channel,
        scene=scene,
        return_url=return_url,
        request_id=request_id,
        from_wallet=from_wallet,
    )
    check_room(business_id, channel)

    def place() -> tuple[bool, Reserved | None]:
        order = db.first(_LOCKED, business=db.here(), order=order_id) or write_order(order_id, wish)
        if is_paid_free(order):
            return False, None
        return order.asks_outside, None if order.asks_outside else begin(order)

    asks_outside, reserved = in_phase("pay_order.place_and_reserve", business_id, place)
    if asks_outside:
        reserve_outside.hold(business_id, order_id)
        reserved = in_phase("pay_order.reserve", business_id, lambda: begin(lock_order(order_id)))
    if reserved is not None:
        call(business_id, reserved)
    return order_id


def reserve(
    order: Row[Any] | Placed,
    *,
    channel: str | None,
    scene: str,
    return_url: str | None,
    attempt_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
    buyer_ip: str | None = None,
    from_wallet: FromWallet = NOTHING,
    outside: bool = False,
) -> Reserved | None:
    """In the caller's phase, with the order locked or just placed: write the attempt and freeze its money in the books.
    None when the attempt of this request (or of this id) exists and is past being told to the company, or when there is
    nothing to pay: the order is paid at once then. `buyer_ip` is for companies that want it;
    `outside` keeps off the buyer's wallet when no channel is named."""
    if not order.total_minor:
        _check_payable(order, None)
        mark_free(order)
        return None
    known = None if isinstance(order, Placed) else _known(order, attempt_id, request_id)
    attempt_id = known.id if known is not None else attempt_id or new_id()
    if known is None:
        charge = None if isinstance(order, Placed) else payments.open_charge(order.id)
        _check_payable(order, charge)
        check_tries(order, buyer_ip=buyer_ip)
        share = share_wallet.share(order, from_wallet)
        money = Money(order.total_minor, order.currency) - share
        if share.minor and not money.minor:  # the wallet pays it all: one payment, and nobody outside is asked
            money, share, channel, scene = share, money, "wallet", "wallet"
        chosen = choose_account(
            order,
            money,
            attempt_id=attempt_id,
            wanted=channel,
            scene=scene,
            return_url=return_url,
            buyer_ip=buyer_ip,
            outside_only=outside or bool(share.minor),
        )
        account, request, until = chosen.account, chosen.request, chosen.request.expires_at
        transaction_id = _charge(order, charge, money)
        if share.minor:
            share_wallet.hold(order, share, attempt_id=attempt_id, until=until)
        about: dict[str, Any] = {"scene": scene, "attempt_id": attempt_id, "request_id": request_id}
        _write_attempt(order, transaction_id, chosen, money, **about)
        _wait(order, until)
    elif known.order_id != order.id:
        raise NotFound("not_found", "There is no such attempt.")
    elif known.status != AttemptStatus.READY:
        return None
    elif order.status != OrderStatus.PAYING:
        # Paid or closed since: told now, the company might take the money a second time.
        raise OrderState("order_state", f"This order is {order.status}; it cannot be paid.")
    else:
        account, money = channel_access.of_attempt(known), Money(known.amount_minor, known.currency)
        request = request_of(
            order, account, attempt_id, money=money, scene=scene, return_url=return_url, buyer_ip=buyer_ip
        )
    return Reserved(attempt_id, account, request, is_first=known is None, wanted=channel, request_id=request_id)


def _known(order: Row[Any], attempt_id: uuid.UUID | None, request_id: uuid.UUID | None) -> Row[Any] | None:
    if request_id is not None:
        return payments.attempt_of_request(order.id, request_id)
    return payments.attempt(attempt_id) if attempt_id is not None else None


def is_paid_free(order: Row[Any] | Placed) -> bool:
    """Whether the order cost nothing, and is past that."""
    return not order.total_minor and order.status not in (OrderStatus.CREATED, OrderStatus.PAYING, OrderStatus.CLOSED)


def call(business_id: uuid.UUID, reserved: Reserved | None) -> uuid.UUID:
    """Tell the company, outside any transaction, and record what it says; the attempt's id. When it certainly began
    nothing, the next account is tried with an attempt of its own, whose id is the answer then."""
    if reserved is None:
        raise PaymentInProgress("payment_in_progress", "This payment was begun already.")
    began, tried = time.monotonic(), frozenset[uuid.UUID]()
    while True:
        outcome = reserved.account.channel.start_payment(reserved.account.settings, reserved.request)
        crash.point("pay_order.call.after")
        if not (reserved.is_first and rules.was_not_begun(outcome)):
            # Also `unsent` for an attempt that somebody may have told before: then nothing new is known.
            record_result.record(business_id, reserved.attempt_id, outcome, source="answer")
            return reserved.attempt_id
        tried |= {reserved.account.id}
        may_go_on = len(tried) < MAX_TRIES and time.monotonic() - began < TRY_WITHIN_S
        following = _fail_over(business_id, reserved, outcome, tried=tried if may_go_on else None)
        if following is None:
            return reserved.attempt_id
        reserved = following


def _fail_over(
    business_id: uuid.UUID, failed: Reserved, outcome: Outcome, *, tried: frozenset[uuid.UUID] | None
) -> Reserved | None:
    """In one phase: the attempt has failed, and the next account gets one, so that the order never stands in between.
    None when no other account can take it (or `tried` is None), or the order does not wait any more."""
    with db.phase("pay_order.fail_over", business_id):
        order, attempt = record_result.lock(failed.attempt_id)
        assert order is not None  # an attempt to pay an order
        following = _following(order, attempt, failed, tried) if tried is not None else None
        known = rules.as_not_begun(outcome)
        status = record_result.apply((order, attempt), known, source="answer", is_followed=following is not None)
        if following is None or status != AttemptStatus.FAILED:
            return None
        attempt_id, chosen = following
        share_wallet.follow(order, failed.attempt_id, attempt_id)
        about: dict[str, Any] = {"scene": attempt.scene, "attempt_id": attempt_id, "request_id": failed.request_id}
        _write_attempt(order, attempt.transaction_id, chosen, chosen.request.amount, **about)
    return replace(failed, attempt_id=attempt_id, account=chosen.account, request=chosen.request)


def _following(
    order: Row[Any], attempt: Row[Any], failed: Reserved, tried: frozenset[uuid.UUID]
) -> tuple[uuid.UUID, Chosen] | None:
    """The next attempt's id, and where it goes."""
    if order.status != OrderStatus.PAYING or order.expires_at <= clock.now() or attempt.status not in UNDECIDED:
        return None
    attempt_id = new_id()
    try:
        chosen = choose_account(
            order,
            Money(attempt.amount_minor, attempt.currency),
            attempt_id=attempt_id,
            wanted=failed.wanted,
            scene=attempt.scene,
            return_url=failed.request.return_url,
            buyer_ip=failed.request.details.get("buyer_ip"),
            outside_only=True,  # never the buyer's own balance, which nobody chose
            tried=tried,
        )
    except (NoChannel, Unsupported):
        return None
    return attempt_id, chosen


def tell_again(business_id: uuid.UUID, attempt_id: uuid.UUID) -> bool:
    """Tell the company again of a payment it has open, to learn how the buyer goes on: the first answer was lost.
    Our id makes it the same payment. False when the buyer's way on is known, or the order no longer waits for it.

    Raises:
        NotFound: there is no such attempt.
    """
    with db.phase("pay_order.tell_again", business_id):
        order, attempt = record_result.lock(attempt_id)
        if order is None or order.status != OrderStatus.PAYING:
            return False
        if attempt.action is not None or attempt.status not in (AttemptStatus.PENDING, AttemptStatus.UNKNOWN):
            return False
        account = channel_access.of_attempt(attempt)
        return_url = session_return_url(order.session_id) if order.session_id else None
        money = Money(attempt.amount_minor, attempt.currency)
        request = request_of(order, account, attempt_id, money=money, scene=attempt.scene, return_url=return_url)
    call(business_id, Reserved(attempt_id, account, request))
    return True


def session_return_url(session_id: uuid.UUID) -> str:
    """Where the company sends the buyer of a session back to."""
    return f"{settings.current().public_url}/c/{show('ses', session_id)}/return"


def lock_order(order_id: uuid.UUID) -> Row[Any]:
    """The order, locked for the rest of the phase.

    Raises:
        NotFound: there is none.
    """
    order = db.first(_LOCKED, business=db.here(), order=order_id)
    if order is None:
        raise NotFound("not_found", f"There is no order {show('ord', order_id)}.")
    return order


def _check_payable(order: Row[Any] | Placed, charge: Row[Any] | None) -> None:
    if order.status not in PAYABLE:
        raise OrderState("order_state", f"This order is {order.status}; it cannot be paid.")
    if order.expires_at <= clock.now():
        raise OrderState("order_expired", "The time to pay this order is over.")
    if order.asks_outside and not reserve_outside.are_held(order.id):
        raise OrderState("not_reserved", "The seller's system does not hold what was ordered.")
    if charge is not None and payments.undecided_of(order.id, kind="charge"):
        raise PaymentInProgress("payment_in_progress", "A payment of this order is not decided yet.")


def _charge(order: Row[Any] | Placed, charge: Row[Any] | None, money: Money) -> uuid.UUID:
    """The order's charge of this amount: the open one, or a new one (in its place, when it is for another amount)."""
    actor = f"buyer:{order.buyer_reference}"
    if charge is not None and charge.amount_minor == money.minor:
        open_charge: uuid.UUID = charge.id
        return open_charge
    if charge is not None:
        payments.give_up(charge, order_id=order.id, reason="another share", actor=actor)
    parts = share_wallet.parts_of(order)
    if money.minor != order.total_minor:
        parts = share_wallet.spread(money, parts)
    return payments.add_transaction("charge", order_id=order.id, amount=money, actor=actor, parts=parts)


def _write_attempt(
    order: Row[Any] | Placed,
    transaction_id: uuid.UUID,
    chosen: Chosen,
    money: Money,
    *,
    scene: str,
    attempt_id: uuid.UUID,
    request_id: uuid.UUID | None,
) -> None:
    account, payer = chosen.choice.account, chosen.request.details
    journal_id = ledger.pend(bookings.charge(order, account, money, attempt_id))
    payments.add_attempt(
        attempt_id,
        "charge",
        transaction_id=transaction_id,
        account=account,
        scene=scene,
        amount=money,
        journal_id=journal_id,
        next_ask_at=channel_access.first_ask(account.channel, "charge"),
        request_id=request_id,
        means_hash=hash_payer.named_before(account.channel, payer),
        address_hash=hash_payer.of_address(payer.get("buyer_ip")),
    )
    route_payment.keep(chosen.choice, attempt_id)


def _wait(order: Row[Any] | Placed, until: datetime) -> None:
    """The order waits for its payment until then, and so does what it holds."""
    stand = states.Stand(order.id, order.status, order.version)
    actor = f"buyer:{order.buyer_reference}"
    states.advance(ORDER, stand, OrderStatus.PAYING, reason="payment started", actor=actor, expires_at=until)
    if until > order.expires_at:
        stock.hold_until(order.id, until)
