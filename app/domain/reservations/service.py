"""Writing reservations, in the caller's phase."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from app.core import db, states
from app.core.money import Money
from app.core.states import Stand
from app.domain.reservations.models import Reservation
from app.domain.reservations.states import OPEN, RESERVATION

reservations = Reservation.__table__


def hold_money(
    reservation_id: uuid.UUID,
    *,
    order_id: uuid.UUID,
    attempt_id: uuid.UUID,
    share_id: uuid.UUID,
    journal_id: uuid.UUID,
    money: Money,
    expires_at: datetime,
) -> None:
    """A wallet's share, which `journal_id` has frozen, is held beside the attempt; `share_id` is its own attempt's."""
    db.add(
        Reservation,
        id=reservation_id,
        kind="wallet",
        order_id=order_id,
        attempt_id=attempt_id,
        share_id=share_id,
        journal_id=journal_id,
        amount_minor=money.minor,
        currency=money.currency,
        expires_at=expires_at,
    )
    states.born(RESERVATION, reservation_id, reason="payment started", actor="system")
    stand = Stand(reservation_id, "trying", 1)
    states.advance(RESERVATION, stand, "held", reason="frozen in the books", actor="system")


def held_money(order_id: uuid.UUID) -> Row[Any] | None:
    """The share of the buyer's wallet that is held for the order."""
    return db.first(
        select(reservations).where(
            reservations.c.business_id == db.here(),
            reservations.c.order_id == order_id,
            reservations.c.kind == "wallet",
            reservations.c.status.in_(OPEN),
        )
    )


def stand_beside(reservation: Row[Any], attempt_id: uuid.UUID) -> None:
    """The share belongs to another attempt now."""
    db.write(db.change(Reservation, reservation.id, attempt_id=attempt_id), expect=1)


def confirm(reservation: Row[Any], *, reason: str) -> None:
    """What was held is used."""
    states.advance(RESERVATION, reservation, "confirmed", reason=reason, actor="system", wanted="confirm")


def cancel(reservation: Row[Any], *, reason: str) -> None:
    """What was held is free again."""
    states.advance(RESERVATION, reservation, "cancelled", reason=reason, actor="system", wanted="cancel")
