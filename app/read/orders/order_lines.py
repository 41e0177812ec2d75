"""The lines of orders, and the parts they fall into."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, and_, bindparam, func, select

from app.core import db
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import OrderLine, SubOrder
from app.domain.orders.splits.own import NONE
from app.domain.payments.models import PaymentTransaction, RefundLine
from app.domain.payments.states import COUNTED
from app.read.orders.order_rows import LineRow

PartStatus = Literal["waiting", "pending", "delivered", "delivered_in_part", "not_delivered", "refunded"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What of an order is delivered and refunded on its own. `refunded_minor` went back or is on its way. `status`:
    waiting (nothing was begun), pending, delivered, delivered_in_part, not_delivered, refunded."""

    id: uuid.UUID
    split_by: str
    value: str
    currency: str
    lines: tuple[LineRow, ...]

    @property
    def title(self) -> str:
        """What people read of what its lines share: a seller by the name they had."""
        if self.split_by == "seller" and self.lines[0].seller_name:
            return self.lines[0].seller_name
        words = self.split_by == "delivery_kind" or self.value == NONE
        return self.value.replace("_", " ").capitalize() if words else self.value

    @property
    def amount_minor(self) -> int:
        """What its lines cost."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def refunded_minor(self) -> int:
        """What of that went back or is on its way."""
        return sum(int(line.refunded_minor) for line in self.lines)

    @property
    def status(self) -> PartStatus:
        """Where its delivery stands."""
        if 0 < self.amount_minor <= self.refunded_minor:
            return "refunded"
        found = {line.delivery_status for line in self.lines}
        if found <= {None}:
            return "waiting"
        if found & {None, DeliveryStatus.PENDING}:
            return "pending"
        if found == {DeliveryStatus.DELIVERED}:
            return "delivered"
        return "delivered_in_part" if DeliveryStatus.DELIVERED in found else "not_delivered"


_ORDERS = bindparam("orders", type_=ARRAY(Uuid))


def lines_of() -> Select[LineRow]:
    """The lines of the orders that are given as `orders`, by order and position."""
    lines, refunds = db.table(OrderLine), db.table(PaymentTransaction)
    return _lines(lines.c.order_id == func.any(_ORDERS), refunds.c.order_id == func.any(_ORDERS))


def lines_of_one() -> Select[LineRow]:
    """The lines of the one order that is given as `order`, by position. Of a list the database does not know how long
    it is, and so makes a plan each time."""
    lines, refunds = db.table(OrderLine), db.table(PaymentTransaction)
    return _lines(lines.c.order_id == bindparam("order"), refunds.c.order_id == bindparam("order"))


def _lines(are_theirs: ColumnElement[bool], are_their_refunds: ColumnElement[bool]) -> Select[LineRow]:
    lines, back, refunds = db.table(OrderLine), db.table(RefundLine), db.table(PaymentTransaction)
    subs, deliveries = db.table(SubOrder), db.table(Delivery)
    sums = (
        select(
            back.c.line_id,
            func.sum(back.c.amount_minor).label("refunded_minor"),
            func.coalesce(func.sum(back.c.quantity), 0).label("refunded_quantity"),
        )
        .join(refunds, and_(refunds.c.business_id == back.c.business_id, refunds.c.id == back.c.transaction_id))
        .where(
            back.c.business_id == db.HERE,
            are_their_refunds,
            refunds.c.status.in_(COUNTED),
        )
        .group_by(back.c.line_id)
        .subquery()
    )
    found = select(
        lines,
        subs.c.split_by,
        subs.c.split_value,
        deliveries.c.status.label("delivery_status"),
        func.coalesce(sums.c.refunded_minor, 0).label("refunded_minor"),
        func.coalesce(sums.c.refunded_quantity, 0).label("refunded_quantity"),
    )
    return (
        db.select_as(LineRow, found)
        .join(subs, and_(subs.c.business_id == lines.c.business_id, subs.c.id == lines.c.sub_order_id))
        .outerjoin(
            deliveries, and_(deliveries.c.business_id == lines.c.business_id, deliveries.c.line_id == lines.c.id)
        )
        .outerjoin(sums, sums.c.line_id == lines.c.id)
        .where(lines.c.business_id == db.HERE, are_theirs)
        .order_by(lines.c.order_id, lines.c.position)
    )


def parts_of(lines: Sequence[LineRow]) -> tuple[Part, ...]:
    """The parts that the lines of one order make up, in the order of their first lines."""
    found: dict[uuid.UUID, list[LineRow]] = {}
    for line in lines:
        found.setdefault(line.sub_order_id, []).append(line)
    return tuple(
        Part(
            id=part_id,
            split_by=rows[0].split_by,
            value=rows[0].split_value,
            currency=rows[0].currency,
            lines=tuple(rows),
        )
        for part_id, rows in found.items()
    )
