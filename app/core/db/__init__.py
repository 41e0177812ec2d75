"""The database: one kind of transaction (a phase), and the guards that keep it short.

Inside a phase `write` queues a statement; the queue goes to the database as one statement with the others at the
next read, or at the end. That is what keeps the hot paths at a few round trips.
"""

from __future__ import annotations

from app.core.db.base import Base, Columns, db
from app.core.db.by_id import get, lock
from app.core.db.phases import (
    connect_to,
    first_write,
    forget_connections,
    is_narrowed,
    narrowed_to,
    phase,
    reading,
    system_first,
    system_phase,
    system_reading,
)
from app.core.db.prepared import Prepared, prepared
from app.core.db.reads import ahead, begin, first, oldest_write_ms, rows, run, scalar
from app.core.db.roles import APP_ROLE, SYSTEM_ROLE
from app.core.db.transaction import HERE, here, in_transaction
from app.core.db.typed import AnySelect, JoinedRow, Model, TableOf, by_name, part, select_as, table
from app.core.db.writes import (
    VersionConflict,
    add,
    add_once,
    add_or_raise,
    change,
    change_known,
    count,
    flush,
    new_row,
    step,
    with_defaults,
    write,
)

__all__ = [
    "APP_ROLE",
    "AnySelect",
    "Base",
    "Columns",
    "HERE",
    "JoinedRow",
    "Model",
    "Prepared",
    "VersionConflict",
    "SYSTEM_ROLE",
    "TableOf",
    "add",
    "add_once",
    "ahead",
    "begin",
    "by_name",
    "add_or_raise",
    "change",
    "change_known",
    "connect_to",
    "count",
    "db",
    "first",
    "first_write",
    "flush",
    "forget_connections",
    "get",
    "here",
    "in_transaction",
    "is_narrowed",
    "lock",
    "new_row",
    "narrowed_to",
    "oldest_write_ms",
    "part",
    "phase",
    "prepared",
    "reading",
    "rows",
    "run",
    "scalar",
    "select_as",
    "step",
    "system_first",
    "system_phase",
    "system_reading",
    "table",
    "with_defaults",
    "write",
]
