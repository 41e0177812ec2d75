"""Files that no row names are removed a day after they were put."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.files import store
from app.core.settings import current
from app.domain.accounts.business.models import Business
from app.workflow.checkout import set_brand
from app.workflow.operations import sweep_store
from app.workflow.operations.sweep_store import sweep_shelf
from tests.factories.business import make_business
from tests.factories.files import image
from tests.factories.shop import Shop

SHELVES, AFTER_S = 256, sweep_store.RETENTION.total_seconds() + 60


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, app: Flask) -> Iterator[Path]:
    """A store of this test's own."""
    assert app
    store.use(str(tmp_path))
    yield tmp_path
    store.use(current().files_url)


def test_a_file_that_no_row_names_is_removed_after_a_day(folder: Path, clock: ModuleType) -> None:
    key = _put(make_business())

    early = sweep_shelf(_shelf_of(key))
    clock.move(AFTER_S)
    late = sweep_shelf(_shelf_of(key)), sweep_shelf(_shelf_of(key))

    assert (early, late) == (0, (1, 0))
    assert not (folder / key).exists()


def test_a_file_stays_with_all_its_parts_while_a_row_names_it(shop: Shop, folder: Path, clock: ModuleType) -> None:
    set_brand.set_logo(shop.business_id, image(size=(600, 200)))
    key = shop.one(select(Business.logo_key).where(Business.id == shop.business_id))[0]
    parts = sorted(path.name for path in (folder / key).parent.iterdir())
    clock.move(AFTER_S)

    named = sweep_shelf(_shelf_of(key))
    kept = sorted(path.name for path in (folder / key).parent.iterdir())
    set_brand.remove_logo(shop.business_id)
    unnamed = sweep_shelf(_shelf_of(key))

    assert (named, kept, unnamed) == (0, parts, len(parts))


def test_a_row_of_another_business_keeps_no_file(shop: Shop, folder: Path, clock: ModuleType) -> None:
    set_brand.set_logo(shop.business_id, image(size=(600, 200)))
    key = shop.one(select(Business.logo_key).where(Business.id == shop.business_id))[0]
    copy = key.replace(shop.business_id.hex, make_business().hex)
    store.put(copy, b"x")
    clock.move(AFTER_S)

    assert sweep_shelf(_shelf_of(key)) == 1
    assert not (folder / copy).exists()
    assert any((folder / key).parent.iterdir())


def test_without_a_shelf_the_runs_of_two_days_go_over_all(folder: Path, clock: ModuleType) -> None:
    business_id = make_business()
    keys = [_put(business_id) for _ in range(3)]
    clock.move(AFTER_S)
    removed = 0

    for _ in range(SHELVES):
        removed += sweep_shelf()
        clock.move(sweep_store.PERIOD_S)

    assert removed == len(keys)
    assert not any((folder / key).exists() for key in keys)


def test_more_files_than_a_batch_are_swept_in_one_run(clock: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_store, "BATCH", 2)
    key = _put(make_business())
    for number in range(4):
        store.put(store.part_of(key, str(number)), b"x")
    clock.move(AFTER_S)

    assert sweep_shelf(_shelf_of(key)) == 5


def _put(business_id: uuid.UUID) -> str:
    return store.put(store.new_key("images", business_id), b"x").key


def _shelf_of(key: str) -> int:
    return int(key.split("/")[2], 16)
