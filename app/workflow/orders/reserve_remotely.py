"""What an order needs of the merchant's own system is held there before the order can be paid: the three steps of a
reservation (try, confirm, cancel), each committed as an intent first, told without a transaction, then recorded.

A try that nobody can tell the end of counts as none: it is cancelled, and the order closes. The cancel may be heard
there before the try, so the other side keeps it and refuses the try when it comes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import clock, db, outbox
from app.core.errors import Conflict
from app.core.http import merchant_call
from app.core.http.merchant_call import Answer
from app.core.ids import show
from app.core.limits import bulkhead
from app.core.process import crash
from app.core.security import crypto
from app.domain.catalog import service as stock
from app.domain.catalog.errors import OutOfStock
from app.domain.catalog.models import Sku
from app.domain.marketing import service as marketing
from app.domain.orders.models import Order
from app.domain.orders.reservations import rules
from app.domain.orders.reservations import service as reservations
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.reservations.states import ReservationStatus
from app.domain.orders.states import OrderStatus
from app.domain.reconciliation import service as cases
from app.workflow.steps.operations import due
from app.workflow.steps.orders.mark_closed import let_choose_again, mark_closed
from app.workflow.steps.orders.remote_reservations import cancel, encryption_context

BATCH = 200
table = db.table(Reservation)
orders = db.table(Order)


@dataclass(frozen=True)
class _Call:
    """One call to the merchant's system that is due."""

    reservation_id: uuid.UUID
    message_id: str
    action: str
    url: str
    secret: str
    body: dict[str, Any]


def reserve(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Try what the order needs and nobody has tried yet; nothing to try is fine.

    Raises:
        OutOfStock: the merchant's system has not enough; the order is closed. Conflict: it gave no usable answer; the
            order is closed, and what it may have held is given back. Unavailable: calls before this one hang; the order
            waits, and the same request goes on with it.
    """
    with db.phase("reserve_remotely.claim", business_id):
        order = _lock(order_id)
        waiting = [
            row
            for row in reservations.outside(order_id)
            if (row.status, row.target) == (ReservationStatus.RESERVING, "reserve")
        ]
        if waiting and merchant_call.is_stuck(business_id):
            raise bulkhead.no_payment_slot()
        calls = [_claim(order, row) for row in waiting]
    for call in calls:
        answer = _call_system(business_id, call)
        with db.phase("reserve_remotely.record", business_id):
            _record(call, answer)
        if answer.verdict == "refused":
            raise OutOfStock("out_of_stock", "Not enough units left.")
        if answer.verdict == "unknown":
            raise Conflict("not_reserved", f"{_what_happened(answer)} Nothing was ordered. Please try again.")


def _what_happened(answer: Answer) -> str:
    if answer.http_status is None:
        return "The seller’s system did not respond."
    return f"The seller’s system responded with status {answer.http_status}."


def finalise_due() -> int:
    """Tell every decision whose time has come; how many were told. Safe to run twice at once."""
    return due.process_by_partition(_due, finalise)


def finalise(business_id: uuid.UUID, reservation_id: uuid.UUID, *, force: bool = False) -> bool:
    """Tell the merchant's system what was decided about one reservation; False when it was not the time for it. A try
    that was left behind is cancelled first, and its order closed."""
    with db.phase("reserve_remotely.decide", business_id):
        order, row = _lock_both(reservation_id)
        if row.next_attempt_at is None or (row.next_attempt_at > clock.now() and not force):
            return False
        if row.target == "reserve":
            _refuse(order, "not_reserved")
            row = reservations.one(reservation_id)
        call = _claim(order, row)
    answer = _call_system(business_id, call, force=force)
    with db.phase("reserve_remotely.record", business_id):
        _record(call, answer)
    return True


def release(business_id: uuid.UUID, reservation_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Give a reservation up by hand: the merchant's system is not told any more. An order that still waits is closed.

    Raises:
        NotFound: there is none. Conflict: nothing is open about it, or it is only to be held for longer.
    """
    with db.phase("reserve_remotely.release", business_id):
        order, row = _lock_both(reservation_id)
        if row.next_attempt_at is None or row.target == "extend":
            raise Conflict("nothing_open", "This reservation is already resolved.")
        if row.target == "reserve":
            _refuse(order, "not_reserved")
            row = reservations.one(reservation_id)
        reservations.abandon(row, reason=reason, actor=actor)
        cases.resolve_case("reservation_stuck", row.id, reason="released manually")


def _claim(order: Order, row: Reservation) -> _Call:
    """The moment of the next try is moved before this one: two at once, or a process that dies, tell once."""
    sku = db.first(select(db.table(Sku)).where(Sku.business_id == db.here(), Sku.id == row.sku_id))
    assert sku is not None  # the foreign key holds it
    action = "try" if row.target == "reserve" else str(row.target)
    later = (
        rules.abandoned_at(clock.now()) if action == "try" else rules.next_attempt_at(row.attempt_count, clock.now())
    )
    reservations.record_call(row.id, attempt_count=row.attempt_count + 1, next_attempt_at=later)
    participant = sku.participant or {}
    secret = participant.get("secret")
    message_id = f"{show('rsv', row.id)}-{action}"
    if action == "extend":  # may happen more than once
        message_id += f"-{int(row.expires_at.timestamp())}"
    return _Call(
        reservation_id=row.id,
        message_id=message_id,
        action=action,
        url=participant.get("url", ""),
        secret=crypto.decrypt(secret, context=encryption_context(sku.id)) if secret else "",
        body={
            "action": action,
            "reservation_id": show("rsv", row.id),
            "order_id": show("ord", order.id),
            "sku_id": show("sku", sku.id),
            "sku_code": sku.code,
            "quantity": row.quantity,
            "buyer_reference": order.buyer_reference,
            "expires_at": row.expires_at.isoformat(),
        },
    )


def _call_system(business_id: uuid.UUID, call: _Call, *, force: bool = False) -> Answer:
    if not call.secret:
        return Answer("unknown", None, None, "This SKU no longer uses a merchant system.")
    answer = merchant_call.call(
        call.url, call.secret, business_id=business_id, message_id=call.message_id, body=call.body, force=force
    )
    crash.point("reserve_remotely.call.after")
    return answer


def _record(call: _Call, answer: Answer) -> None:
    order, row = _lock_both(call.reservation_id)
    target = "reserve" if call.action == "try" else call.action
    if row.next_attempt_at is None:
        return  # finalised or released meanwhile
    if row.target != target or row.expires_at.isoformat() != call.body["expires_at"]:
        # Decided otherwise meanwhile. What was tried may be held there by now, so the decision is told (again) at once.
        reservations.record_call(
            row.id, attempt_count=row.attempt_count, next_attempt_at=clock.now(), error=answer.error
        )
        return
    if target == "reserve":
        _record_try(order, row, answer)
        return
    if target == "extend":
        _record_extension(order, row, answer)
        return
    if answer.verdict == "accepted":
        done = ReservationStatus.CONFIRMED if target == "confirm" else ReservationStatus.CANCELLED
        reservations.finalise(row, done, reason="acknowledged")
        cases.resolve_case("reservation_stuck", row.id, reason=done)
    elif answer.verdict == "refused" or rules.is_stuck(row.attempt_count):
        reservations.stuck(row, error=answer.error or "no response")
        about = {"target": target, "error": answer.error}
        cases.open_case("reservation_stuck", subject_id=row.id, order_id=order.id, details=about)
    else:
        reservations.record_call(
            row.id, attempt_count=row.attempt_count, next_attempt_at=row.next_attempt_at, error=answer.error
        )


def _record_extension(order: Order, row: Reservation, answer: Answer) -> None:
    """A hold that cannot be extended may still be confirmed: the payment goes on, and people look."""
    if answer.verdict == "accepted":
        reservations.end_extension(row.id)
    elif answer.verdict == "refused" or rules.is_stuck(row.attempt_count):
        error = answer.error or "no response"
        reservations.end_extension(row.id, error=error)
        about = {"target": "extend", "error": error}
        cases.open_case("reservation_stuck", subject_id=row.id, order_id=order.id, details=about)
    else:
        reservations.record_call(
            row.id, attempt_count=row.attempt_count, next_attempt_at=row.next_attempt_at, error=answer.error
        )


def _record_try(order: Order, row: Reservation, answer: Answer) -> None:
    if answer.verdict == "accepted":
        reservations.mark_reserved(row)
        return
    if answer.verdict == "refused":
        reservations.refused(row, error=answer.error or "refused")
    _refuse(order, "out_of_stock" if answer.verdict == "refused" else "not_reserved")


def _refuse(order: Order, reason: str) -> None:
    """The order cannot be had: it closes, what it holds goes back, and the buyer may choose again."""
    if order.status == OrderStatus.CREATED:
        closed = mark_closed(order, reason=reason, actor="system")
        if order.session_id is not None:
            let_choose_again(order.session_id, closed)
        marketing.release(order.id)
        stock.cancel(order.id, reason=reason)
    cancel(order)


def _lock(order_id: uuid.UUID) -> Order:
    order = db.first(select(orders).where(orders.c.business_id == db.here(), orders.c.id == order_id).with_for_update())
    assert order is not None  # the foreign key holds it
    return order


def _lock_both(reservation_id: uuid.UUID) -> tuple[Order, Reservation]:
    """The reservation's order, locked, and then the reservation as it is now.

    Raises:
        NotFound: there is no such reservation.
    """
    order = _lock(reservations.one(reservation_id).order_id)
    return order, reservations.one(reservation_id)


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By the business whose systems are told, without those that are busy."""
    with db.system_reading():
        rows = db.rows(
            select(table.c.business_id, table.c.id, outbox.caused_last(table.c.order_id, table.c.business_id))
            .where(table.c.next_attempt_at <= clock.now(), table.c.business_id.not_in(busy.partitions))
            .order_by(table.c.next_attempt_at)
            .limit(BATCH)
        )
        return [(row.business_id, (row.business_id, row.id, row.request_id)) for row in rows]
