"""Rows that an order left, and the same rows again for another order."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.ids import made_at, show
from app.domain.orders.models import Order
from app.workflow.ledger import count_postings
from app.workflow.steps.operations import lived_rows
from app.workflow.steps.operations.lived_rows import Lived
from tests.factories.shop import Shop

BUYER = "buyer.of-this"
EARLIER = timedelta(days=30)
PAUSE = timedelta(hours=2)


def _live(shop: Shop) -> tuple[uuid.UUID, Lived]:
    """A paid order, and what it left, in the same business again."""
    begun = [clock.now()]
    order_id = shop.place(buyer=BUYER)
    attempt_id = shop.pay(order_id)
    begun.append(clock.now())
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    names = [BUYER, shop.order(order_id).number, shop.attempt(attempt_id).channel_ref]
    with db.reading(shop.business_id):
        seen = lived_rows.look(shop.business_id)
    return order_id, lived_rows.lived(seen, [order_id], begun, known={}, names=names)


def _again(shop: Shop, one: Lived, begins: list[datetime], buyer: str) -> None:
    names = {name: buyer if name == BUYER else f"NEW-{buyer}" for name in _names(one)}
    rows: dict[str, list[str]] = {}
    for table, row in lived_rows.written(one, begins, names):
        rows.setdefault(table, []).append(row)
    with db.phase("test.write", shop.business_id):
        lived_rows.write(rows)


def _names(one: Lived) -> set[str]:
    parts = [part for rows in one.texts.values() for row in rows for part in row]
    return {part.key for part in parts if isinstance(part, lived_rows.Slot) and part.kind == "name"}


def test_the_same_order_again_is_another_one_of_another_time_and_buyer(shop: Shop) -> None:
    order_id, one = _live(shop)
    begins = [one.begun[0] - EARLIER, one.begun[1] - EARLIER + PAUSE]

    _again(shop, one, begins, "somebody.else")

    was = shop.order(order_id)
    copied = shop.one(select(Order.__table__).where(Order.buyer_reference == "somebody.else"))
    assert (copied.status, copied.total_minor, copied.snapshot_hash) == (was.status, was.total_minor, was.snapshot_hash)
    assert was.created_at - copied.created_at == EARLIER
    assert was.paid_at - copied.paid_at == EARLIER - PAUSE
    assert was.expires_at - copied.expires_at == EARLIER  # a deadline goes with what set it
    made, copy_made = made_at(was.id), made_at(copied.id)
    assert made is not None
    assert copy_made is not None
    assert made - copy_made == EARLIER
    [time] = shop.entitlements("somebody.else")
    assert (time.starts_at - copied.paid_at) < timedelta(minutes=5)
    shop.audit()


def test_nothing_of_the_first_order_is_named_in_the_second(shop: Shop) -> None:
    order_id, one = _live(shop)
    begins = [moment - EARLIER for moment in one.begun]

    texts = "".join(row for _, row in lived_rows.written(one, begins, dict.fromkeys(_names(one), "x")))

    old = [BUYER, *(str(own) for own in one.own), *(show("x", own)[2:] for own in one.own)]
    assert [each for each in old if each in texts] == []
    assert str(shop.sku_id) in texts
    assert order_id in one.own


def test_how_far_somebody_has_counted_is_no_part_of_an_order(shop: Shop) -> None:
    order_id, _ = _live(shop)
    count_postings.count(shop.business_id, clocks_apart_ms=-60_000)  # all, whatever is in progress

    with db.reading(shop.business_id):
        seen = lived_rows.look(shop.business_id)
    one = lived_rows.lived(seen, [order_id], [clock.now()], known={}, names=[])

    assert {"orders", "handled_events", "ledger_entries"} <= set(one.texts)
    assert not [table for table in (*seen, *one.texts) if table.endswith("_progress")]
