"""Restoring: into an empty installation, all of a backup or none of it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.core import settings
from app.core.db.roles import plain
from app.core.errors import Conflict, Invalid
from app.core.files import store
from app.core.files.backup_file import CONTEXT
from app.core.security import crypto
from app.workflow.operations import restore_backup
from app.workflow.operations.back_up import back_up
from ops.testing.run import Cluster
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def kept(
    shop: Shop, cluster: Cluster, module_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A backup of an installation with a paid order and a file; from here on the store is an empty one."""
    owner = cluster.addresses(module_database_url)["DATABASE_OWNER_URL"]
    monkeypatch.setattr(settings, "_current", replace(settings.current(), database_owner_url=owner))
    monkeypatch.setattr(store, "_place", None)  # puts it back
    store.use((tmp_path / "files").as_uri())
    shop.paid_order()
    store.put(store.new_key("images", shop.business_id), b"an image")
    back_up(tmp_path / "all.backup")
    store.use((tmp_path / "restored").as_uri())
    return tmp_path / "all.backup"


@pytest.fixture
def empty(kept: Path, new_database: Callable[[], str], cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    """The owner's address of an empty database, where backups are restored from here on."""
    assert kept
    url = cluster.addresses(new_database())["DATABASE_OWNER_URL"]
    monkeypatch.setattr(settings, "_current", replace(settings.current(), database_owner_url=url))
    return url


def test_rows_and_files_are_there_again_and_a_second_restore_is_refused(kept: Path, empty: str) -> None:
    manifest, wrong = restore_backup.look(kept)

    restored = restore_backup.restore(kept)

    assert (restored, wrong) == (manifest, [])
    assert restore_backup.schema_here() == manifest.schema
    assert {each.name: _count(empty, each.name) for each in manifest.tables} == {
        each.name: each.rows for each in manifest.tables
    }
    assert {key: store.get(key) for key in store.every_key()} == {each.name: b"an image" for each in manifest.files}
    with pytest.raises(Conflict, match="database is not empty"):
        restore_backup.restore(kept)


def test_a_store_may_hold_what_a_restore_has_put_before_it_broke_off_and_nothing_else(kept: Path, empty: str) -> None:
    [file] = restore_backup.look(kept)[0].files
    store.put(file.name, b"an image")
    other = store.new_key("images", store.business_of(file.name))
    store.put(other, b"another")

    with pytest.raises(Conflict, match="other files"):
        restore_backup.restore(kept)
    rows_before = _count(empty, "businesses")
    store.delete(other)
    restore_backup.restore(kept)

    assert (rows_before, list(store.every_key())) == (0, [file.name])
    assert _count(empty, "businesses") >= 1


def test_a_database_at_another_migration_takes_nothing(kept: Path, empty: str) -> None:
    with psycopg.connect(plain(empty)) as link:
        link.execute("UPDATE alembic_version SET version_num = '0000'")

    with pytest.raises(Conflict, match="database is at 0000"):
        restore_backup.restore(kept)

    assert _count(empty, "orders") == 0


@pytest.mark.parametrize("harm", ["rows", "totals"])
def test_rows_that_are_not_what_the_manifest_says_leave_the_database_empty(harm: str, kept: Path, empty: str) -> None:
    _signed_anew(kept, harm)

    with pytest.raises(Invalid) as refused:
        restore_backup.restore(kept)

    assert refused.value.code == "damaged"
    assert (_count(empty, "orders"), _count(empty, "businesses")) == (0, 0)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_backup_is_not_looked_through(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "some.backup"
    path.write_bytes(content)

    for read in (restore_backup.look, restore_backup.restore):
        with pytest.raises(Invalid, match="no whole backup"):
            read(path)


def _signed_anew(path: Path, harm: str) -> None:
    """Make the manifest say something else of the rows, as its installation might have."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest: dict[str, Any] = json.loads(members["manifest.json"])
    if harm == "rows":
        [orders] = [each for each in manifest["tables"] if each["name"] == "orders"]
        orders["rows"] += 1
    else:
        manifest["totals"] = dict.fromkeys(manifest["totals"], [["USD", 1]])
    text = json.dumps(manifest)
    members["manifest.json"] = text.encode()
    members["manifest.signature"] = crypto.sign(sha256(text.encode()).hexdigest(), context=CONTEXT).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _count(url: str, table: str) -> int:
    """How many rows of all businesses are there."""
    with psycopg.connect(plain(url)) as link:
        link.execute("SET ROLE bursar_system")
        row = link.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])
