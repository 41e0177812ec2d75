"""Our books beside the oracle's: one look at everything of a business, in the oracle's terms."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core import db
from tests.model.oracle import Oracle

_ALL = text(
    """
    SELECT json_build_object(
      'balances', (SELECT json_agg(json_build_array(kind, owner, currency, layer, minor)) FROM (
         SELECT a.kind, CASE WHEN a.kind = 'wallet' THEN a.owner ELSE '' END AS owner, e.currency, e.layer,
                sum(e.amount_minor)::bigint AS minor
         FROM ledger_entries e JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
         WHERE e.business_id = :business GROUP BY 1, 2, 3, 4 HAVING sum(e.amount_minor) <> 0) b),
      'orders', (SELECT json_agg(json_build_array(id, status, paid_minor, refunded_minor))
         FROM orders WHERE business_id = :business),
      'tries', (SELECT json_agg(json_build_array(id, status, applied)) FROM payment_attempts
         WHERE business_id = :business),
      'returning', (SELECT json_agg(json_build_array(order_id, minor)) FROM (
         SELECT t.order_id, sum(t.amount_minor)::bigint AS minor FROM payment_transactions t
         JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id AND a.applied
         WHERE t.business_id = :business AND t.kind = 'refund' AND t.status = 'open' GROUP BY 1) r),
      'stock', (SELECT json_agg(json_build_array(stock, reserved)) FROM skus
         WHERE business_id = :business AND stock IS NOT NULL),
      'delivered', (SELECT json_agg(DISTINCT order_id) FROM deliveries
         WHERE business_id = :business AND status = 'delivered'))
    """
)


@dataclass(frozen=True)
class Look:
    """Balances, orders, attempts, refunds under way by order, stock and orders whose goods are with the buyer."""

    balances: dict[tuple[str, ...], int]
    orders: dict[str, tuple[str, int, int]]
    tries: dict[str, tuple[str, bool]]
    returning: dict[str, int]
    stock: tuple[int, int]
    delivered: frozenset[str]


def ours(business_id: uuid.UUID) -> Look:
    """How the application's tables have it."""
    with db.reading(business_id):
        seen: dict[str, Any] = db.scalar(_ALL.bindparams(business=business_id))
    rows = {name: found or [] for name, found in seen.items()}
    return Look(
        balances={tuple(row[:4]): row[4] for row in rows["balances"]},
        orders={row[0]: (row[1], row[2], row[3]) for row in rows["orders"]},
        tries={row[0]: (row[1], row[2]) for row in rows["tries"]},
        returning=dict(rows["returning"]),
        stock=tuple(rows["stock"][0]),
        delivered=frozenset(rows["delivered"]),
    )


def expected(oracle: Oracle) -> Look:
    """How the oracle has it."""
    return Look(
        balances=dict(oracle.balances()),
        orders={str(order.id): (order.status, order.paid, order.refunded) for order in oracle.orders},
        tries={str(t.id): (t.status, t.applied) for t in oracle.tries},
        returning={str(order.id): order.in_flight for order in oracle.orders if order.in_flight},
        stock=(oracle.stock, oracle.held),
        delivered=frozenset(str(order.id) for order in oracle.orders if order.with_buyer),
    )


def difference(have: Look, want: Look) -> str:
    """Where the two part, in words."""
    lines = []
    for name in vars(have):
        left, right = getattr(have, name), getattr(want, name)
        if isinstance(left, dict):
            keys = sorted({key for key in {**left, **right} if left.get(key) != right.get(key)}, key=str)
            lines += [f"{name} {key}: ours {left.get(key)}, oracle {right.get(key)}" for key in keys]
        elif left != right:
            lines.append(f"{name}: ours {left}, oracle {right}")
    return "\n".join(lines)
