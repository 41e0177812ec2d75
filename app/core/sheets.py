"""Tables as CSV and XLSX, read and written row by row. A cell is a number or text, never a formula: text that a
spreadsheet would take for one is written with an apostrophe before it, which is taken off again when it is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import IO, Any

from app.core.csv_text import harmless

MOST_BYTES = 20_000_000
MOST_UNPACKED = 150_000_000
MOST_COLUMNS = 50
MOST_CELL = 10_000
_DELIMITERS = (",", ";", "\t")


class BadSheet(ValueError):
    """The file cannot be read as a table; the message says why."""


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith("'") else harmless(text)


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text


def read(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV (UTF-8) or XLSX file (its first sheet) with their line numbers from 1, the head included; empty
    rows are left out.

    Raises:
        BadSheet: while reading, too.
    """
    begin = file.read(4)
    file.seek(0)
    rows = _xlsx(file) if begin == b"PK\x03\x04" else _csv(file)
    for number, row in rows:
        if len(row) > MOST_COLUMNS:
            raise BadSheet(f"line {number} has more than {MOST_COLUMNS} columns")
        cells = [unguarded(cell.strip()).replace("\r\n", "\n") for cell in row]
        if any(len(cell) > MOST_CELL for cell in cells):
            raise BadSheet(f"line {number} has a cell of more than {MOST_CELL:,} characters")
        if any(cells):
            yield number, cells


def _csv(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        head = text.readline()
        delimiter = max(_DELIMITERS, key=head.count)
        rows = csv.reader(chain([head], text), delimiter=delimiter, strict=True)
        while True:
            row = next(rows, None)
            if row is None:
                return
            yield rows.line_num, row
    except UnicodeDecodeError as error:
        raise BadSheet("the text is not UTF-8; save the file as CSV UTF-8, or as XLSX") from error
    except csv.Error as error:
        raise BadSheet(f"no CSV that can be read: {error}") from error


def _xlsx(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise BadSheet("the file is too large when it is unpacked")
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
            for number, row in enumerate(rows, 1):
                cells = [_cell(value) for value in row]
                while cells and not cells[-1]:
                    cells.pop()
                yield number, cells
        finally:
            book.close()
    except BadSheet:
        raise
    except Exception as error:  # the library raises whatever the file makes it stumble over
        raise BadSheet("no XLSX file that can be read") from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


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


def write_xlsx(rows: Iterable[Sequence[str | int | Decimal]], file: IO[bytes]) -> None:
    """The rows as the only sheet of a workbook; each cell is a number or text."""
    from xlsxwriter import Workbook

    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, guarded(cell))
                else:
                    sheet.write_number(number, column, cell)
