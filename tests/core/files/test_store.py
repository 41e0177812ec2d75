from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import db
from app.core.errors import NotFound, Unavailable
from app.core.files import store
from app.core.settings import current

BUSINESS = uuid.UUID(int=7)


@pytest.fixture
def folder(tmp_path: Path, app: object) -> Iterator[Path]:
    """A store of this test's own."""
    assert app
    store.use(str(tmp_path))
    yield tmp_path
    store.use(current().files_url)


def test_what_is_put_is_read_again(folder: Path) -> None:
    content = os.urandom(store.CHUNK_BYTES + 17)

    stored = store.put(store.new_key("downloads", BUSINESS), iter([content[:5], content[5:]]))

    assert store.get(stored.key) == content
    assert b"".join(store.read(stored.key, start=9)) == content[9:]
    assert (stored.bytes, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert [path for path in folder.rglob("*") if path.is_file()] == [folder / stored.key]


def test_a_missing_file_is_not_found_and_may_be_deleted_again(folder: Path) -> None:
    stored = store.put(store.new_key("images", BUSINESS), b"x")

    store.delete(stored.key)
    store.delete(stored.key)

    assert folder
    with pytest.raises(NotFound):
        store.read(stored.key)


@pytest.mark.parametrize("name", ["../../etc/passwd", "images/x.png", "/etc/passwd", "images/" + "0" * 32, ""])
def test_only_keys_of_our_own_are_taken(folder: Path, name: str) -> None:
    assert folder
    for ask in (store.get, store.delete, lambda key: store.put(key, b"x")):
        with pytest.raises(ValueError, match="no key"):
            ask(name)


def test_no_file_is_touched_while_a_transaction_is_open(folder: Path) -> None:
    assert folder
    with db.reading(BUSINESS), pytest.raises(RuntimeError, match="transaction"):
        store.put(store.new_key("images", BUSINESS), b"x")


def test_a_store_that_cannot_be_written_is_unavailable(folder: Path) -> None:
    (folder / "images").write_text("in the way")

    with pytest.raises(Unavailable):
        store.put(store.new_key("images", BUSINESS), b"x")


def test_an_unknown_kind_of_store_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="FILES_URL"):
        store.use("nonsense://somewhere")
