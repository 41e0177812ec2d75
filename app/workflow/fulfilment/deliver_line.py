"""Delivering one order line: at once where we can, again where it waits, or through the merchant's own system.

What a merchant's system may have done and did not say is taken back there before it counts as not delivered.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import clock, db, outbox, settings, states
from app.core.errors import Conflict, NotFound
from app.core.http import merchant_call
from app.core.http.merchant_call import Answer
from app.core.ids import show
from app.core.money import Money
from app.core.process import crash
from app.core.security import crypto
from app.core.states import RowState
from app.domain.catalog.models import Product
from app.domain.fulfilment import rules
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.parcels import service as parcels
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.fulfilment.types import SHIPPING, Deliverable
from app.domain.orders.contact import ANSWERS
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.states import ORDER, OrderStatus
from app.domain.reconciliation import service as cases
from app.workflow.steps.fulfilment.delivery_kinds import CALLBACK, OUR_KINDS
from app.workflow.steps.operations import due

BATCH = 200
# What the merchant's system may tell the buyer: so much of it is kept.
MAX_TEXT = 2000


if TYPE_CHECKING:

    class _LineWithDelivery(OrderLine):
        """A line with the `delivery` of its product."""

        delivery: Mapped[dict[str, Any]]

else:
    _LineWithDelivery = OrderLine


@dataclass(frozen=True)
class _Call:
    """One call to the merchant's system that is due."""

    delivery_id: uuid.UUID
    action: str
    url: str
    secret: str
    body: dict[str, Any]


def encryption_context(product_id: uuid.UUID) -> str:
    """The context with which the secret of a product's delivery is encrypted."""
    return f"products/{product_id}/delivery"


def hand_over(
    order: Order, line: OrderLine, delivery: Delivery | RowState, *, kind: str, attempt_count: int
) -> RowState:
    """In the caller's phase, with the order locked: deliver the line if that needs no call outside; the delivery's
    status then."""
    if kind not in OUR_KINDS:
        return RowState(delivery.id, delivery.status, delivery.version)
    deliverable = deliverable_of(order, line, delivery.id)
    return fulfilment.hand_over(delivery, deliverable, by=OUR_KINDS[kind], attempt_count=attempt_count)


def deliverable_of(order: Order, line: OrderLine, delivery_id: uuid.UUID) -> Deliverable:
    """What the delivery of a line hands over."""
    return Deliverable(
        delivery_id=delivery_id,
        order_id=order.id,
        buyer_reference=order.buyer_reference,
        product_id=line.product_id,
        sku_id=line.sku_id,
        quantity=line.quantity,
        days=int(line.specification["delivery_days"]),
        unit_price=Money(line.unit_price_minor, line.currency),
        options=line.specification.get("deliverable", {}),
        span=_span(line.specification.get("period")),
    )


def _span(period: dict[str, str] | None) -> tuple[datetime, datetime] | None:
    return (
        (datetime.fromisoformat(period["starts_at"]), datetime.fromisoformat(period["ends_at"]))
        if period is not None
        else None
    )


def deliver_due() -> int:
    """Try every delivery that is due; how many were tried. Safe to run concurrently."""
    return due.process_by_partition(_due, try_again)


def try_again(business_id: uuid.UUID, delivery_id: uuid.UUID, *, force: bool = False) -> bool:
    """Try a pending delivery, or revoke a revoking one; False when it is not due.

    Raises:
        NotFound: there is no such delivery.
    """
    with db.phase("deliver_line.claim", business_id):
        order, delivery, line = lock_delivery(delivery_id)
        if delivery.next_attempt_at is None or (delivery.next_attempt_at > clock.now() and not force):
            return False
        if delivery.status == DeliveryStatus.PENDING and order.status != OrderStatus.FULFILLING:
            # The whole order is on its way back, or that was refused and is not written yet.
            db.write(db.change(Delivery, delivery_id, next_attempt_at=clock.now() + rules.WAIT_FOR_REFUND))
            return False
        attempt_count = delivery.attempt_count + 1
        if delivery.kind != CALLBACK:
            state = hand_over(order, line, delivery, kind=delivery.kind, attempt_count=attempt_count)
            conclude(order, state)
            return True
        # The moment of the next try is moved before this one: two at once, or a process that dies, call once.
        later = fulfilment.next_attempt_at(attempt_count) or fulfilment.next_attempt_at(1)
        db.write(db.change(Delivery, delivery_id, attempt_count=attempt_count, next_attempt_at=later), expect=1)
        call = _call(order, delivery, line)
    answer = merchant_call.call(
        call.url,
        call.secret,
        business_id=business_id,
        message_id=f"{show('dlv', delivery_id)}-{call.action}",
        body=call.body,
        force=force,
    )
    crash.point("deliver_line.call.after")
    with db.phase("deliver_line.record", business_id):
        _record(delivery_id, call.action, answer)
    return True


def decide_manually(business_id: uuid.UUID, delivery_id: uuid.UUID, *, seen: str, to: str, reason: str) -> None:
    """Record what people found out about a delivery: `delivered` or `failed` of a pending one, `revoked` or
    `revocation_failed` of a revoking one, `revoked` of one whose revocation failed. Safe to call again.

    Raises:
        Conflict: it is not `seen` any more.
    """
    with db.phase("deliver_line.manual", business_id):
        order, delivery, _ = lock_delivery(delivery_id)
        if delivery.status == to:
            return
        if delivery.status != seen or (seen == DeliveryStatus.PENDING and order.status != OrderStatus.FULFILLING):
            raise Conflict("version_conflict", f"The delivery is {delivery.status}; the order is {order.status}.")
        if to == DeliveryStatus.REVOKED:
            fulfilment.revoked(delivery, reason=reason)
        elif to == DeliveryStatus.REVOCATION_FAILED:
            fulfilment.not_revoked(delivery, error=reason)
        elif to == DeliveryStatus.DELIVERED:
            conclude(
                order,
                fulfilment.delivered(delivery, order_id=order.id, attempt_count=delivery.attempt_count, answer=None),
            )
        else:
            if delivery.kind == SHIPPING:
                parcels.cancel_packed(delivery_id, order_id=order.id, reason=reason)
            conclude(
                order,
                fulfilment.failed(delivery, order_id=order.id, error=reason, attempt_count=delivery.attempt_count),
            )


def take_back(delivery: Delivery, *, reason: str) -> None:
    """In the caller's phase, with the order locked: revoke what the delivery handed over."""
    if delivery.kind == SHIPPING:
        # What left comes back by a return, if at all: the money is the buyer's again either way.
        if delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.DELIVERED):
            fulfilment.revoked(delivery, reason=reason)
        parcels.cancel_packed(delivery.id, order_id=delivery.order_id, reason=reason)
    elif delivery.kind != CALLBACK:
        lost = fulfilment.revoke(delivery, by=OUR_KINDS[delivery.kind], reason=reason)
        if lost is not None:
            about: dict[str, Any] = {"details": lost.details, "money": lost.money}
            cases.open_case(lost.case, subject_id=delivery.id, order_id=delivery.order_id, **about)
    elif delivery.status == DeliveryStatus.PENDING and not delivery.attempt_count and delivery.accepted_at is None:
        fulfilment.revoked(delivery, reason=reason)
    elif delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.DELIVERED):
        fulfilment.revoking(delivery, reason=reason)


def conclude(order: Order | RowState, *just_now: RowState) -> None:
    """Mark the order fulfilled once no delivery is pending and one was delivered. Failed ones are refunded by their
    event."""
    known = {each.id: each.status for each in fulfilment.of_order(order.id)}
    known.update({each.id: each.status for each in just_now})
    found = set(known.values())
    if (
        order.status != OrderStatus.FULFILLING
        or DeliveryStatus.PENDING in found
        or DeliveryStatus.DELIVERED not in found
    ):
        return
    finish(order, "everything delivered" if found == {DeliveryStatus.DELIVERED} else "partially delivered")


def finish(order: Order | RowState, reason: str) -> None:
    """Mark the order fulfilled."""
    states.advance(
        ORDER,
        order,
        OrderStatus.FULFILLED,
        reason=reason,
        actor="system",
        payload={"order_id": str(order.id)},
        fulfilled_at=clock.now(),
    )


def _record(delivery_id: uuid.UUID, action: str, answer: Answer) -> None:
    order, delivery, _ = lock_delivery(delivery_id)
    waits_for = {"deliver": DeliveryStatus.PENDING, "revoke": DeliveryStatus.REVOKING}[action]
    if delivery.status != waits_for:
        return  # taken back meanwhile, or another answer came first
    if action == "revoke":
        _record_revoke(order, delivery, answer)
        return
    attempt_count: int = delivery.attempt_count
    error = answer.error or "Your system did not respond."
    if _is_later(answer):
        state = fulfilment.accepted(delivery, attempt_count=attempt_count, expected_at=_expected_at(answer))
    elif answer.verdict == "accepted":
        state = fulfilment.delivered(
            delivery,
            order_id=order.id,
            attempt_count=attempt_count,
            answer=for_the_buyer((answer.body or {}).get("text")),
        )
    elif answer.verdict == "refused":
        state = fulfilment.failed(delivery, order_id=order.id, error=error, attempt_count=attempt_count)
    elif delivery.accepted_at is not None:
        # It took the delivery on and does not answer now: that says nothing about it.
        state = fulfilment.accepted(delivery, attempt_count=attempt_count)
    elif fulfilment.next_attempt_at(attempt_count) is None:
        # Nobody knows whether it was done: it is undone there, and the money goes back.
        state = fulfilment.revoking(delivery, reason="abandoned")
    else:
        state = fulfilment.postpone(delivery, order_id=order.id, error=error, attempt_count=attempt_count)
    conclude(order, state)


def _record_revoke(order: Order, delivery: Delivery, answer: Answer) -> None:
    error = answer.error or "Your system did not respond."
    if answer.verdict == "accepted" and not _is_later(answer):
        fulfilment.revoked(delivery, reason="revoked")
    elif answer.verdict == "refused" or fulfilment.next_attempt_at(delivery.attempt_count) is None:
        fulfilment.not_revoked(delivery, error=error)
        cases.open_case("deliverable_not_revoked", subject_id=delivery.id, order_id=order.id, details={"error": error})
    else:
        fulfilment.postpone(delivery, order_id=order.id, error=error, attempt_count=delivery.attempt_count)


def _call(order: Order, delivery: Delivery, line: _LineWithDelivery) -> _Call:
    action = "revoke" if delivery.status == DeliveryStatus.REVOKING else "deliver"
    secret = crypto.decrypt(line.delivery["secret"], context=encryption_context(line.product_id))
    body = {
        "action": action,
        "delivery_id": show("dlv", delivery.id),
        "order_id": show("ord", order.id),
        "product_id": show("prd", line.product_id),
        "sku_id": show("sku", line.sku_id),
        "sku_code": line.specification["sku"],
        "quantity": line.quantity,
        "buyer": {"reference": order.buyer_reference, "email": order.buyer_email},
        "metadata": order.details.get("metadata", {}),
        "custom_fields": order.details.get(ANSWERS, []),
        "events_url": f"{settings.current().public_url}/callbacks/{show('biz', db.here())}/deliveries/"
        f"{show('dlv', delivery.id)}/events",
    }
    return _Call(delivery.id, action, line.delivery["url"], secret, body)


def _is_later(answer: Answer) -> bool:
    """Whether the system took it on and will say later what came of it."""
    return answer.verdict == "accepted" and (
        answer.http_status == 202 or (answer.body or {}).get("state") == "accepted"
    )


def _expected_at(answer: Answer) -> datetime | None:
    """When the system says it will be done, if it says so in a way that can be read."""
    text = (answer.body or {}).get("expected_at")
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else None


def for_the_buyer(text: object) -> dict[str, Any] | None:
    """What is kept of a text that the merchant's system has for the buyer."""
    return {"text": text[:MAX_TEXT]} if isinstance(text, str) and text.strip() else None


def lock_delivery(delivery_id: uuid.UUID) -> tuple[Order, Delivery, _LineWithDelivery]:
    """The delivery's order, locked, then the delivery and its line (with the product's `delivery`) as they are now."""
    here = db.here()
    order_id = select(Delivery.order_id).where(Delivery.business_id == here, Delivery.id == delivery_id)
    order = db.first(
        select(db.table(Order))
        .where(Order.business_id == here, Order.id == order_id.scalar_subquery())
        .with_for_update()
    )
    delivery = fulfilment.one(delivery_id) if order is not None else None
    if order is None or delivery is None:
        raise NotFound("not_found", "There is no such delivery.")
    query = (
        select(db.table(OrderLine), Product.delivery)
        .join(Product, (Product.business_id == OrderLine.business_id) & (Product.id == OrderLine.product_id))
        .where(OrderLine.business_id == here, OrderLine.id == delivery.line_id)
    )
    line = db.first(db.select_as(_LineWithDelivery, query))
    assert line is not None  # a delivery is a line's
    return order, delivery, line


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By business, without those that are busy: whose systems hang holds up nobody else."""
    table = fulfilment.deliveries
    with db.system_reading():
        rows = db.rows(
            select(table.c.business_id, table.c.id, outbox.caused_last(table.c.order_id, table.c.business_id))
            .where(table.c.next_attempt_at <= clock.now(), table.c.business_id.not_in(busy.partitions))
            .order_by(table.c.next_attempt_at)
            .limit(BATCH)
        )
        return [(row.business_id, (row.business_id, row.id, row.request_id)) for row in rows]
