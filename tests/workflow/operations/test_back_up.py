"""Backups: all of an installation or one business of it, in a file that is there whole or not at all."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db, settings
from app.core.errors import Conflict, NotFound
from app.core.files import store
from app.core.files.backup_file import Manifest
from app.core.ids import new_id, show
from app.domain.accounts.business.models import Business
from app.domain.orders.models import Order
from app.workflow.checkout import set_brand
from app.workflow.operations.back_up import back_up
from app.workflow.operations.restore_backup import look
from ops.testing.run import Cluster
from tests.factories.files import image
from tests.factories.people import add_membership, make_user
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def _as_operator(cluster: Cluster, module_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the installation knows the owner's address; the store has the files of this test."""
    owner = cluster.addresses(module_database_url)["DATABASE_OWNER_URL"]
    monkeypatch.setattr(settings, "_current", replace(settings.current(), database_owner_url=owner))
    monkeypatch.setattr(store, "_place", None)  # puts it back
    store.use((tmp_path / "files").as_uri())


def test_an_installation_is_kept_with_all_its_rows_and_files_and_what_its_books_come_to(
    shop: Shop, new_shop: Any, tmp_path: Path
) -> None:
    for each in (shop, new_shop()):
        each.paid_order()
    key = store.new_key("images", shop.business_id)
    store.put(key, b"an image")

    made = back_up(tmp_path / "all.backup")

    found, wrong = look(tmp_path / "all.backup")
    assert (found, wrong) == (made, [])
    assert (made.kind, made.businesses) == ("installation", [])
    assert key not in made.missing
    assert (_rows(made)["businesses"], _rows(made)["orders"]) == (_count(Business), _count(Order))
    assert [(file.name, file.bytes) for file in made.files] == [(key, 8)]
    assert made.totals
    assert made.keys


def test_one_business_is_kept_without_anything_of_others(shop: Shop, new_shop: Any, tmp_path: Path) -> None:
    other = new_shop()
    for each in (shop, other):
        each.paid_order()
        store.put(store.new_key("images", each.business_id), each.business_id.bytes)

    made = back_up(tmp_path / "one.backup", shop.business_id)

    assert (made.kind, made.businesses, made.totals) == ("business", [show("biz", shop.business_id)], {})
    assert (_rows(made)["businesses"], _rows(made)["orders"]) == (1, 1)
    assert [store.business_of(file.name) for file in made.files] == [shop.business_id]
    content = b"".join(_members(tmp_path / "one.backup"))
    assert str(shop.business_id).encode() in content
    assert str(other.business_id).encode() not in content


def test_only_who_works_for_the_business_can_sign_in_where_it_is_restored(
    shop: Shop, new_shop: Any, tmp_path: Path
) -> None:
    member, stranger = make_user(shop.business_id), make_user(new_shop().business_id)
    colleague = make_user(new_shop().business_id)
    add_membership(colleague, shop.business_id, role="viewer")

    made = back_up(tmp_path / "one.backup", shop.business_id)

    people = {row["email"]: row for row in _read(tmp_path / "one.backup", made, "users")}
    assert set(people) == {member.email, colleague.email}
    assert stranger.email not in people
    assert all(row["password_hash"] for row in people.values())
    assert {row["is_operator"] for row in people.values()} == {"f"}


def test_a_file_that_a_row_names_and_the_store_lacks_is_told(shop: Shop, tmp_path: Path) -> None:
    set_brand.set_logo(shop.business_id, image(size=(600, 200)))
    key = shop.one(select(Business.logo_key).where(Business.id == shop.business_id)).logo_key
    whole = back_up(tmp_path / "whole.backup", shop.business_id)
    store.use((tmp_path / "empty").as_uri())

    made = back_up(tmp_path / "less.backup", shop.business_id)

    assert (whole.missing, made.missing, made.files) == ([], [key], [])
    assert whole.files


def test_a_refused_backup_leaves_nothing_and_touches_nothing(
    shop: Shop, tmp_path: Path, bare_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    known = folder / "known.backup"
    known.write_bytes(b"what was here")

    with pytest.raises(Conflict, match="exists already"):
        back_up(known)
    with pytest.raises(NotFound):
        back_up(folder / "new.backup", new_id())
    with pytest.raises(OSError, match="No such file"):
        back_up(folder / "no-folder" / "new.backup", shop.business_id)
    monkeypatch.setattr(settings, "_current", replace(settings.current(), database_owner_url=bare_url))
    with pytest.raises(Conflict, match="no tables"):
        back_up(folder / "new.backup")

    assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == [(known.name, b"what was here")]


@pytest.fixture
def bare_url(cluster: Cluster, worker_name: str) -> Iterator[str]:
    """The owner's address of a database that was never migrated."""
    name = f"{worker_name}_bare"
    yield cluster.addresses(cluster.create(name, template=None))["DATABASE_OWNER_URL"]
    cluster.drop(name)


def _rows(manifest: Manifest) -> dict[str, int]:
    return {table.name: table.rows for table in manifest.tables}


def _count(model: Any) -> int:
    with db.system_reading():
        return int(db.scalar(select(func.count()).select_from(model)))


def _members(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def _read(path: Path, manifest: Manifest, table: str) -> list[dict[str, str]]:
    """The rows of a table as they were kept."""
    [about] = [each for each in manifest.tables if each.name == table]
    with zipfile.ZipFile(path) as archive:
        lines = archive.read(f"tables/{table}").decode().splitlines()
    return [dict(zip(about.columns, row, strict=True)) for row in csv.reader(lines, delimiter="\t")]
