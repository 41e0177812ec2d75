"""Lists as files. What is asked for is written down first; the first rows are written at once, and a list that goes on
is finished in the background.

Each step writes some rows as a file of their own and then, in a phase, how far it came: whoever carries on after a
kill writes no row twice and leaves none out. At the end the pieces are put together.
"""

from __future__ import annotations

import csv
import io
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, select

from app.core import clock, context, db, lists
from app.core.errors import AppError, Conflict, Invalid
from app.core.files import store
from app.core.ids import new_id
from app.core.lists import Cell, Column, Listing, ListRequest
from app.core.log import get_logger
from app.core.paging import Key
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.switches import on_in
from app.domain.accounts.privacy.archive import LISTING
from app.domain.insights.lists.models import Export, ExportPart
from app.domain.insights.lists.rules import MAX_OPEN_EXPORTS
from app.lib import sheets
from app.lib.some import some
from app.workflow.insights.archive_business import archive_some
from app.workflow.steps.accounts.check_exports import check_exports

FORMATS = ("csv", "xlsx")
AT_ONCE = 5_000  # rows of the first step, which whoever asks waits for
BATCH = 10_000
MAX_ROWS = {"csv": 3_000_000, "xlsx": 200_000}
SLICE_S = 2.0
MAX_ATTEMPTS = 5
FORGOTTEN_AT_ONCE = 500
exports, pieces = db.table(Export), db.table(ExportPart)


@dataclass(frozen=True, kw_only=True)
class ExportCommand:
    """What an export should contain; without columns, the list's default ones."""

    filters: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()
    format: str = "csv"
    time_zone: str = "UTC"
    oldest_first: bool = False
    by_amount: bool = False
    sees_buyers: bool = True


def start_export(business_id: uuid.UUID, listing: Listing, command: ExportCommand, *, holder: str) -> uuid.UUID:
    """Record the export and write its first rows; the export's id. A job writes the rest.

    Raises:
        Invalid: no such format or time zone, or amounts that cannot be compared. Conflict:
            MAX_OPEN_EXPORTS are being made for this holder. SwitchedOff: exports are switched off for a while.
    """
    if command.format not in FORMATS:
        raise Invalid("invalid_list", "A file is csv or xlsx.", details={"param": "format"})
    try:
        ZoneInfo(command.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("invalid_list", "There is no such time zone.", details={"param": "time_zone"}) from None
    filters = listing.fitting(command.filters)
    if command.by_amount and not listing.may_come_by_amount(filters):
        message = "To sort by amount, filter the list by one currency."
        raise Invalid("invalid_list", message, details={"param": "order"})
    export_id = new_id()
    columns = [each.key for each in listing.chosen(command.columns)]
    with db.phase("make_export.start", business_id):
        check_exports()
        conditions = exports.c.business_id == business_id, exports.c.holder == holder
        waiting = select(exports.c.id).where(*conditions, exports.c.finished_at.is_(None), exports.c.problem == "")
        if len(db.rows(waiting.limit(MAX_OPEN_EXPORTS))) >= MAX_OPEN_EXPORTS:
            raise Conflict(
                "too_many_exports", f"You already have {MAX_OPEN_EXPORTS} exports in progress. Wait until one is done."
            )
        db.add(
            Export,
            id=export_id,
            holder=holder,
            listing=listing.name,
            format=command.format,
            time_zone=command.time_zone,
            sees_buyers=command.sees_buyers,
            filters=filters,
            columns=columns,
            oldest_first=command.oldest_first,
            by_amount=command.by_amount,
        )
    with suppress(AppError):  # what cannot be done now is done in the background
        work(business_id, export_id, rows=AT_ONCE)
    return export_id


def work_due(slice_s: float = SLICE_S) -> int:
    """Go on, for a while, with exports that are not done; how many steps were done."""
    unfinished = exports.c.finished_at.is_(None), exports.c.problem == ""
    with db.system_reading():
        waiting = select(exports.c.business_id, exports.c.id, exports.c.request_id).where(*unfinished)
        waiting = waiting.where(~on_in(SwitchKind.EXPORTS_OFF, exports.c.business_id))
        due = db.rows(waiting.order_by(exports.c.created_at).limit(20))
    ends_s, done = time.monotonic() + slice_s, 0
    for row in due:
        about = {"business_id": str(row.business_id), "export_id": str(row.id)}
        with context.item(row.request_id, **about), suppress(AppError):
            while time.monotonic() < ends_s and work(row.business_id, row.id):
                done += 1
    return done


def work(business_id: uuid.UUID, export_id: uuid.UUID, *, rows: int | None = None) -> bool:
    """Write the next rows of an export, or put its file together; whether there is more to do.

    Raises:
        NotFound: no such export. Unavailable: not now; nothing was done.
    """
    with db.reading(business_id):
        run = db.get(Export, export_id)
    listing = lists.find(run.listing)
    if run.finished_at is not None or run.problem or (listing is None and run.listing != LISTING):
        return False
    try:
        if listing is None:
            return archive_some(business_id, run)
        return _step(business_id, run, listing, rows or BATCH)
    except AppError:
        raise
    except Exception as error:
        get_logger().exception("export_failed", export_id=str(export_id), error=repr(error))
        with db.phase("make_export.count_try", business_id):
            attempt_count = db.lock(Export, export_id).attempt_count + 1
            problem = (
                "Something went wrong on our side. The error has been logged." if attempt_count >= MAX_ATTEMPTS else ""
            )
            db.write(db.change(Export, export_id, attempt_count=attempt_count, problem=problem), expect=1)
    return False


def _step(business_id: uuid.UUID, run: Export, listing: Listing, rows: int) -> bool:
    list_request = ListRequest(
        business_id,
        filters=run.filters,
        time_zone=run.time_zone,
        oldest_first=run.oldest_first,
        by_amount=run.by_amount,
        sees_buyers=run.sees_buyers,
        before=run.created_at,
        columns=tuple(run.columns),
    )
    first = run.after_minor if run.by_amount else run.after_at
    after = (first, some(run.after_id)) if first is not None else None
    found = listing.read(list_request, after, rows + 1)
    is_last, kept = len(found) <= rows, found[:rows]
    columns = lists.with_currency(listing.chosen(run.columns), listing)
    lines = [lists.cells(columns, row, time_zone=run.time_zone, sees_buyers=run.sees_buyers) for row in kept]
    if is_last:
        _finish(business_id, run, columns, lines)
    elif run.rows + len(lines) >= MAX_ROWS[run.format]:
        _abandon(business_id, run)
    else:
        _keep(business_id, run, lines, listing.key_of(kept[-1], by_amount=run.by_amount))
    return not is_last


def _keep(business_id: uuid.UUID, run: Export, lines: Sequence[Sequence[Cell]], last: Key) -> None:
    key = store.new_key("exports", business_id)
    store.put(key, sheets.as_csv(lines, marked=False))
    with db.phase("make_export.part", business_id):
        now = db.lock(Export, run.id)
        if now.parts != run.parts or now.problem:
            return  # somebody else carried on; what was put is swept away
        db.add(ExportPart, export_id=run.id, number=run.parts, key=key)
        first, after_id = last
        change = db.change(
            Export,
            run.id,
            attempt_count=0,
            rows=run.rows + len(lines),
            parts=run.parts + 1,
            after_minor=first if isinstance(first, int) else None,
            after_at=None if isinstance(first, int) else first,
            after_id=after_id,
        )
        db.write(change, expect=1)


def _finish(business_id: uuid.UUID, run: Export, columns: Sequence[Column], lines: Sequence[Sequence[Cell]]) -> None:
    with db.reading(business_id):
        conditions = pieces.c.business_id == business_id, pieces.c.export_id == run.id
        keys = [row.key for row in db.rows(select(pieces.c.key).where(*conditions).order_by(pieces.c.number))]
    head = lists.heads(columns, run.time_zone)
    key = store.new_key("exports", business_id)
    if run.format == "csv":
        kept = store.put(key, _csv(head, keys, lines))
    else:
        with tempfile.TemporaryFile() as file:
            numbers = {place for place, each in enumerate(columns) if each.kind in ("money", "number")}
            sheets.write_xlsx(_whole(head, keys, lines, numbers), file)
            file.seek(0)
            kept = store.put(key, iter(lambda: file.read(store.CHUNK_BYTES), b""))
    with db.phase("make_export.finish", business_id):
        now = db.lock(Export, run.id)
        if now.finished_at is not None or now.problem or now.parts != run.parts:
            return
        change = db.change(
            Export, run.id, rows=run.rows + len(lines), key=kept.key, bytes=kept.bytes, finished_at=clock.now()
        )
        db.write(change, expect=1)
        db.run(delete(pieces).where(*conditions))
    with suppress(AppError):
        store.delete(*keys)


def _csv(head: list[str], keys: Sequence[str], lines: Sequence[Sequence[Cell]]) -> Iterator[bytes]:
    yield from sheets.as_csv([head])
    for key in keys:
        yield from store.read(key)
    yield from sheets.as_csv(lines, marked=False)


def _whole(
    head: list[str], keys: Sequence[str], lines: Sequence[Sequence[Cell]], numbers: set[int]
) -> Iterator[Sequence[Cell]]:
    yield head
    for key in keys:
        with store.open_file(key) as file:
            for row in csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline="")):
                yield [
                    Decimal(cell) if place in numbers and cell else sheets.unguarded(cell)
                    for place, cell in enumerate(row)
                ]
    yield from lines


def _abandon(business_id: uuid.UUID, run: Export) -> None:
    most = MAX_ROWS[run.format]
    other = " CSV allows more rows." if run.format == "xlsx" else ""
    with db.phase("make_export.abandon", business_id):
        if db.lock(Export, run.id).finished_at is None:
            problem = f"The list has more than {most:,} rows. Narrow it, for example by date.{other}"
            db.write(db.change(Export, run.id, problem=problem), expect=1)


def forget_old(business_id: uuid.UUID, before: datetime) -> int:
    """Remove exports from before this moment, and their files; how many."""
    forgotten = 0
    while found := _forget_some(business_id, before):
        forgotten += found
    return forgotten


def _forget_some(business_id: uuid.UUID, before: datetime) -> int:
    conditions = exports.c.business_id == business_id
    with db.system_phase("make_export.forget"):
        old = select(exports.c.id, exports.c.key).where(conditions, exports.c.created_at < before)
        found = db.rows(old.order_by(exports.c.created_at).limit(FORGOTTEN_AT_ONCE))
        ids = [row.id for row in found]
        other_conditions = pieces.c.business_id == business_id, pieces.c.export_id.in_(ids)
        parts = db.rows(select(pieces.c.key).where(*other_conditions))
        db.run(delete(pieces).where(*other_conditions))
        db.run(delete(exports).where(conditions, exports.c.id.in_(ids)))
    with suppress(AppError):  # what is left there is swept away
        store.delete(*(row.key for row in (*found, *parts) if row.key))
    return len(found)
