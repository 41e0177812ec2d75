"""Freezing a part of a buyer's wallet, and releasing it in whole or in parts."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import FreezeExceeded
from app.domain.ledger.models import FreezeRelease, WalletFreeze
from app.domain.ledger.service import Booking
from app.domain.ledger.states import FREEZE, FreezeStatus
from app.workflow.steps.payments.reserve_movement import check_amount

freezes = db.table(WalletFreeze)


def freeze(
    business_id: uuid.UUID,
    *,
    buyer: str,
    money: Money,
    reason: str,
    actor: str,
    freeze_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Freeze money of the buyer's wallet until it is released; the freeze's id. The same `freeze_id` again changes
    nothing. Emits `freeze.created`.

    Raises:
        Invalid: no amount above zero. InsufficientFunds: the wallet has less available.
    """
    check_amount(money)
    freeze_id = freeze_id or new_id()
    with db.phase("freeze_wallet.freeze", business_id):
        if _freeze(freeze_id) is None:
            journal_id = ledger.pend(_booking(freeze_id, buyer, money))
            db.add(
                WalletFreeze,
                id=freeze_id,
                buyer_reference=buyer,
                currency=money.currency,
                amount_minor=money.minor,
                left_minor=money.minor,
                reason=reason,
                actor=actor,
                journal_id=journal_id,
            )
            states.born(FREEZE, freeze_id, reason=reason, actor=actor)
            _tell("created", freeze_id, buyer, money)
    return freeze_id


def release(
    business_id: uuid.UUID,
    freeze_id: uuid.UUID,
    *,
    amount_minor: int | None,
    reason: str,
    actor: str,
    release_id: uuid.UUID | None = None,
) -> None:
    """Release `amount_minor` of the freeze, or all that is left of it. The same `release_id` again changes nothing.
    Emits `freeze.released`.

    Raises:
        NotFound: no such freeze. Invalid: no amount above zero. FreezeExceeded: less than that is still frozen.
    """
    release_id = release_id or new_id()
    with db.phase("freeze_wallet.release", business_id):
        found = _freeze(freeze_id)
        if found is None:
            raise NotFound("not_found", "There is no such freeze.")
        if not _is_done(release_id):
            _release(found, amount_minor, release_id, reason=reason, actor=actor)


def _release(found: WalletFreeze, amount_minor: int | None, release_id: uuid.UUID, *, reason: str, actor: str) -> None:
    money = Money(found.left_minor if amount_minor is None else amount_minor, found.currency)
    if money.minor > found.left_minor or not found.left_minor:
        raise FreezeExceeded(
            "release_exceeds_freeze",
            "Less than that is still frozen.",
            details={"left_minor": found.left_minor},
        )
    check_amount(money)
    left = Money(found.left_minor, found.currency) - money
    ledger.void(found.journal_id)
    row = {"freeze_id": found.id, "amount_minor": money.minor, "reason": reason, "actor": actor}
    db.add(FreezeRelease, id=release_id, **row)
    if left.minor:
        # The wallet had it frozen a moment ago, so it covers the rest of it.
        journal_id = ledger.pend(_booking(found.id, found.buyer_reference, left))
        db.write(db.change(WalletFreeze, found.id, left_minor=left.minor, journal_id=journal_id), expect=1)
    else:
        now = clock.now()
        states.advance(FREEZE, found, FreezeStatus.RELEASED, reason=reason, actor=actor, left_minor=0, released_at=now)
    _tell("released", found.id, found.buyer_reference, money)


def _booking(freeze_id: uuid.UUID, buyer: str, money: Money) -> Booking:
    return Booking(template="freeze", money=money, subject_id=freeze_id, debit_owner=buyer, credit_owner=buyer)


def _freeze(freeze_id: uuid.UUID) -> WalletFreeze | None:
    return db.first(
        select(freezes).where(freezes.c.business_id == db.here(), freezes.c.id == freeze_id).with_for_update()
    )


def _is_done(release_id: uuid.UUID) -> bool:
    done = select(FreezeRelease.id).where(FreezeRelease.business_id == db.here(), FreezeRelease.id == release_id)
    return db.scalar(done) is not None


def _tell(what: str, freeze_id: uuid.UUID, buyer: str, money: Money) -> None:
    outbox.emit(
        f"freeze.{what}",
        aggregate_id=freeze_id,
        payload={
            "freeze_id": str(freeze_id),
            "buyer_reference": buyer,
            "amount_minor": money.minor,
            "currency": money.currency,
        },
    )
