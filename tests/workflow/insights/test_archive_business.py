"""All of a business's data as one archive: every table, no secret, no row of anybody else."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterable

import pytest

from app.core import db
from app.core.db import Base
from app.core.errors import Conflict
from app.core.files import store
from app.core.ids import show
from app.core.security import crypto
from app.domain.accounts.privacy import archive
from app.domain.insights.lists.models import Export, ExportPart
from app.workflow.accounts.manage_keys import create_key
from app.workflow.insights import archive_business, make_export
from app.workflow.webhooks.manage_webhooks import EndpointCommand, create_endpoint
from tests.factories.people import make_user
from tests.factories.shop import Shop

# Columns whose names sound like secrets, and are none.
NO_SECRETS = {
    *("text_hash", "body_sha256", "sha256", "hash", "snapshot_hash", "erased_hash", "secrets", "key", "logo_key"),
    *("idempotency_key", "document_key", "key_id", "keys_due_at", "keys_not_before", "keys_attempts", "platform_keys"),
    *("previous_secret_until", "key_limit_minor", "terms_hash", "source_sha256", "lines_sha256"),
}
_SOUNDS = re.compile(r"secret|hash|cipher|token|password|fingerprint|_key$|^key|sha256")


def test_every_row_is_in_it_once_and_of_this_business_alone(
    shop: Shop, new_shop: type[Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_business, "BATCH", 3)
    placed = sorted(str(shop.place()) for _ in range(7))
    paid, other = shop.paid_order(), new_shop().place()
    user = make_user(shop.business_id)

    files = _files(shop, _made(shop))
    manifest = json.loads(files["manifest.json"])
    orders = [row["id"] for row in _rows(files, "orders")]

    assert orders == sorted([*placed, str(paid)])
    assert str(other) not in b"".join(files.values()).decode()
    assert [row["id"] for row in _rows(files, "business")] == [str(shop.business_id)]
    assert user.email in {row["email"] for row in _rows(files, "users")}
    assert {"ledger_entries", "payment_attempts", "products", "outbox_events"} <= manifest["tables"].keys()
    assert manifest["tables"] == {
        name.removesuffix(".jsonl"): text.count(b"\n") for name, text in files.items() if name.endswith(".jsonl")
    }
    assert manifest["rows"] == sum(manifest["tables"].values())
    assert manifest["business"] == show("biz", shop.business_id)
    assert shop.many(ExportPart.__table__.select()) == []


def test_no_secret_is_in_it(shop: Shop) -> None:
    key = create_key(shop.business_id, name="server", kind="secret").secret
    command = EndpointCommand(url="https://hooks.example/x", topics=["*"])
    secret = create_endpoint(shop.business_id, command, actor="test").secret

    text = b"".join(_files(shop, _made(shop)).values()).decode()

    assert secret not in text
    assert key not in text
    assert crypto.hash_secret(key) not in text
    assert not re.search(r'"v1\.[A-Za-z0-9_-]{8,}', text)


def test_while_one_is_made_no_other_begins(shop: Shop) -> None:
    first = archive_business.start_archive(shop.business_id, holder="usr_x")

    with pytest.raises(Conflict):
        archive_business.start_archive(shop.business_id, holder="key:y")
    _work(shop, first)

    assert archive_business.start_archive(shop.business_id, holder="key:y")


def test_two_workers_at_once_write_no_row_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_business, "BATCH", 2)
    placed = sorted(str(shop.place()) for _ in range(5))
    export_id = archive_business.start_archive(shop.business_id, holder="usr_x")
    real = store.put

    def put(key: str, content: bytes | Iterable[bytes]) -> object:
        monkeypatch.setattr(store, "put", real)
        make_export.work(shop.business_id, export_id)  # another one, who is quicker
        return real(key, content)

    monkeypatch.setattr(store, "put", put)
    _work(shop, export_id)

    assert [row["id"] for row in _rows(_files(shop, export_id), "orders")] == placed


def test_each_table_of_a_business_is_in_it_or_left_out_for_a_reason() -> None:
    known = {name for name, table in Base.metadata.tables.items() if "business_id" in table.columns}

    assert archive.LEFT_OUT.keys() <= known
    assert all(archive.LEFT_OUT.values())
    assert all("id" in Base.metadata.tables[name].columns for name in archive.tables())
    for table, names in archive.SECRET.items():
        assert set(names) <= set(Base.metadata.tables[table].columns.keys()), table


def test_what_sounds_like_a_secret_is_left_out_or_named_here() -> None:
    sounding = {
        f"{table}.{column.name}"
        for table in archive.tables()
        for column in Base.metadata.tables[table].columns
        if _SOUNDS.search(column.name) and column.name not in NO_SECRETS
    }
    hidden = {f"{table}.{name}" for table, names in archive.SECRET.items() for name in names}

    assert sounding - hidden == set()


def _made(shop: Shop) -> uuid.UUID:
    return _work(shop, archive_business.start_archive(shop.business_id, holder="usr_x"))


def _work(shop: Shop, export_id: uuid.UUID) -> uuid.UUID:
    for _ in range(1000):
        make_export.work(shop.business_id, export_id)
        with db.reading(shop.business_id):
            if db.get(Export, export_id).finished_at is not None:
                return export_id
    raise AssertionError("it never ends")


def _files(shop: Shop, export_id: uuid.UUID) -> dict[str, bytes]:
    with db.reading(shop.business_id):
        key = db.get(Export, export_id).key
    with zipfile.ZipFile(io.BytesIO(store.get(str(key)))) as found:
        return {name: found.read(name) for name in found.namelist()}


def _rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in files[f"{name}.jsonl"].splitlines()]
