"""Lists as files: written step by step, resumed, abandoned, pruned."""

from __future__ import annotations

import uuid

import pytest

from app.core import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import store
from app.core.ids import show
from app.domain.insights.lists.models import Export, ExportPart
from app.domain.insights.lists.rules import MAX_OPEN_EXPORTS
from app.read.orders.orders_list import ORDERS
from app.workflow.insights import make_export
from app.workflow.insights.make_export import ExportCommand, start_export
from app.workflow.operations import prune_personal
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_export, "AT_ONCE", 2)
    monkeypatch.setattr(make_export, "BATCH", 2)


def start(shop: Shop, **command) -> uuid.UUID:
    return start_export(shop.business_id, ORDERS, ExportCommand(columns=("order",), **command), holder="usr_x")


def finished(shop: Shop, export_id: uuid.UUID):
    while make_export.work(shop.business_id, export_id):
        pass
    return shop.one(Export.__table__.select().where(Export.id == export_id))


def ids_in(run) -> list[str]:
    lines = store.get(run.key).decode("utf-8-sig").splitlines()
    return [line.split(",")[-1] for line in lines[1:]]


def test_every_row_is_written_once_in_order(shop: Shop) -> None:
    placed = [show("ord", shop.place()) for _ in range(5)]
    newest, oldest = start(shop), start(shop, oldest_first=True)
    too_young = shop.place()

    runs = [finished(shop, newest), finished(shop, oldest)]

    assert [ids_in(run) for run in runs] == [placed[::-1], placed]
    assert [run.rows for run in runs] == [5, 5]
    assert shop.many(ExportPart.__table__.select()) == []
    assert show("ord", too_young) not in ids_in(runs[1])


def test_two_workers_at_once_write_no_row_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = [show("ord", shop.place()) for _ in range(5)]
    export_id = start(shop)
    keep, meanwhile = make_export._keep, [True]

    def slowly(*arguments) -> None:
        if meanwhile:
            meanwhile.clear()
            make_export.work(shop.business_id, export_id)
        keep(*arguments)

    monkeypatch.setattr(make_export, "_keep", slowly)

    assert ids_in(finished(shop, export_id)) == placed[::-1]


def test_more_rows_than_a_file_has_are_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_export, "MAX_ROWS", {"csv": 3, "xlsx": 3})
    for _ in range(6):
        shop.place()

    run = finished(shop, start(shop, format="xlsx"))

    assert run.key is None
    assert "more than 3 rows" in run.problem
    assert "CSV allows" in run.problem


def test_what_makes_no_sense_is_refused(shop: Shop) -> None:
    for _ in range(3):
        shop.place()
    for command in ({"format": "pdf"}, {"time_zone": "Mars/Base"}, {"time_zone": "../etc/passwd"}):
        with pytest.raises(Invalid):
            start(shop, **command)
    for _ in range(MAX_OPEN_EXPORTS):
        start(shop)
    with pytest.raises(Conflict):
        start(shop)


def test_a_file_that_fails_again_and_again_is_abandoned(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        shop.place()
    export_id = start(shop)

    def broken(*_arguments) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(make_export, "_step", broken)
    for _ in range(make_export.MAX_ATTEMPTS):
        assert make_export.work(shop.business_id, export_id) is False

    assert "on our side" in finished(shop, export_id).problem


def test_files_are_forgotten_after_a_week(shop: Shop, clock) -> None:
    for _ in range(3):
        shop.place()
    done, half = finished(shop, start(shop)), start(shop)

    clock.move(7 * 86_400 + 60)
    prune_personal.prune_business(shop.business_id)

    with db.reading(shop.business_id):
        assert db.rows(Export.__table__.select().where(Export.id.in_([done.id, half]))) == []
    assert not _is_there(done.key)


def _is_there(key: str) -> bool:
    try:
        store.get(key)
    except NotFound:
        return False
    return True
