"""Files of products, buyers and members: taken in, looked through in the background, shown, and applied when somebody
says so. What differs between them is in import_kinds.py.

Each step is a phase of a few hundred rows that also writes how far it came: whoever carries on after a crash does
nothing twice. What a row would do is judged again when it is applied, so a file can be applied twice without harm.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import IO, Any, TypedDict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import clock, context, db, states
from app.core.db import bulk
from app.core.errors import AppError, Invalid, NotFound
from app.core.files import images, isolated, store
from app.core.ids import new_id
from app.core.log import get_logger
from app.domain.accounts.business.standing import UNCHANGING_NOW
from app.domain.catalog import sheet
from app.domain.catalog.models import ProductImport, ProductImportImage, ProductImportRow
from app.domain.catalog.sheet_images import names_in
from app.domain.catalog.states import IMPORT, ImportStatus
from app.lib import packed_sheets, sheets
from app.lib.file_errors import BadFile
from app.workflow.catalog import apply_import
from app.workflow.catalog.apply_batch import apply_batch, key_after, let_go
from app.workflow.catalog.import_kinds import KINDS, ImportKind
from app.workflow.steps.accounts.check_currency import accepted_currencies

BATCH = 500
IMAGES_A_STEP = 4  # each takes a few tenths of a second
SLICE_S = 1.5  # so long one job works; others wait for the worker meanwhile
MAX_ATTEMPTS = 5
LONGEST_READY = timedelta(days=30)  # a file of people waits so long for somebody to apply it
AT_ONCE = 8  # files, of as many businesses, that are open at a time
_imports, _rows = db.table(ProductImport), db.table(ProductImportRow)


def start_import(
    business_id: uuid.UUID, file: IO[bytes], *, actor: str, kind: str = "products", with_mail: bool = False
) -> uuid.UUID:
    """Store a CSV or XLSX file, of products also a zip file of a CSV and images, to be checked in the background; the
    import's id. `with_mail`: members are written to.

    Raises:
        Invalid: the file is empty or too large. Unavailable: the file cannot be kept.
    """
    file.seek(0, 2)
    length = file.tell()
    file.seek(0)
    is_packed = kind == "products" and file.read(len(packed_sheets.ZIP)) == packed_sheets.ZIP
    most = packed_sheets.MAX_BYTES if is_packed else sheets.MAX_BYTES
    if not 0 < length <= most:
        message = f"The file must not be empty and can be at most {most // 1_000_000} MB."
        raise Invalid("invalid_file", message, details={"param": "file"})
    file.seek(0)
    kept = store.put(store.new_key("imports", business_id), iter(lambda: file.read(store.CHUNK_BYTES), b""))
    import_id = new_id()
    with db.phase("import_products.start", business_id):
        db.add(ProductImport, id=import_id, kind=kind, with_mail=with_mail, actor=actor, key=kept.key)
        states.born(IMPORT, import_id, reason="sent", actor=actor)
    return import_id


def apply(business_id: uuid.UUID, import_id: uuid.UUID, *, actor: str, kind: str = "products") -> None:
    """Apply a checked import in the background; refused rows are left out.

    Raises:
        NotFound: no such import of this kind. IllegalTransition: it is not ready, or over.
    """
    with db.phase("import_products.begin", business_id):
        run = _locked(import_id, kind)
        states.advance(IMPORT, run, ImportStatus.APPLYING, reason="applied", actor=actor, applied_by=actor)


def discard(business_id: uuid.UUID, import_id: uuid.UUID, *, actor: str, kind: str = "products") -> None:
    """Discard an import; nothing is changed.

    Raises:
        NotFound: no such import of this kind. IllegalTransition: it is being applied, or over.
    """
    with db.phase("import_products.discard", business_id):
        run = _locked(import_id, kind)
        states.advance(IMPORT, run, ImportStatus.DISCARDED, reason="discarded", actor=actor, key=key_after(run))
        let_go(run)


def discard_forgotten() -> int:
    """Discard files of people that were ready and that nobody applied for so long; how many. Safe to run with others
    at once."""
    since, of_people = clock.now() - LONGEST_READY, [name for name, kind in KINDS.items() if kind.is_personal]
    forgotten = select(_imports.c.business_id, _imports.c.id, _imports.c.kind).where(
        _imports.c.status == ImportStatus.READY, _imports.c.kind.in_(of_people), _imports.c.created_at < since
    )
    with db.system_reading():
        found = db.rows(forgotten.order_by(_imports.c.created_at).limit(BATCH))
    for row in found:
        with suppress(AppError):  # somebody applied it meanwhile
            discard(row.business_id, row.id, actor="system", kind=row.kind)
    return len(found)


def work_due(slice_s: float = SLICE_S) -> int:
    """Go on, for a while, with files that are being checked or applied; how many steps were done. Businesses take
    turns, each with its oldest file."""
    open_ = select(_imports.c.business_id, _imports.c.id, _imports.c.created_at, _imports.c.request_id).where(
        _imports.c.status.in_((ImportStatus.CHECKING, ImportStatus.APPLYING)),
        _imports.c.business_id.not_in(UNCHANGING_NOW),
    )
    oldest = open_.ext(distinct_on(_imports.c.business_id)).order_by(
        _imports.c.business_id, _imports.c.created_at, _imports.c.id
    )
    turns = oldest.subquery()
    with db.system_reading():
        due = db.rows(select(turns).order_by(turns.c.created_at, turns.c.id).limit(AT_ONCE))
    ends_s, done, waiting = time.monotonic() + slice_s, 0, list(due)
    while waiting and time.monotonic() < ends_s:
        row = waiting.pop(0)
        about = {"business_id": str(row.business_id), "import_id": str(row.id)}
        with context.item(row.request_id, **about), suppress(AppError):
            if work(row.business_id, row.id):
                waiting.append(row)
            done += 1
    return done


def work(business_id: uuid.UUID, import_id: uuid.UUID) -> bool:
    """Check or apply the next rows of a file; whether there may be more.

    Raises:
        NotFound: no such import. VersionConflict, Unavailable: not now; nothing was done.
    """
    with db.reading(business_id):
        run = db.get(ProductImport, import_id)
    try:
        if run.status == ImportStatus.CHECKING:
            return _check(business_id, run)
        return run.status == ImportStatus.APPLYING and apply_batch(business_id, import_id)
    except BadFile as error:
        _fail(business_id, import_id, str(error))
    except NotFound:
        _fail(business_id, import_id, "The file is no longer available. Upload it again.")
    except AppError:
        raise
    except Exception as error:
        _readers.pop(import_id, None)
        get_logger().exception("import_failed", import_id=str(import_id), error=repr(error))
        with db.phase("import_products.count_try", business_id):
            attempt_count = db.lock(ProductImport, import_id).attempt_count + 1
            db.write(db.change(ProductImport, import_id, attempt_count=attempt_count), expect=1)
        if attempt_count >= MAX_ATTEMPTS:
            _fail(business_id, import_id, "Something went wrong on our side. The error has been logged.")
    return False


class _Drawing(TypedDict):
    """What is known of an image of a file once it was looked at."""

    sha256: str
    key: str | None
    width: int
    height: int
    widths: list[int]
    problem: str


class _Reader:
    """A file being read: where it is, and what its rows were about so far."""

    def __init__(self, key: str, kind: ImportKind) -> None:
        # Of a store elsewhere, too, there is a copy here: the process that reads it knows no store.
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this reader lives
        for piece in store.read(key):
            self.file.write(piece)
        self.file.flush()
        self._rows = isolated.read("app.lib.packed_sheets:read", self.file)
        self.folder: str | None = next(self._rows)  # of a zip file: where its CSV and images are
        begins: tuple[int, list[str]] = next(self._rows, (0, []))
        self.line, self.seen = 0, dict[str, int]()
        self.kind, self.first, self.columns = kind, begins[0], _columns(begins[1], kind)

    def batch(self, *, behind: int) -> Iterator[tuple[int, dict[str, str], int | None]]:
        """Line, values and the line that was about the same before, of the next rows behind this line."""
        for number, cells in self._rows:
            values = dict(zip(self.columns, [*cells, *[""] * (len(self.columns) - len(cells))], strict=False))
            subject = self.kind.subject_of(values)
            before = self.seen.setdefault(subject, number) if subject else number
            self.line = number
            if number > behind:
                yield number, values, before if before != number else None


_readers: dict[uuid.UUID, _Reader] = {}  # of this process, between slices; without one the file is read again


def _check(business_id: uuid.UUID, run: ProductImport) -> bool:
    reader = _readers.pop(run.id, None)
    if reader is None or reader.line > max(run.checked_line, reader.first):
        reader = _Reader(run.key, KINDS[run.kind])
    found = _next_rows(reader, run.checked_line)
    drawn = _draw(business_id, run, reader, [values for _, values, _ in found])
    with db.phase("import_products.check", business_id):
        now = db.lock(ProductImport, run.id)
        if now.status != ImportStatus.CHECKING or now.checked_line != run.checked_line:
            return False  # somebody else carried on
        if not found:
            counts = now.to_create + now.to_change + now.unchanged + now.refused
            if not counts:
                raise BadFile("There are no rows below the header.")
            states.advance(IMPORT, now, ImportStatus.READY, reason="looked through", actor="system", key=key_after(now))
            return False
        bulk.insert(ProductImportImage, drawn)
        _judge(now, found)
    if len(_readers) >= AT_ONCE:
        _readers.pop(next(iter(_readers)))
    _readers[run.id] = reader
    return True


def _next_rows(reader: _Reader, behind: int) -> list[tuple[int, dict[str, str], int | None]]:
    """As many as one step takes: rows with images are few, since each image is drawn."""
    found, images_named = [], 0
    for each in islice(reader.batch(behind=behind), BATCH):
        found.append(each)
        images_named += len(names_in(each[1].get("images", "")))
        if images_named >= IMAGES_A_STEP:
            break
    return found


def _draw(
    business_id: uuid.UUID, run: ProductImport, reader: _Reader, rows: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """Rows for the images that these rows are the first to name; their files are stored. Outside any phase."""
    if run.kind != "products" or not any(values.get("images") for values in rows):
        return []
    with db.reading(business_id):
        wanted = apply_import.load(run, rows, lock=False).undrawn(rows)
    return [
        bulk.row(
            ProductImportImage,
            id=new_id(),
            import_id=run.id,
            product_id=product_id,
            name=name,
            **_drawing(business_id, reader, name),
        )
        for product_id, name in wanted
    ]


def _drawing(business_id: uuid.UUID, reader: _Reader, name: str) -> _Drawing:
    """An image of the file, or why there is none."""
    nothing: _Drawing = {"sha256": "", "key": None, "width": 0, "height": 0, "widths": [], "problem": ""}
    if reader.folder is None:
        return nothing | {"problem": "send a zip file with it"}
    try:
        digest, drawings = images.redraw_member(reader.file, f"{reader.folder}/{name}".lstrip("/"))
    except Invalid as error:
        return nothing | {"problem": error.message[:500]}
    key = store.new_key("images", business_id)
    for each in drawings:
        store.put(store.part_of(key, str(each.width)), each.content)
    widest = drawings[-1]
    widths = [each.width for each in drawings]
    return {
        "sha256": digest, "key": key, "width": widest.width, "height": widest.height, "widths": widths, "problem": ""
    }  # fmt: skip


def _judge(run: ProductImport, found: list[tuple[int, dict[str, str], int | None]]) -> None:
    kind = KINDS[run.kind]
    there = kind.load(run, [values for _, values, _ in found], lock=False)
    accepted = accepted_currencies() if run.kind == "products" else ()
    counts = {"create": 0, "change": 0, "unchanged": 0, "refused": 0}
    kept = []
    for line, values, before in found:
        verdict = there.judge(values)
        if before is not None:
            verdict = sheet.Verdict("refused", {kind.required[0]: f"already in line {before}"})
        elif verdict.kind == "create" and accepted and (currency := verdict.values["currency"]) not in accepted:
            verdict = sheet.Verdict("refused", {"currency": f"this business does not sell in {currency}"})
        counts[verdict.kind] += 1
        if verdict.kind != "unchanged":
            kept.append(_row(run, line, values, verdict))
    bulk.insert(ProductImportRow, kept)
    change = db.change(
        ProductImport,
        run.id,
        checked_line=found[-1][0],
        to_create=run.to_create + counts["create"],
        to_change=run.to_change + counts["change"],
        unchanged=run.unchanged + counts["unchanged"],
        refused=run.refused + counts["refused"],
        attempt_count=0,
    )
    db.write(change, expect=1)


def _row(run: ProductImport, line: int, values: dict[str, str], verdict: sheet.Verdict) -> dict[str, Any]:
    kind = KINDS[run.kind]
    return bulk.row(
        ProductImportRow,
        id=new_id(),
        import_id=run.id,
        line=line,
        subject=kind.name_of(values)[: sheet.MAX_SUBJECT],
        kind=verdict.kind,
        cells={} if kind.is_personal and verdict.kind == "refused" else values,
        errors=verdict.errors,
        changes=verdict.changes,
    )


def _columns(head: list[str], kind: ImportKind) -> list[str]:
    named = [cell.strip().lower().replace(" ", "_") for cell in head]
    unknown = [name for name in named if not kind.has(name)]
    if unknown:
        known = ", ".join([*kind.columns, *(f"{prefix}…" for prefix in kind.prefixes)])
        raise BadFile(f"Unknown column “{unknown[0][:40]}”. Valid columns: {known}.")
    if len(set(named)) < len(named):
        raise BadFile("The header contains a duplicate column.")
    if missing := [name for name in kind.required if name not in named]:
        raise BadFile(f"The required column {missing[0]} is missing.")
    return named


def _fail(business_id: uuid.UUID, import_id: uuid.UUID, problem: str) -> None:
    _readers.pop(import_id, None)
    with db.phase("import_products.fail", business_id):
        run = db.lock(ProductImport, import_id)
        if run.status in (ImportStatus.CHECKING, ImportStatus.APPLYING):
            states.advance(
                IMPORT,
                run,
                ImportStatus.FAILED,
                reason="could not be read",
                actor="system",
                problem=problem[:500],
                key=key_after(run),
            )
            let_go(run)


def _locked(import_id: uuid.UUID, kind: str) -> ProductImport:
    return db.lock(ProductImport, import_id, _imports.c.kind == kind)
