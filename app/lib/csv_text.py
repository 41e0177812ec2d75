"""Tables as CSV (RFC 4180), safe to open in a spreadsheet: no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# What a spreadsheet takes for the beginning of a formula, or skips before one.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff0b", "\uff0d", "\uff1d", "\uff20")


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows as lines of CSV. A cell that would be a formula begins with an apostrophe, which shows it as text."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([harmless(cell) for cell in row])
        yield line.getvalue()


def harmless(cell: str) -> str:
    """The cell as a spreadsheet shows it, and never works it out."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_BEGINS_FORMULA) else cell
