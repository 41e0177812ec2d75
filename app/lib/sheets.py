"""Tables as CSV and XLSX, read and written row by row. A cell is a number or text, never a formula: text that a
spreadsheet would take for one is written with an apostrophe before it, which is taken off again when it is read.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import IO, BinaryIO

from app.lib import spreadsheet, workbooks
from app.lib.csv_text import harmless
from app.lib.file_errors import BadFile
from app.lib.workbooks import MAX_COLUMNS, MAX_ROWS

MAX_BYTES = 20_000_000
MAX_CELL = 10_000
MAX_LINE = 1_000_000
MAX_LINES = 1_048_576
ROWS_A_PIECE = 200
_ZIP = b"PK\x03\x04"
_DELIMITERS = (",", ";", "\t")


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith("'") else harmless(text)


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text


def prepare(file: BinaryIO) -> None:
    """Load what reading this file takes (see isolated)."""
    if file.read(4) == _ZIP:
        workbooks.load()


def read(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV (UTF-8) or XLSX file (its first sheet) with their line numbers from 1, the head included; empty
    rows are left out.

    A file from outside is read in a process of its own (see isolated).

    Raises:
        BadFile: while reading, too.
    """
    begin = file.read(4)
    file.seek(0)
    rows, found = workbooks.rows(file) if begin == _ZIP else _csv(file), 0
    for number, row in rows:
        if len(row) > MAX_COLUMNS:
            raise BadFile(f"Line {number} has more than {MAX_COLUMNS} columns.")
        cells = [unguarded(cell.strip()).replace("\r\n", "\n") for cell in row]
        if any(len(cell) > MAX_CELL for cell in cells):
            raise BadFile(f"Line {number} has a cell of more than {MAX_CELL:,} characters.")
        if any(cells):
            found += 1
            if found > MAX_ROWS + 1:
                raise BadFile(f"The file has more than {MAX_ROWS:,} rows; send it in parts.")
            yield number, cells


def _csv(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        lines = _lines(text)
        head = next(lines, "")
        delimiter = max(_DELIMITERS, key=head.count)
        rows = csv.reader(chain([head], lines), delimiter=delimiter, strict=True)
        while True:
            row = next(rows, None)
            if row is None:
                return
            yield rows.line_num, row
    except UnicodeDecodeError as error:
        raise BadFile("The text is not UTF-8; save the file as CSV UTF-8, or as XLSX.") from error
    except csv.Error as error:
        raise BadFile(f"The CSV file cannot be read: {error}.") from error


def _lines(text: IO[str]) -> Iterator[str]:
    """One line after the other, none of them longer than a row can be."""
    for number in range(1, MAX_LINES + 2):
        line = text.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise BadFile(f"Line {number} has more than {MAX_LINE:,} characters.")
        if "\0" in line:
            raise BadFile(f"Line {number} contains a NUL character.")
        yield line
    raise BadFile(f"The file has more than {MAX_LINES:,} lines; send it in parts.")


def as_csv(rows: Iterable[Sequence[str | int | Decimal]], *, marked: bool = True) -> Iterator[bytes]:
    """The rows as CSV, piece by piece; with a mark at its beginning by which spreadsheets know UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield codecs.BOM_UTF8 if marked else b""
    for row in rows:
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() > 64_000:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


def as_xlsx(rows: Iterable[Sequence[str | int | Decimal]]) -> Iterator[bytes]:
    """The rows as the only sheet of a workbook, piece by piece; each cell is a number or text. A piece may be empty:
    then so many rows were written, and packed to next to nothing."""
    written = spreadsheet.Pieces()
    with spreadsheet.sheet(written) as write:
        for number, row in enumerate(rows, 1):
            write(number, [guarded(cell) if isinstance(cell, str) else cell for cell in row])
            if number % ROWS_A_PIECE == 0:
                yield written.taken()
    yield written.taken()


def write_xlsx(rows: Iterable[Sequence[str | int | Decimal]], file: IO[bytes]) -> None:
    """The same into a file."""
    file.writelines(as_xlsx(rows))
