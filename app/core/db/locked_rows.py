"""Rows that the open phase has locked, as they stand with what it queued: nobody else can change them, so nobody needs
to read them again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from enum import Enum
from typing import Any

from app.core.db.transaction import Open, Write


def keep(opened: Open, table: str, row: Any) -> None:
    """This row of the table was locked, and came whole."""
    opened.locked[table, row.id] = row


def known(opened: Open, table: str, row_id: uuid.UUID) -> Any | None:
    """The row with what is queued for it; None where it was not locked, or only the database can tell."""
    row = opened.locked.get((table, row_id))
    if row is None or not all(map(_is_plain, _of(opened.queue, table))):
        return None
    return laid_over(opened, table, [row])[0]


def laid_over(opened: Open, table: str, rows: Sequence[Any]) -> Sequence[Any]:
    """Rows that have an `id` and columns of this table, with the steps that are queued for them."""
    steps = {each.step.row_id: each.step.values for each in _of(opened.queue, table) if each.step is not None}
    if not steps:
        return rows
    return [_changed(row, steps[row.id]) if row.id in steps else row for row in rows]


def note_sent(opened: Open, queue: Sequence[Write]) -> None:
    """What was queued is being sent: what is known of the rows changes with it."""
    for table, row_id in list(opened.locked):
        of_table = _of(queue, table)
        if not all(map(_is_plain, of_table)):
            del opened.locked[table, row_id]
            continue
        for each in of_table:
            if each.step is not None and each.step.row_id == row_id:
                opened.locked[table, row_id] = _changed(opened.locked[table, row_id], each.step.values)


def _is_plain(queued: Write) -> bool:
    """Whether it makes a row, or changes one to values that are known here."""
    return queued.step is not None or (queued.new is not None and queued.new.added is None)


def _of(queue: Sequence[Write], table: str) -> list[Write]:
    return [each for each in queue if each.table.name == table]


def _changed(row: Any, values: dict[str, Any]) -> Any:
    # As the database would give them: a state is text there.
    return row._replace(**{name: each.value if isinstance(each, Enum) else each for name, each in values.items()})
