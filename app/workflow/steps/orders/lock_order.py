"""The one order in which transactions lock rows that others lock too.

A row is locked by SELECT … FOR UPDATE and by UPDATE or DELETE alike, until its transaction ends. Every phase takes its
locks from the top of this list to the bottom, and several rows of one table in the order of their ids: then no two can
wait for each other. What a row is found by may be read before: read, lock from the top, look again, and begin anew when
it has changed (core/db/retry.py).

Tables that are not here hold parts of one of these (an order's lines, its deliveries, a transaction's attempts): they
are changed only while that one is locked, so nobody waits for them alone. Tests watch every transaction
(core/db/lock_log.py) and stop at the first one that goes up this list; decision 20 has the reasons.
"""

from __future__ import annotations

import uuid

from sqlalchemy import bindparam, select

from app.core import db
from app.core.errors import NotFound
from app.core.ids import show
from app.domain.orders.models import Order

LOCK_ORDER = (
    "buyers",
    "orders",
    "checkout_sessions",
    "contracts",
    "payment_transactions",
    "disputes",
    "channel_bills",
    "campaigns",
    "promotions",
    "coupons",
    "coupon_templates",
    "order_counters",
    "products",
    "skus",
    "wallet_holds",
    "ledger_accounts",
    "points_accounts",
    "channel_day_totals",  # counters are written last (db.count)
)
RANKS = {table: rank for rank, table in enumerate(LOCK_ORDER)}
# A movement without an order is locked by its transaction; of an order the transactions are parts.
PARTS = {"payment_transactions": "orders"}
orders = db.table(Order)
LOCKED = db.prepared(
    select(orders).where(orders.c.business_id == db.HERE, orders.c.id == bindparam("order")).with_for_update()
)


def lock_order(order_id: uuid.UUID) -> Order:
    """The order, locked for the rest of the phase.

    Raises:
        NotFound: there is none.
    """
    order = db.first(LOCKED, order=order_id)
    if order is None:
        raise NotFound("not_found", f"There is no order {show('ord', order_id)}.")
    return order
