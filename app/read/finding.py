"""Finding rows by free text so that indexes serve it: behind row-level security they serve comparisons but no LIKE."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, union_all

MAX_MATCHES = 1000  # rows that one text may find in one way


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column begins with the text. It needs an index of the business and the column, asked for the
    span."""
    return and_(column >= text, column < text + chr(0x10FFFF), column.startswith(text, autoescape=True))


def begins_in_any_case(column: Any, text: str) -> ColumnElement[bool]:
    """The same for a text as it was typed, in small letters, in capitals, or with words that begin with one."""
    written = sorted({text, text.lower(), text.upper(), text.capitalize(), text.title()})
    return or_(*(begins(column, each) for each in written))


def found_by(table: Any, business_id: uuid.UUID, ways: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether one of these ways leads to a row, each by an index of its own: what an OR over them could not use.
    MAX_MATCHES rows of each."""
    found = (select(table.c.id).where(table.c.business_id == business_id, way).limit(MAX_MATCHES) for way in ways)
    column: ColumnElement[uuid.UUID] = table.c.id
    return column.in_(union_all(*(select(each.subquery()) for each in found)))
