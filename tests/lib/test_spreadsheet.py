"""Workbooks as they are written: read again by a library that knows nothing of ours."""

from __future__ import annotations

import io
from decimal import Decimal

from openpyxl import load_workbook

from app.lib import spreadsheet
from app.lib.spreadsheet import Pieces

ROWS = [
    ("name", "pieces", "price"),
    ("Ada & <Lovelace>", 3, Decimal("12.50")),
    ("  two\nlines, 價格, عربي 🙂 ", -(10**12), Decimal("0.00000001")),
    ("=1+1", 0, Decimal("-1E+3")),
]


def test_what_is_written_is_read_again() -> None:
    assert _read(_written(ROWS)) == [tuple(row) for row in ROWS]


def test_what_looks_like_a_formula_stays_text() -> None:
    [cell] = next(load_workbook(io.BytesIO(_written([("=1+1",)]))).active.iter_rows())

    assert (cell.data_type, cell.value) == ("s", "=1+1")


def test_what_xml_cannot_hold_breaks_no_file() -> None:
    [[cell]] = _read(_written([("a\x00b\x1b\ufffec_x0041_",)]))

    assert cell.startswith("a")
    assert "\x00" not in cell


def test_rows_leave_before_the_file_is_whole() -> None:
    file, left = Pieces(), 0
    with spreadsheet.sheet(file) as write:
        for number in range(1, 20_001):
            write(number, (f"{number * 7919 % 65_537:x}", number))
            left = max(left, len(file.taken()))
        rest = len(file.taken())

    assert 0 < left < 100_000
    assert rest < 100_000


def _written(rows) -> bytes:
    file = Pieces()
    with spreadsheet.sheet(file) as write:
        for number, row in enumerate(rows, start=1):
            write(number, row)
    return file.taken()


def _read(content: bytes) -> list[tuple]:
    rows = load_workbook(io.BytesIO(content), read_only=True).active.iter_rows(values_only=True)
    return [tuple(Decimal(str(each)) if isinstance(each, float) else each for each in row) for row in rows]
