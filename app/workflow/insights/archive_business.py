"""All of a business's data as one archive: a file of JSON lines for each table, without secrets.

It is an export like those of lists: asked for, written piece by piece in the background, fetched by whoever asked. A
piece is some rows of one table; how far it came is written down with it, so that whoever carries on after a kill writes
no row twice and leaves none out.
"""

from __future__ import annotations

import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import delete, select, text

from app.core import clock, db
from app.core.db import locks
from app.core.errors import AppError, Conflict
from app.core.files import store
from app.core.ids import new_id, show
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy.archive import FORMAT, LISTING, OWN, SECRET, tables
from app.domain.insights.lists.models import Export, ExportPart
from app.lib.some import some
from app.workflow.steps.accounts.check_exports import check_exports

BATCH = 5_000
HIDDEN = "(secret)"  # what stands in the archive for an encrypted text
README = (
    "One file of JSON lines per table: a line is a row, with its columns as Bursar stores them. Amounts are whole minor"
    " units of the currency beside them, moments are UTC, ids are UUIDs: an id such as ord_01h… is the same number in"
    " base 32. manifest.json has the number of rows of each file. Passwords, keys and other secrets are left out.\n"
)
exports, pieces = db.table(Export), db.table(ExportPart)
_USERS = (
    "SELECT u.id, jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name) AS said FROM users u"
    " WHERE u.id > :after AND (EXISTS (SELECT FROM memberships m WHERE m.business_id = :business AND m.user_id = u.id)"
    " OR EXISTS (SELECT FROM visits v WHERE v.business_id = :business AND v.user_id = u.id)) ORDER BY u.id LIMIT :most"
)
_BUSINESS = (
    "SELECT b.id, to_jsonb(b) AS said FROM businesses b WHERE b.id = :business AND b.id > :after"
    " AND CAST(:most AS int) > 0"
)


@dataclass(frozen=True)
class _Page:
    """Some rows of a table: which step it is, its name, the lines, and the id behind which the table goes on; None at
    its end."""

    step: int
    name: str
    lines: list[bytes]
    after_id: uuid.UUID | None


class _Row(db.JoinedRow):
    id: uuid.UUID
    said: dict[str, Any]


def start_archive(business_id: uuid.UUID, *, holder: str) -> uuid.UUID:
    """Ask for an archive of the business; the id of its export, which a job writes.

    Raises:
        Conflict: `archive_in_progress`: one is being made, for whomever. SwitchedOff: exports are switched off.
    """
    export_id = new_id()
    with db.phase("archive_business.start", business_id):
        check_exports()
        locks.hold(f"archive|{business_id}")  # two at once would not see each other
        waiting = exports.c.listing == LISTING, exports.c.finished_at.is_(None), exports.c.problem == ""
        if db.first(select(exports.c.id).where(exports.c.business_id == business_id, *waiting).limit(1)) is not None:
            raise Conflict("archive_in_progress", "An archive of this business is being made already.")
        db.add(
            Export,
            id=export_id,
            holder=holder,
            listing=LISTING,
            format=FORMAT,
            filters={},
            columns=[],
            time_zone="UTC",
            sees_buyers=True,
        )
    return export_id


def archive_some(business_id: uuid.UUID, run: Export) -> bool:
    """Write the next rows of the archive, or put its file together; whether there is more to do."""
    page = _next_page(business_id, run)
    if page is None:
        _finish(business_id, run)
        return False
    key = store.new_key("exports", business_id)
    store.put(key, iter(page.lines))
    with db.phase("archive_business.part", business_id):
        now = db.lock(Export, run.id)
        if now.parts != run.parts or now.step != run.step or now.problem:
            return False  # somebody else carried on; what was put is swept away
        db.add(ExportPart, export_id=run.id, number=run.parts, name=page.name, key=key)
        change = db.change(
            Export,
            run.id,
            step=page.step,
            after_id=page.after_id,
            parts=run.parts + 1,
            rows=run.rows + len(page.lines),
            attempt_count=0,
        )
        db.write(change, expect=1)
    return True


def _next_page(business_id: uuid.UUID, run: Export) -> _Page | None:
    """The next rows, of the table that the archive is at or of the first one behind it that has any."""
    steps, after = (*OWN, *tables()), run.after_id
    with db.reading(business_id):
        for step in range(run.step, len(steps)):
            rows = db.rows(
                db.select_as(_Row, text(_query(steps[step]))),
                business=business_id,
                after=after or uuid.UUID(int=0),
                most=BATCH,
            )
            if rows:
                lines = [_line(row.said) for row in rows]
                is_whole = len(rows) < BATCH
                return _Page(step + is_whole, steps[step], lines, None if is_whole else rows[-1].id)
            after = None
    return None


def _query(table: str) -> str:
    """The next rows of a table. (No word of it comes from outside.)"""
    if table in OWN:
        return _USERS if table == "users" else _BUSINESS
    hidden = ", ".join(f"'{name}'" for name in SECRET.get(table, ()))
    return (
        f"SELECT t.id, to_jsonb(t) - CAST(ARRAY[{hidden}] AS text[]) AS said FROM {table} t"  # noqa: S608
        " WHERE t.business_id = :business AND t.id > :after ORDER BY t.id LIMIT :most"
    )


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(_without_secrets(said), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return HIDDEN if crypto.key_of(value) is not None else value
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


def _finish(business_id: uuid.UUID, run: Export) -> None:
    with db.reading(business_id):
        business = some(db.first(select(db.table(Business)).where(Business.id == business_id)))
        conditions = pieces.c.business_id == business_id, pieces.c.export_id == run.id
        parts = db.rows(select(pieces).where(*conditions).order_by(pieces.c.number))
    manifest = {
        "business": show("biz", business_id),
        "name": business.name,
        "mode": business.mode,
        "requested_at": run.created_at.isoformat(),
        "rows": run.rows,
    }
    key = store.new_key("exports", business_id)
    with tempfile.TemporaryFile() as file:
        _write_zip(file, manifest, [(part.name, part.key) for part in parts])
        file.seek(0)
        kept = store.put(key, iter(lambda: file.read(store.CHUNK_BYTES), b""))
    with db.phase("archive_business.finish", business_id):
        now = db.lock(Export, run.id)
        if now.finished_at is not None or now.problem or now.parts != run.parts:
            return
        db.write(db.change(Export, run.id, key=kept.key, bytes=kept.bytes, finished_at=clock.now()), expect=1)
        db.run(delete(pieces).where(*conditions))
    with suppress(AppError):  # what is left there is swept away
        store.delete(*(part.key for part in parts))


def _write_zip(file: BinaryIO, manifest: dict[str, Any], parts: list[tuple[str, str]]) -> None:
    """The archive: a file per table, in the order in which they were read, and what is in it."""
    counted: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("README.txt", README)
        for name in dict.fromkeys(name for name, _ in parts):
            with archive.open(f"{name}.jsonl", "w", force_zip64=True) as entry:
                for chunk in _pieces(name, parts):
                    entry.write(chunk)
                    counted[name] = counted.get(name, 0) + chunk.count(b"\n")
        archive.writestr("manifest.json", json.dumps(manifest | {"tables": counted}, indent=2, ensure_ascii=False))


def _pieces(name: str, parts: list[tuple[str, str]]) -> Iterator[bytes]:
    for of, key in parts:
        if of == name:
            yield from store.read(key)
