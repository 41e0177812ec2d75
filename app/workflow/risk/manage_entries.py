"""Lists of buyers, mailboxes, phone numbers, addresses and devices: adding, changing, removing and importing."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, cast

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.risk.models import RiskEntry
from app.domain.risk.types import EntryKind, EntrySource, ListName
from app.domain.risk.values import key_of, normal

MAX_REASON = 200
MAX_ENTRIES = 200_000  # of one business
MAX_ROWS, MAX_FILE_BYTES, CHUNK = 100_000, 20_000_000, 1_000
MAX_DAYS = 3_650
COLUMNS = ("list", "kind", "value", "reason", "expires_at")
entries = db.table(RiskEntry)


@dataclass(frozen=True, kw_only=True)
class EntryCommand:
    """What an entry says: whom, on which list, why, and until when (None: until it is removed)."""

    list_name: ListName
    kind: EntryKind
    value: str
    reason: str
    expires_at: datetime | None = None


class _Columns(TypedDict):
    list_name: str
    kind: str
    value: str
    key: str
    reason: str
    source: str
    added_by: str
    expires_at: datetime | None


@dataclass(frozen=True)
class ImportResult:
    """How many rows of a file were new, and how many replaced the reason and expiry of an entry."""

    added: int
    replaced: int


def add(
    business_id: uuid.UUID,
    command: EntryCommand,
    *,
    source: EntrySource,
    actor: str,
    entry_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Put somebody on a list; the entry's id. The same `entry_id` again changes nothing.

    Raises:
        Invalid: no value of its kind, no reason, or an expiry that is over. Conflict: the value is on the list
            already, or the business has MAX_ENTRIES.
    """
    value = _checked(command)
    entry_id = entry_id or new_id()
    with db.phase("manage_entries.add", business_id):
        if db.scalar(select(entries.c.id).where(entries.c.business_id == db.here(), entries.c.id == entry_id)):
            return entry_id
        _check_room(1)
        added = db.new_row(RiskEntry, id=entry_id, **_columns(command, value, source, actor))
        taken = Conflict("risk_entry_exists", "This is on the list already. Change that entry instead.")
        db.write(added.on_conflict_do_nothing(), expect=1, otherwise=taken)
    return entry_id


def put(command: EntryCommand, *, source: EntrySource, actor: str) -> None:
    """In the open phase: the same, unless the value is on the list already.

    Raises:
        Invalid, Conflict: as `add`.
    """
    value = _checked(command)
    _check_room(1)
    added = db.new_row(RiskEntry, id=new_id(), **_columns(command, value, source, actor))
    db.run(added.on_conflict_do_nothing())


def change(business_id: uuid.UUID, entry_id: uuid.UUID, *, reason: str, expires_at: datetime | None) -> None:
    """Change why an entry is there, and until when.

    Raises:
        NotFound: no such entry. Invalid: no reason, or an expiry that is over.
    """
    _check_reason(reason)
    with db.phase("manage_entries.change", business_id):
        entry = db.lock(RiskEntry, entry_id)
        if expires_at != entry.expires_at:
            _check_expiry(expires_at)
        db.write(db.change(RiskEntry, entry_id, reason=reason.strip(), expires_at=expires_at), expect=1)


def remove(business_id: uuid.UUID, entry_id: uuid.UUID) -> None:
    """Take an entry off its list. Decisions that it led to stay.

    Raises:
        NotFound: no such entry.
    """
    with db.phase("manage_entries.remove", business_id):
        db.lock(RiskEntry, entry_id)
        db.run(delete(RiskEntry).where(entries.c.business_id == business_id, entries.c.id == entry_id))


def import_file(business_id: uuid.UUID, content: bytes, *, actor: str) -> ImportResult:
    """Put what a CSV file names on its lists: all rows or, when one is wrong, none. A value that is on its list takes
    the row's reason and expiry.

    Raises:
        Invalid: no such file; `details.line` is the line that is wrong. Conflict: the business would have more than
            MAX_ENTRIES.
    """
    if len(content) > MAX_FILE_BYTES:
        raise _bad_file(f"Use a file of at most {MAX_FILE_BYTES // 1_000_000} MB.", 1)
    rows = list({(each["key"], each["list_name"]): each for each in _rows(content, actor)}.values())
    with db.phase("manage_entries.import", business_id):
        _check_room(0)
        before = _count()
        for start in range(0, len(rows), CHUNK):
            given = insert(RiskEntry).values([_row_of(business_id, each) for each in rows[start : start + CHUNK]])
            replaced = {name: given.excluded[name] for name in ("reason", "expires_at")}
            db.run(given.on_conflict_do_update(index_elements=["business_id", "key", "list_name"], set_=replaced))
        added = _count() - before
        _check_room(0)
    return ImportResult(added, len(rows) - added)


def _row_of(business_id: uuid.UUID, columns: _Columns) -> dict[str, object]:
    return {"business_id": business_id, "id": new_id(), "created_at": clock.now(), **columns}


def _rows(content: bytes, actor: str) -> Iterator[_Columns]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        if not {"list", "kind", "value", "reason"} <= set(names):
            raise _bad_file(
                "The first row must name the columns list, kind, value, reason and, if used, expires_at.", 1
            )
        reader.fieldnames = names
        for number, row in enumerate(reader, start=2):
            if number > MAX_ROWS + 1:
                raise _bad_file(f"A file can have at most {MAX_ROWS:,} rows.", number)
            yield _row(row, number, actor)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad_file("Use a CSV file in UTF-8.", 1) from error


def _row(row: Mapping[str, str | None], number: int, actor: str) -> _Columns:
    texts = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if texts["list"] not in set(ListName) or texts["kind"] not in set(EntryKind):
        raise _bad_file(f"Lists are {', '.join(ListName)}; kinds are {', '.join(EntryKind)}.", number)
    try:
        command = EntryCommand(
            list_name=ListName(texts["list"]),
            kind=EntryKind(texts["kind"]),
            value=texts["value"].removeprefix("'"),  # spreadsheets keep a leading + so
            reason=texts["reason"],
            expires_at=_moment(texts["expires_at"], number),
        )
        return _columns(command, _checked(command), EntrySource.FILE, actor)
    except Invalid as error:
        raise _bad_file(error.message, number) from error


def _moment(text: str, number: int) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise _bad_file("Write moments as 2027-01-31T00:00:00Z.", number) from None
    if found.tzinfo is None:
        raise _bad_file("Write moments with their time zone, as 2027-01-31T00:00:00Z.", number)
    return found


def _columns(command: EntryCommand, value: str, source: EntrySource, actor: str) -> _Columns:
    return {
        "list_name": str(command.list_name),
        "kind": str(command.kind),
        "value": value,
        "key": key_of(command.kind, value),
        "reason": command.reason.strip(),
        "source": str(source),
        "added_by": actor,
        "expires_at": command.expires_at,
    }


def _checked(command: EntryCommand) -> str:
    _check_reason(command.reason)
    _check_expiry(command.expires_at)
    return normal(command.kind, command.value)


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= MAX_REASON or not reason.strip().isprintable():
        text = f"Say why in 1 to {MAX_REASON} characters."
        raise Invalid("invalid_risk_entry", text, details={"param": "reason"})


def _check_expiry(expires_at: datetime | None) -> None:
    now = clock.now()
    if expires_at is not None and not now < expires_at <= now + timedelta(days=MAX_DAYS):
        text = "Choose a time to come, at most ten years away."
        raise Invalid("invalid_risk_entry", text, details={"param": "expires_at"})


def _check_room(more: int) -> None:
    if _count() + more > MAX_ENTRIES:
        raise Conflict(
            "too_many_risk_entries", f"A business can have at most {MAX_ENTRIES:,} entries. Remove some first."
        )


def _count() -> int:
    return cast(int, db.scalar(select(func.count()).where(entries.c.business_id == db.here())))


def _bad_file(message: str, line: int) -> Invalid:
    return Invalid("invalid_risk_file", f"Line {line}: {message}", details={"param": "file", "line": line})
