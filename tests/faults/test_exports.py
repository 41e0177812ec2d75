"""The process is stopped dead while a list is made into a file; another one carries on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core import lists
from app.core.files import store
from app.core.ids import show
from app.domain.insights.lists.models import Export
from app.workflow.insights import make_export
from app.workflow.insights.make_export import ExportCommand, start_export
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

POINTS = (
    "make_export.part.before_commit",
    "make_export.part.after",
    "make_export.finish.before_commit",
    "make_export.finish.after",
)


@pytest.mark.parametrize("point", POINTS)
def test_a_list_is_written_once_whatever_happens(
    shop: Shop, dies: Callable[..., None], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    placed = [show("ord", shop.place()) for _ in range(5)]
    listing = lists.find("orders")
    assert listing is not None
    monkeypatch.setattr(make_export, "AT_ONCE", 1)
    export_id = start_export(shop.business_id, listing, ExportCommand(columns=("order",)), holder="usr_x")

    dies(shop, "export", export_id, at=point)

    while make_export.work(shop.business_id, export_id, rows=2):
        pass
    run = shop.one(Export.__table__.select().where(Export.id == export_id))
    lines = store.get(run.key).decode("utf-8-sig").splitlines()
    assert [line.split(",")[-1] for line in lines[1:]] == placed[::-1]
    assert run.rows == 5


def test_these_points_exist() -> None:
    assert set(POINTS) <= points_of("make_export")
