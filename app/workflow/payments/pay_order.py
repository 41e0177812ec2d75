"""Paying, in the three steps: reserve (commit the intent), call (no transaction), record (commit the answer)."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.ids import new_id
from app.core.last_read import LastRead
from app.core.money import Money
from app.core.process import crash
from app.domain.accounts.business.errors import CannotSell
from app.domain.orders.models import Order
from app.domain.orders.states import OrderStatus
from app.domain.payments import rules
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels.types import Outcome
from app.domain.payments.errors import NoChannel, PaymentInProgress, Unsupported
from app.domain.payments.states import UNDECIDED, AttemptStatus
from app.domain.payments.types import NOTHING_FROM_WALLET, WalletPortion
from app.workflow.guarded_channel import chosen_of
from app.workflow.payments import record_result
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.payments import apply_result, channel_access, wallet_portion
from app.workflow.steps.payments.begin_payment import Begun, Reserved, reserve, session_return_url, write_attempt
from app.workflow.steps.payments.check_capacity import check_capacity
from app.workflow.steps.payments.select_account import SelectedAccount, request_of, select_account
from app.workflow.steps.payments.stop_payment import Stopped

# The seconds after which one request begins with no other account.
TRY_WITHIN_S = 15.0


def pay_order(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    channel: str | None = None,
    scene: str = "web",
    return_url: str | None = None,
    attempt_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
    from_wallet: WalletPortion = NOTHING_FROM_WALLET,
    then: LastRead[None] | None = None,
) -> uuid.UUID | None:
    """Start paying the order at `channel` (or the first that can), less what comes `from_wallet`; returns the attempt's
    id, whatever became of it. The same `request_id` again (or `attempt_id`, for whoever makes that) goes on where the
    first call stopped. None, without an attempt, when there was nothing to pay: the order is paid then. `then` is
    read in the phase that records the company's answer.

    Raises:
        RiskBlocked: the business's rules refuse it, and the order was closed.
        RiskUnderReview: a person decides about it first, and the order waits.
        NotFound, OrderState, PaymentInProgress, NoChannel, OtherChannelNeeded, InsufficientFunds, Invalid: nothing was
            begun.
    """
    check_capacity(business_id, channel)

    def begin() -> tuple[Order, Begun | None]:
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
    return call(business_id, reserved, then=then) if order.total_minor else None


def call(business_id: uuid.UUID, reserved: Begun | None, *, then: LastRead[None] | None = None) -> uuid.UUID:
    """Tell the company, outside any transaction, and record what it says; the attempt's id. When it certainly began
    nothing, the next account is tried with an attempt of its own, whose id is the answer then. `then` is read in the
    phase that records what was said."""
    if reserved is None:
        raise PaymentInProgress("payment_in_progress", "This payment was already started.")
    if isinstance(reserved, Stopped):
        raise reserved.error
    began, tried = time.monotonic(), frozenset[uuid.UUID]()
    while True:
        outcome = reserved.account.channel.start_payment(reserved.account.settings, reserved.request)
        crash.point("pay_order.call.after")
        if not (reserved.is_first and rules.was_not_begun(outcome)):
            # Also `unsent` for an attempt that somebody may have told before: then nothing new is known.
            record_result.record(business_id, reserved.attempt_id, outcome, source="answer", then=then)
            return reserved.attempt_id
        tried |= {reserved.account.id}
        may_go_on = len(tried) < chosen_of(business_id).accounts_tried and time.monotonic() - began < TRY_WITHIN_S
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
        order, attempt = apply_result.lock(failed.attempt_id)
        assert order is not None  # an attempt to pay an order
        following = _following(order, attempt, failed, tried) if tried is not None else None
        known = rules.as_not_begun(outcome)
        status = apply_result.apply((order, attempt), known, source="answer", is_followed=following is not None)
        if following is None or status != AttemptStatus.FAILED:
            return None
        attempt_id, chosen = following
        wallet_portion.follow(order, failed.attempt_id, attempt_id)
        about: dict[str, Any] = {"scene": attempt.scene, "attempt_id": attempt_id, "request_id": failed.request_id}
        write_attempt(order, attempt.transaction_id, chosen, chosen.request.amount, **about)
    return replace(failed, attempt_id=attempt_id, account=chosen.account, request=chosen.request)


def _following(
    order: Order, attempt: FullAttempt, failed: Reserved, tried: frozenset[uuid.UUID]
) -> tuple[uuid.UUID, SelectedAccount] | None:
    """The next attempt's id, and where it goes."""
    if order.status != OrderStatus.PAYING or order.expires_at <= clock.now() or attempt.status not in UNDECIDED:
        return None
    attempt_id = new_id()
    try:
        chosen = select_account(
            order,
            Money(attempt.amount_minor, attempt.currency),
            attempt_id=attempt_id,
            requested_channel=failed.requested_channel,
            scene=attempt.scene,
            return_url=failed.request.return_url,
            buyer_ip=failed.request.details.get("buyer_ip"),
            exclude_wallet=True,  # never the buyer's own balance, which nobody chose
            tried=tried,
        )
    except (NoChannel, Unsupported, CannotSell):
        return None
    return attempt_id, chosen


def resubmit(business_id: uuid.UUID, attempt_id: uuid.UUID) -> bool:
    """Tell the company again of a payment it has open, to learn how the buyer goes on: the first answer was lost.
    Our id makes it the same payment. False when the buyer's way on is known, or the order no longer waits for it.

    Raises:
        NotFound: there is no such attempt.
    """
    with db.phase("pay_order.resubmit", business_id):
        order, attempt = apply_result.lock(attempt_id)
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
