"""The number of a new order, in its business's way."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.domain.orders.models import OrderCounter
from app.domain.orders.numbers import IN_SEQUENCE, number_text, random_number


class NumbersOrders(Protocol):
    """What a business says of the numbers of its orders."""

    @property
    def order_numbers(self) -> str: ...
    @property
    def order_number_format(self) -> str: ...
    @property
    def order_number_start(self) -> int: ...
    @property
    def time_zone(self) -> str: ...


def take_number(business: NumbersOrders) -> str:
    """The next number, or a random one. In sequence, the business's counter stays locked until the phase ends: what is
    rolled back leaves no gap."""
    digits = str(_next(business.order_number_start)) if business.order_numbers == IN_SEQUENCE else random_number()
    year = clock.now().astimezone(ZoneInfo(business.time_zone)).year
    return number_text(business.order_number_format, digits, year=year)


def _next(start: int) -> int:
    first = insert(OrderCounter).values(business_id=db.here(), last_number=start)
    last = func.greatest(OrderCounter.last_number + 1, first.excluded.last_number)
    taken = first.on_conflict_do_update(index_elements=["business_id"], set_={"last_number": last})
    return int(db.scalar(taken.returning(OrderCounter.last_number)))
