"""One order, two sources: a share from the buyer's wallet, the rest by a channel.

The share is held when the payment starts, taken when the channel's part is paid, and free again when that part fails
or the order closes. Only the wallet of the order's own buyer, in the order's currency, is ever touched.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.core import clock, db, states
from app.core.errors import Invalid
from app.core.ids import new_id, show
from app.core.money import Money
from app.core.states import RowState
from app.domain.ledger import service as ledger
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.reservations import service as reservations
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.types import Placed
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.errors import NoChannel
from app.domain.payments.states import ATTEMPT, TRANSACTION, AttemptStatus, TransactionStatus
from app.domain.payments.types import DetailPart, WalletPortion
from app.lib.some import some
from app.workflow.steps.ledger import postings
from app.workflow.steps.payments import channel_access, choose_route

Parts = Sequence[DetailPart]
lines = db.table(OrderLine)


def amount_of(order: Order | Placed, command: WalletPortion) -> Money:
    """The share that the wallet can bear, in the open phase; the wallet is locked when it bears anything.

    Raises:
        Invalid: more than the order costs, or less than nothing. NoChannel: this business keeps no wallets, or
            the order buys wallet money.
    """
    total = Money(order.total_minor, order.currency)
    if command.minor == 0:
        return Money(0, total.currency)
    if command.minor is not None and not 0 < command.minor <= total.minor:
        raise Invalid(
            "invalid_amount",
            "The wallet portion must be greater than zero and at most the order’s total.",
            details={"param": "wallet_minor", "total_minor": total.minor},
        )
    if choose_route.buys_credit(order.id):
        if command.minor is None:
            return Money(0, total.currency)
        raise NoChannel("channel_unavailable", "Wallet credit cannot be bought with a wallet.")
    if command.minor is not None:
        return Money(command.minor, total.currency)
    channel_access.wallet_account()
    has = ledger.locked_balance("wallet", owner=order.buyer_reference, currency=total.currency)
    return Money(min(max(has.available, 0), total.minor), total.currency)


def hold(
    order: Order | Placed, money: Money, *, attempt_id: uuid.UUID, until: datetime, promised: bool = False
) -> None:
    """Hold the share while the attempt, which is for the rest, is undecided. `promised` before, it is held although
    wallets were switched off since.

    Raises:
        InsufficientFunds: the wallet has less available. NoChannel: this business keeps no wallets.
    """
    wallet_attempt_id = new_id()
    account = channel_access.wallet_account(must_be_enabled=not promised)
    reservations.hold_money(
        new_id(),
        order_id=order.id,
        attempt_id=attempt_id,
        wallet_attempt_id=wallet_attempt_id,
        journal_id=ledger.pend(postings.charge(order, account, money, wallet_attempt_id)),
        money=money,
        expires_at=until,
    )


def follow(order: Order, failed_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    """What was held beside an attempt that failed is held beside the one that follows it."""
    held = reservations.reserved_money(order.id)
    if held is not None and held.attempt_id == failed_id:
        reservations.attach_to_attempt(held, attempt_id)


def release(order_id: uuid.UUID, *, reason: str, attempt_id: uuid.UUID | None = None) -> None:
    """Give the share back to the buyer's wallet: any, or only the one beside `attempt_id`. Nothing held is fine."""
    held = reservations.reserved_money(order_id)
    if held is not None and (attempt_id is None or held.attempt_id == attempt_id):
        _let_go(held, reason)


def can_bear(order: Order, missing: Money) -> bool:
    """Whether the wallet can give what is missing, counting what it holds for this order; it stays locked."""
    held = reservations.reserved_money(order.id)
    has = ledger.locked_balance("wallet", owner=order.buyer_reference, currency=missing.currency)
    return has.available + (some(held.amount_minor) if held is not None else 0) >= missing.minor


def take(order: Order, missing: Money, *, paid: FullAttempt) -> None:
    """Take what the attempt `paid` left missing, after `can_bear` said yes: what was held for it, or, when that was let
    go because the company said no first, money that is there now. The share becomes a payment of its own."""
    held = reservations.reserved_money(order.id)
    if held is None or held.attempt_id != paid.id:
        if held is not None:
            _let_go(held, "another payment came")
        hold(order, missing, attempt_id=paid.id, until=order.expires_at, promised=True)
        held = reservations.reserved_money(order.id)
    assert held is not None
    assert held.amount_minor == missing.minor
    ledger.post(some(held.journal_id))
    reservations.confirm(held, reason="paid")
    _become_payment(order, held, missing)


def parts_of(order: Order | Placed) -> Parts:
    """What each seller's lines in each sub-order cost."""
    if isinstance(order, Placed):
        return [DetailPart(*part) for part in order.parts]
    rows = db.rows(
        select(lines.c.sub_order_id, lines.c.seller_id, func.sum(lines.c.amount_minor).label("minor"))
        .where(lines.c.business_id == db.here(), lines.c.order_id == order.id)
        .group_by(lines.c.sub_order_id, lines.c.seller_id)
        .order_by(lines.c.sub_order_id, lines.c.seller_id)
    )
    return [DetailPart(row.sub_order_id, row.seller_id, int(row.minor)) for row in rows]


def spread(money: Money, parts: Parts) -> Parts:
    """The money over the parts, by what each costs; it sums to `money`."""
    shares = money.allocate([part.amount_minor for part in parts])
    return [part._replace(amount_minor=each.minor) for part, each in zip(parts, shares, strict=True)]


def _let_go(held: Reservation, reason: str) -> None:
    ledger.void(some(held.journal_id))
    reservations.cancel(held, reason=reason)


def _become_payment(order: Order, held: Reservation, money: Money) -> None:
    """A charge with one attempt, both decided."""
    actor, moment = f"buyer:{order.buyer_reference}", clock.now()
    parts = parts_of(order)
    outside = spread(Money(order.total_minor, order.currency) - money, parts)
    account = channel_access.wallet_account(must_be_enabled=False, currency=money.currency)
    transaction_id = payments.add_transaction(
        "charge",
        order_id=order.id,
        amount=money,
        actor=actor,
        parts=[
            part._replace(amount_minor=part.amount_minor - other.amount_minor)
            for part, other in zip(parts, outside, strict=True)
        ],
    )
    payments.add_attempt(
        some(held.wallet_attempt_id),
        "charge",
        transaction_id=transaction_id,
        account=account,
        scene="wallet",
        amount=money,
        journal_id=some(held.journal_id),
        next_poll_at=moment,
        limit_day=account.limit_day,
    )
    states.advance(
        ATTEMPT,
        RowState(some(held.wallet_attempt_id), ATTEMPT.initial, 1),
        AttemptStatus.SUCCEEDED,
        reason="share of the order",
        actor="channel:wallet",
        aggregate_id=order.id,
        channel_ref=f"wallet_{show('att', some(held.wallet_attempt_id))}",
        next_poll_at=None,
        decided_at=moment,
    )
    states.advance(
        TRANSACTION,
        RowState(transaction_id, TRANSACTION.initial, 1),
        TransactionStatus.SUCCEEDED,
        reason="paid",
        actor="system",
        aggregate_id=order.id,
        payload={"order_id": str(order.id)},
        decided_at=moment,
    )
