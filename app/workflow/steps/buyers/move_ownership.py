"""What names one buyer as the owner, named after another one. Whoever adds a table that a buyer owns adds it here.

Rows are locked in the order of steps/orders/lock_order.py, several of one table by their ids. What is proof stays as it
was: payments, the ledger's accounts, histories, uses of coupons and promotions.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from app.core import db
from app.core.ids import derive, show
from app.core.money import Money, format_money
from app.domain.buyers.errors import CannotMerge
from app.domain.buyers.types import GUEST
from app.domain.fulfilment import reassign
from app.domain.ledger import service as ledger
from app.domain.ledger.models import LedgerAccount, WalletHold
from app.domain.ledger.states import HoldStatus
from app.domain.marketing.models import Coupon
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.states import OrderStatus
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.states import TransactionStatus
from app.domain.signing.models import Contract
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.request_approval import MovementCommand
from app.workflow.steps.payments import apply_result, channel_access
from app.workflow.steps.payments.reserve_movement import reserve

_DECIDING = (OrderStatus.PAYING, OrderStatus.REFUNDING)
Moved = dict[str, int]


def move_ownership(before: str, after: str, *, seed: uuid.UUID, reason: str, actor: str) -> Moved:
    """Give all of one buyer to another one, in the open phase, which locked both; how much, by what it is. Nothing
    happens a second time. `seed` makes the ids of the transfers.

    Raises:
        CannotMerge: an order or a movement of theirs is being decided, a hold is active, they owe money, or so much
        money needs a second person to be transferred.
    """
    moved = {
        "orders": _rename(Order, before, after, check=_check_order),
        # A guest's browser proved nothing: what it opens stays the guest's.
        "sessions": 0 if before.startswith(GUEST) else _rename(CheckoutSession, before, after),
    }
    moved["contracts"] = _rename(Contract, before, after)
    _check_movements(before)
    moved["coupons"] = _rename(Coupon, before, after)
    _check_holds(before)
    moved |= _money(before, after, seed=seed, reason=reason, actor=actor)
    moved["points"] = reassign.points_of(before, after, reason=reason, actor=actor)
    moved["memberships"] = reassign.memberships(before, after)
    moved["grants"] = reassign.grants(before, after)
    return {name: count for name, count in moved.items() if count}


def _rename(model: Any, before: str, after: str, *, check: Callable[[Any], None] | None = None) -> int:
    """Lock the rows by their ids, and name the other buyer on them; how many."""
    table = model.__table__
    mine = table.c.business_id == db.here(), table.c.buyer_reference == before
    rows = db.rows(select(table.c.id, table.c.status).where(*mine).order_by(table.c.id).with_for_update())
    for row in rows:
        if check is not None:
            check(row)
    return db.run(update(model).where(*mine).values(buyer_reference=after)) if rows else 0


def _check_order(row: Any) -> None:
    if row.status in _DECIDING:
        raise _cannot("An order of theirs is being paid or refunded. Try again once that is decided.")


def _check_movements(buyer: str) -> None:
    table = db.table(PaymentTransaction)
    theirs = (table.c.buyer_reference == buyer) | (table.c.counter_reference == buyer)
    open_ = table.c.business_id == db.here(), table.c.status == TransactionStatus.OPEN, theirs
    if db.first(select(table.c.id).where(*open_).limit(1)) is not None:
        raise _cannot("A movement of their money is not decided yet. Try again once it is.")


def _check_holds(buyer: str) -> None:
    table = db.table(WalletHold)
    active = table.c.business_id == db.here(), table.c.buyer_reference == buyer, table.c.status == HoldStatus.ACTIVE
    if db.first(select(table.c.id).where(*active).limit(1)) is not None:
        raise _cannot("A part of their wallet is on hold. Release it first.")


def _money(before: str, after: str, *, seed: uuid.UUID, reason: str, actor: str) -> Moved:
    """Transfer the wallet, currency by currency, as minor units by `wallet_USD`."""
    table = db.table(LedgerAccount)
    theirs = table.c.business_id == db.here(), table.c.owner == before
    accounts = db.rows(
        select(table.c.kind, table.c.currency).where(*theirs, table.c.kind.in_(("wallet", "owed_by_buyer")))
    )
    debts = [row.currency for row in accounts if row.kind == "owed_by_buyer"]
    if any(ledger.balance("owed_by_buyer", owner=before, currency=each).total for each in debts):
        raise _cannot("They owe you money for credit that was refunded. Collect it or write it off first.")
    moved: Moved = {}
    for currency in sorted(row.currency for row in accounts if row.kind == "wallet"):
        money = Money(_locked_wallets(before, after, currency), currency)
        if money.minor:
            _transfer(money, before, after, transaction_id=derive(seed, currency), reason=reason, actor=actor)
            moved[f"wallet_{currency}"] = money.minor
    return moved


def _locked_wallets(before: str, after: str, currency: str) -> int:
    """What is in the first one, with both locked in the order of their ids: two merges wait for nobody in a circle."""
    found = 0
    for owner in sorted((before, after), key=lambda each: ledger.account_id("wallet", owner=each, currency=currency)):
        has = ledger.locked_balance("wallet", owner=owner, currency=currency)
        found = has.available if owner == before else found
    return found


def _transfer(money: Money, before: str, after: str, *, transaction_id: uuid.UUID, reason: str, actor: str) -> None:
    _check_limits(money, before, after, transaction_id=transaction_id, reason=reason, actor=actor)
    account = channel_access.wallet_account(must_be_enabled=False)
    attempt = reserve(
        "transfer", money, account, transaction_id, actor=actor, reason=reason, buyer=before, counter=after
    )
    done = Outcome(status="succeeded", amount=money, channel_ref=f"wallet_{show('att', attempt.id)}")
    apply_result.apply((None, attempt), done, source="answer")


def _check_limits(money: Money, before: str, after: str, *, transaction_id: uuid.UUID, reason: str, actor: str) -> None:
    """Merging is no way round the limits of a transfer."""
    wanted = MovementCommand("transfer", money, after, actor)
    payload = {"buyer": before, "counter": after}
    if request_approval.hold_back(wanted, transaction_id, payload=payload, reason=reason) is not None:
        amount = format_money(money.minor, money.currency)
        raise _cannot(f"{amount} in their wallet needs another person’s approval. Transfer it first, then merge.")


def _cannot(message: str) -> CannotMerge:
    return CannotMerge("cannot_merge", message)
