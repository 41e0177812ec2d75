"""What a change of settings would do to orders, prices and data that are there: counted before it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from app.core import clock, db
from app.domain.accounts.business.settings.types import Effect, Value
from app.domain.catalog.models import Sku
from app.domain.orders.models import Order
from app.domain.orders.states import REFUNDABLE, OrderStatus
from app.read.accounts.retention_effects import BY_SETTING, MAX_COUNTED, going

orders = db.table(Order)
skus = db.table(Sku)


def effects(business_id: uuid.UUID, before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[Effect, ...]:
    """The effects of going from one set of values to another, by the settings that cause them; none where nothing that
    is there would change."""
    changed = {key: value for key, value in after.items() if value != before[key]}
    found = []
    with db.reading(business_id):
        for key, count in _COUNTS.items():
            if key in changed and (rows := count(business_id, before[key], changed[key])):
                found.append(Effect(key, rows, _TEXTS[key] % f"{rows:,}"))
        kept = (_kept(business_id, key, before, changed) for key in BY_SETTING if key in changed)
        found += [effect for effect in kept if effect]
    return tuple(found)


def _kept(business_id: uuid.UUID, key: str, before: Mapping[str, Value], after: Mapping[str, Value]) -> Effect | None:
    """What would be removed within minutes because it is kept for a shorter time."""
    kind, was, becomes = BY_SETTING[key], before[key], after[key]
    assert isinstance(was, int)
    assert isinstance(becomes, int)
    rows = going(business_id, kind, before=was, after=becomes)
    more = "at least " if rows >= MAX_COUNTED else ""
    return (
        Effect(key, rows, f"Rows of “{kind.title}” that are removed or emptied for good: {more}{rows:,}.")
        if rows
        else None
    )


def _completed(business_id: uuid.UUID, before: Value, after: Value) -> int:
    """Delivered orders that would complete now, and would not have."""
    assert isinstance(before, int)
    assert isinstance(after, int)
    now = clock.now()
    return _orders(
        business_id,
        orders.c.status == OrderStatus.FULFILLED,
        orders.c.fulfilled_at <= now - timedelta(seconds=after),
        orders.c.fulfilled_at > now - timedelta(seconds=before),
    )


def _no_longer_refundable(business_id: uuid.UUID, before: Value, after: Value) -> int:
    """Paid orders that could be refunded before, and could not after."""
    if not isinstance(after, int):
        return 0
    now = clock.now()
    older = [orders.c.status.in_(REFUNDABLE), orders.c.paid_at < now - timedelta(days=after)]
    if isinstance(before, int):
        older.append(orders.c.paid_at >= now - timedelta(days=before))
    return _orders(business_id, *older)


def _unsaleable(business_id: uuid.UUID, before: Value, after: Value) -> int:
    """SKUs whose own currency would be refused, and was not."""
    assert isinstance(before, list)
    assert isinstance(after, list)
    if not after:
        return 0
    query = select(func.count()).select_from(skus).where(skus.c.business_id == business_id)
    query = query.where(skus.c.currency.not_in(after))
    return int(db.scalar(query.where(skus.c.currency.in_(before)) if before else query) or 0)


def _orders(business_id: uuid.UUID, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(orders).where(orders.c.business_id == business_id, *conditions)
    return int(db.scalar(query) or 0)


_COUNTS = {
    "auto_confirm_s": _completed,
    "currencies": _unsaleable,
    "refund_window_days": _no_longer_refundable,
}
_TEXTS = {
    "auto_confirm_s": "Delivered orders that complete now: %s.",
    "currencies": "SKUs that can no longer be sold in their own currency: %s.",
    "refund_window_days": "Paid orders that can no longer be refunded: %s.",
}
