"""Tables as CSV (RFC 4180), safe to open in a spreadsheet: no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# What a spreadsheet takes for the beginning of a formula, or skips before one.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff0b", "\uff0d", "\uff1d", "\uff20")
# An amount that went out: text in its place would be left out of every sum.
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows as lines of CSV. A cell that would be a formula begins with an apostrophe, which shows it as text; a
    negative number stays one."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([cell if _NUMBER.fullmatch(cell) else harmless(cell) for cell in row])
        yield line.getvalue()


def harmless(cell: str) -> str:
    """The cell as a spreadsheet shows it, and never works it out."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_BEGINS_FORMULA) else cell
