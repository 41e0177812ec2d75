"""Writing reservations, in the caller's phase."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.core import db, states
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.core.states import RowState
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.reservations.states import OPEN, RESERVATION, ReservationStatus

reservations = db.table(Reservation)


def hold_money(
    reservation_id: uuid.UUID,
    *,
    order_id: uuid.UUID,
    attempt_id: uuid.UUID,
    wallet_attempt_id: uuid.UUID,
    journal_id: uuid.UUID,
    money: Money,
    expires_at: datetime,
) -> None:
    """A wallet's share, which `journal_id` holds, is reserved beside the attempt; `wallet_attempt_id` is its own."""
    db.add(
        Reservation,
        id=reservation_id,
        kind="wallet",
        order_id=order_id,
        attempt_id=attempt_id,
        wallet_attempt_id=wallet_attempt_id,
        journal_id=journal_id,
        amount_minor=money.minor,
        currency=money.currency,
        expires_at=expires_at,
    )
    states.born(RESERVATION, reservation_id, reason="payment started", actor="system")
    state = RowState(reservation_id, ReservationStatus.RESERVING, 1)
    states.advance(RESERVATION, state, ReservationStatus.RESERVED, reason="held in the ledger", actor="system")


def reserved_money(order_id: uuid.UUID) -> Reservation | None:
    """The share of the buyer's wallet that is held for the order."""
    return db.first(
        select(reservations).where(
            reservations.c.business_id == db.here(),
            reservations.c.order_id == order_id,
            reservations.c.kind == "wallet",
            reservations.c.status.in_(OPEN),
        )
    )


def attach_to_attempt(reservation: Reservation, attempt_id: uuid.UUID) -> None:
    """The share belongs to another attempt now."""
    db.write(db.change(Reservation, reservation.id, attempt_id=attempt_id), expect=1)


def confirm(reservation: Reservation, *, reason: str) -> None:
    """What was held is used."""
    states.advance(
        RESERVATION, reservation, ReservationStatus.CONFIRMED, reason=reason, actor="system", target="confirm"
    )


def cancel(reservation: Reservation, *, reason: str) -> None:
    """What was held is free again."""
    states.advance(
        RESERVATION, reservation, ReservationStatus.CANCELLED, reason=reason, actor="system", target="cancel"
    )


def try_outside(
    order_id: uuid.UUID,
    *,
    line_id: uuid.UUID,
    sku_id: uuid.UUID,
    quantity: int,
    expires_at: datetime,
    abandoned_at: datetime,
) -> None:
    """What the merchant's own system is to hold for one line; nobody has asked it yet."""
    reservation_id = new_id()
    db.add(
        Reservation,
        id=reservation_id,
        kind="remote",
        order_id=order_id,
        line_id=line_id,
        sku_id=sku_id,
        quantity=quantity,
        expires_at=expires_at,
        next_attempt_at=abandoned_at,
    )
    states.born(RESERVATION, reservation_id, reason="order placed", actor="system")


def outside(order_id: uuid.UUID) -> Sequence[Reservation]:
    """What the merchant's own system holds, held or is to hold for the order, in the order it was tried."""
    return db.rows(
        select(reservations)
        .where(
            reservations.c.business_id == db.here(),
            reservations.c.order_id == order_id,
            reservations.c.kind == "remote",
        )
        .order_by(reservations.c.id)
    )


def one(reservation_id: uuid.UUID) -> Reservation:
    """The reservation outside as it is now.

    Raises:
        NotFound: there is none.
    """
    found = db.first(
        select(reservations).where(
            reservations.c.business_id == db.here(),
            reservations.c.id == reservation_id,
            reservations.c.kind == "remote",
        )
    )
    if found is None:
        raise NotFound("not_found", "There is no such reservation.")
    return found


def record_call(
    reservation_id: uuid.UUID, *, attempt_count: int, next_attempt_at: datetime | None, error: str | None = None
) -> None:
    """It is, or was, told; until it answers it is told again at that moment."""
    change = db.change(
        Reservation, reservation_id, attempt_count=attempt_count, next_attempt_at=next_attempt_at, error=error
    )
    db.write(change, expect=1)


def decide(reservation_id: uuid.UUID, target: str, *, next_attempt_at: datetime) -> None:
    """It is to be confirmed or cancelled; telling so begins anew."""
    change = db.change(Reservation, reservation_id, target=target, attempt_count=0, next_attempt_at=next_attempt_at)
    db.write(change, expect=1)


def extend(reservation_id: uuid.UUID, expires_at: datetime, *, next_attempt_at: datetime) -> None:
    """It is to be held until then; telling so begins at `next_attempt_at`."""
    change = db.change(
        Reservation,
        reservation_id,
        target="extend",
        expires_at=expires_at,
        attempt_count=0,
        next_attempt_at=next_attempt_at,
    )
    db.write(change, expect=1)


def end_extension(reservation_id: uuid.UUID, *, error: str | None = None) -> None:
    """It is held for longer, or the merchant's system does not say so: nothing more is told before a decision."""
    db.write(db.change(Reservation, reservation_id, target="reserve", next_attempt_at=None, error=error), expect=1)


def mark_reserved(reservation: Reservation) -> None:
    """The try was acknowledged."""
    reason = "acknowledged"
    states.advance(
        RESERVATION,
        reservation,
        ReservationStatus.RESERVED,
        reason=reason,
        actor="system",
        next_attempt_at=None,
        error=None,
    )


def refused(reservation: Reservation, *, error: str) -> None:
    """The try was answered with no: there is nothing to cancel."""
    states.advance(
        RESERVATION,
        reservation,
        ReservationStatus.CANCELLED,
        reason="refused",
        actor="system",
        target="cancel",
        next_attempt_at=None,
        error=error,
    )


def finalise(reservation: Reservation, to: str, *, reason: str) -> None:
    """What was decided was acknowledged: nothing more is to be told."""
    states.advance(RESERVATION, reservation, to, reason=reason, actor="system", next_attempt_at=None, error=None)


def stuck(reservation: Reservation, *, error: str) -> None:
    """It does not hear of what was decided, or says no to it: people look, while it is told again now and then."""
    if reservation.status == ReservationStatus.STUCK:
        record_call(
            reservation.id,
            attempt_count=reservation.attempt_count,
            next_attempt_at=reservation.next_attempt_at,
            error=error,
        )
    else:
        states.advance(
            RESERVATION, reservation, ReservationStatus.STUCK, reason="not acknowledged", actor="system", error=error
        )


def abandon(reservation: Reservation, *, reason: str, actor: str) -> None:
    """People have seen to it: nothing more is to be told."""
    states.advance(
        RESERVATION,
        reservation,
        ReservationStatus.CANCELLED,
        reason=reason,
        actor=actor,
        target="cancel",
        next_attempt_at=None,
    )


def any_open(sku_id: uuid.UUID) -> bool:
    """Whether anything of the SKU is held outside, or not finalised there."""
    found = select(reservations.c.id).where(
        reservations.c.business_id == db.here(),
        reservations.c.sku_id == sku_id,
        reservations.c.next_attempt_at.is_not(None) | (reservations.c.status == ReservationStatus.RESERVED),
    )
    return db.scalar(found.limit(1)) is not None
