"""One thing done to many orders: written down whole, done once to each, and the result beside it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.core import settings
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.insights.lists.models import BulkRow, BulkRun
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import OrderNote
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.workflow.orders import bulk_orders
from app.workflow.orders.place_order import place_order
from app.workflow.orders.write_note import MAX_LENGTH
from tests.factories.shop import Shop


def test_a_run_that_cannot_be_is_not_begun(shop: Shop, new_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_orders, "MAX_COUNT", 3)
    order_id, theirs = shop.place(), new_shop().place()

    for action, more in (("delete", {}), ("note", {"note": " \n"}), ("note", {"note": "x" * (MAX_LENGTH + 1)})):
        with pytest.raises(Invalid):
            _start(shop, action, [order_id], **more)
    with pytest.raises(Invalid):
        _start(shop, "close", [new_id() for _ in range(4)])
    for ids, all_there in (([], False), ([theirs, new_id()], False), ([order_id, theirs], True)):
        with pytest.raises(NotFound):
            _start(shop, "close", ids, all_there=all_there)

    assert shop.many(select(BulkRun.id)) == []
    assert shop.order(order_id).status == "created"


def test_orders_are_meant_once_and_those_that_are_not_there_are_left_out(shop: Shop) -> None:
    first, second = shop.place(), shop.place()

    run_id = _start(shop, "note", [second, new_id(), first, second], note="  Called back ")

    run = _run(shop, run_id)
    assert (run.orders, run.note, run.finished_at is not None) == (2, "Called back", True)
    assert [(row.number, row.order_id) for row in _results(shop, run_id)] == [(1, second), (2, first)]
    assert _notes(shop) == {first: "Called back", second: "Called back"}


def test_the_same_run_again_does_nothing_more(shop: Shop) -> None:
    first, second, run_id = shop.place(), shop.place(), new_id()

    _start(shop, "note", [first], note="Once", run_id=run_id)
    _start(shop, "close", [second], run_id=run_id)
    more = bulk_orders.work(shop.business_id, run_id)

    assert (more, _notes(shop), shop.order(second).status) == (0, {first: "Once"}, "created")


def test_several_workers_do_each_order_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_orders, "AT_ONCE_S", 0)
    placed = [shop.place() for _ in range(6)]
    run_id = _start(shop, "note", placed, note="Once")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bulk_orders.work(shop.business_id, run_id, slice_s=60), range(4)))

    assert [row.result for row in _results(shop, run_id)] == ["done"] * 6
    assert sorted(row.order_id for row in shop.many(select(OrderNote.order_id))) == sorted(placed)
    assert _run(shop, run_id).finished_at is not None


def test_what_one_order_refuses_keeps_no_other_from_being_done(shop: Shop) -> None:
    paid, closed, waiting = shop.paid_order(), shop.place(), shop.place()
    _start(shop, "close", [closed])

    run_id = _start(shop, "close", [paid, closed, waiting])

    results = {row.order_id: row.result for row in _results(shop, run_id)}
    assert results == {paid: "refused", closed: "skipped", waiting: "done"}
    assert [shop.order(each).status for each in (paid, closed, waiting)] == ["fulfilled", "closed", "closed"]


def test_a_receipt_is_due_again_and_not_a_second_one(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = _paid_by(shop, "ada@example.com")
    unpaid, nameless = shop.place(), shop.paid_order()
    without_mail = _start(shop, "receipt", [order_id])
    there = replace(settings.current(), mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test")
    monkeypatch.setattr(settings, "_current", there)

    runs = [_start(shop, "receipt", [order_id, unpaid, nameless]) for _ in range(2)]

    assert [row.message for row in _results(shop, without_mail)] == ["Email is not configured."]
    for run_id in runs:
        assert [row.result for row in _results(shop, run_id)] == ["done", "refused", "refused"]
    assert [(row.source_id, row.recipient) for row in shop.many(select(Mail.__table__))] == [
        (order_id, "ada@example.com")
    ]


def _paid_by(shop: Shop, email: str) -> uuid.UUID:
    """An order that somebody with an address has paid."""
    buyer = Buyer(reference="ada", email=email)
    order_id = place_order(shop.business_id, PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=buyer))
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _start(shop: Shop, action: str, ids: list[uuid.UUID], *, run_id: uuid.UUID | None = None, **more: Any) -> uuid.UUID:
    run_id = run_id or new_id()
    bulk_orders.start_bulk(shop.business_id, action, ids, actor="usr_x", run_id=run_id, **more)
    return run_id


def _run(shop: Shop, run_id: uuid.UUID) -> Any:
    return shop.one(select(BulkRun.__table__).where(BulkRun.id == run_id))


def _results(shop: Shop, run_id: uuid.UUID) -> list[Any]:
    return list(shop.many(select(BulkRow.__table__).where(BulkRow.run_id == run_id).order_by(BulkRow.number)))


def _notes(shop: Shop) -> dict[uuid.UUID, str]:
    return {row.order_id: row.body for row in shop.many(select(OrderNote.__table__))}
