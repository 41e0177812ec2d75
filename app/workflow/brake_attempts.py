"""Whoever tries card after card is slowed down before a company hears of it, by whichever way they come in. Declines
are counted where they are kept, so that nothing is forgotten when Redis is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select

from app.core import clock, db, settings
from app.core.errors import AppError, TooMany
from app.core.ratelimit import Counter, Limit
from app.domain.orders.models import Order
from app.domain.payments import tries
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.workflow.place_order import Placed

WINDOW_S = 600
orders, charges, attempts = Order.__table__, PaymentTransaction.__table__, PaymentAttempt.__table__
_SAME = orders.alias("same")
_EMAIL = select(_SAME.c.buyer_email).where(
    _SAME.c.business_id == bindparam("business"), _SAME.c.id == bindparam("order")
)
_OURS = orders.c.id == bindparam("order")
# Those of one buyer of a day, by their name or their address: both are found by an index.
_DECLINED = (
    select(
        func.count().label("theirs"),
        func.max(attempts.c.decided_at).label("their_last"),
        func.count().filter(_OURS).label("here"),
        func.max(attempts.c.decided_at).filter(_OURS).label("last"),
    )
    .select_from(
        orders.join(
            charges, and_(charges.c.business_id == orders.c.business_id, charges.c.order_id == orders.c.id)
        ).join(
            attempts,
            and_(attempts.c.business_id == charges.c.business_id, attempts.c.transaction_id == charges.c.id),
        )
    )
    .where(
        orders.c.business_id == bindparam("business"),
        or_(
            and_(orders.c.buyer_reference == bindparam("buyer"), orders.c.created_at > bindparam("since")),
            orders.c.buyer_email == _EMAIL.scalar_subquery(),
            _OURS,
        ),
        *(attempts.c.kind == "charge", attempts.c.status == "failed", attempts.c.decided_at > bindparam("since")),
        *(attempts.c.decline_code.is_not(None), attempts.c.decline_code.not_in(tries.NO_DECLINES)),
    )
)


def check_tries(order: Row[Any] | Placed) -> None:
    """In the open phase, with the order locked or just placed: whether one more attempt may be begun.

    Raises:
        TooMany: too many were declined, of this order or of its buyer within a day; `retry_after_s` says when.
    """
    moment = clock.now()
    asked = {"business": db.here(), "order": order.id, "buyer": order.buyer_reference, "since": moment - tries.WITHIN}
    found = db.first(_DECLINED, **asked)
    if found is None or not found.theirs:
        return
    known = settings.current()
    session, buyer = tries.of_session(known.tries_per_session), tries.of_buyer(known.tries_per_buyer)
    times = [session.until(found.here, found.last), buyer.until(found.theirs, found.their_last)]
    latest = max((each for each in times if each is not None), default=moment)
    if latest > moment:
        is_end = session.most is not None and found.here >= session.most
        raise _too_many(moment, latest, "tries_over" if is_end else "too_many_tries")


@contextmanager
def from_address(counter: Counter, address: str | None) -> Iterator[None]:
    """Begin a payment for a buyer at this address, whom many may share; what was refused does not count.

    Raises:
        TooMany: too many payments were begun from there within ten minutes.
    """
    limit = Limit("tries-address", times=settings.current().tries_per_address, window_s=WINDOW_S)
    if address and (wait_s := counter.hit(limit, address)):
        text = "Too many payments were begun from here. Please wait a moment, then try again."
        raise TooMany("too_many_tries", text, details={"retry_after_s": wait_s})
    try:
        yield
    except AppError:
        if address:
            counter.give_back(limit, address)
        raise


def _too_many(moment: datetime, latest: datetime, code: str) -> TooMany:
    text = "Several payments were declined. Please wait a moment, then try again."
    if code == "tries_over":
        text = "Too many payments were declined. Please come back later, or ask the shop."
    return TooMany(code, text, details={"retry_after_s": ceil((latest - moment).total_seconds())})
