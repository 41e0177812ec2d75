"""Placing a hold on a part of a buyer's wallet, and releasing it in whole or in parts."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.domain.buyers.queries import current_reference
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import HoldExceeded
from app.domain.ledger.models import HoldRelease, WalletHold
from app.domain.ledger.service import Posting
from app.domain.ledger.states import HOLD, HoldStatus
from app.workflow.steps.payments.reserve_movement import check_amount

holds = db.table(WalletHold)


def place(
    business_id: uuid.UUID,
    *,
    buyer: str,
    money: Money,
    reason: str,
    actor: str,
    hold_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Hold money of the buyer's wallet until it is released; the hold's id. The same `hold_id` again changes
    nothing. Emits `wallet_hold.created`.

    Raises:
        Invalid: no amount above zero. InsufficientFunds: the wallet has less available.
    """
    check_amount(money)
    hold_id = hold_id or new_id()
    with db.phase("hold_funds.place", business_id):
        if _hold(hold_id) is None:
            buyer = current_reference(buyer)
            journal_id = ledger.pend(_posting(hold_id, buyer, money))
            db.add(
                WalletHold,
                id=hold_id,
                buyer_reference=buyer,
                currency=money.currency,
                amount_minor=money.minor,
                left_minor=money.minor,
                reason=reason,
                actor=actor,
                journal_id=journal_id,
            )
            states.born(HOLD, hold_id, reason=reason, actor=actor)
            _emit("created", hold_id, buyer, money)
    return hold_id


def release(
    business_id: uuid.UUID,
    hold_id: uuid.UUID,
    *,
    amount_minor: int | None,
    reason: str,
    actor: str,
    release_id: uuid.UUID | None = None,
) -> None:
    """Release `amount_minor` of the hold, or all that is left of it. The same `release_id` again changes nothing.
    Emits `wallet_hold.released`.

    Raises:
        NotFound: no such hold. Invalid: no amount above zero. HoldExceeded: less than that is still held.
    """
    release_id = release_id or new_id()
    with db.phase("hold_funds.release", business_id):
        found = _hold(hold_id)
        if found is None:
            raise NotFound("not_found", "There is no such hold.")
        if not _is_done(release_id):
            _release(found, amount_minor, release_id, reason=reason, actor=actor)


def _release(found: WalletHold, amount_minor: int | None, release_id: uuid.UUID, *, reason: str, actor: str) -> None:
    money = Money(found.left_minor if amount_minor is None else amount_minor, found.currency)
    if money.minor > found.left_minor or not found.left_minor:
        raise HoldExceeded(
            "release_exceeds_hold",
            "Less than that is still on hold.",
            details={"left_minor": found.left_minor},
        )
    check_amount(money)
    left = Money(found.left_minor, found.currency) - money
    ledger.void(found.journal_id)
    db.add(HoldRelease, id=release_id, hold_id=found.id, amount_minor=money.minor, reason=reason, actor=actor)
    if left.minor:
        # The wallet had it held a moment ago, so it covers the rest of it.
        journal_id = ledger.pend(_posting(found.id, found.buyer_reference, left))
        db.write(db.change(WalletHold, found.id, left_minor=left.minor, journal_id=journal_id), expect=1)
    else:
        now = clock.now()
        states.advance(HOLD, found, HoldStatus.RELEASED, reason=reason, actor=actor, left_minor=0, released_at=now)
    _emit("released", found.id, found.buyer_reference, money)


def _posting(hold_id: uuid.UUID, buyer: str, money: Money) -> Posting:
    return Posting(template="hold", money=money, subject_id=hold_id, debit_owner=buyer, credit_owner=buyer)


def _hold(hold_id: uuid.UUID) -> WalletHold | None:
    return db.first(select(holds).where(holds.c.business_id == db.here(), holds.c.id == hold_id).with_for_update())


def _is_done(release_id: uuid.UUID) -> bool:
    done = select(HoldRelease.id).where(HoldRelease.business_id == db.here(), HoldRelease.id == release_id)
    return db.scalar(done) is not None


def _emit(what: str, hold_id: uuid.UUID, buyer: str, money: Money) -> None:
    outbox.emit(
        f"wallet_hold.{what}",
        aggregate_id=hold_id,
        payload={
            "hold_id": str(hold_id),
            "buyer_reference": buyer,
            "amount_minor": money.minor,
            "currency": money.currency,
        },
    )
