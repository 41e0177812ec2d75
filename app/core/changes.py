"""Whether anything was committed since one last looked: whoever looks for work asks this instead of its tables.

PostgreSQL's snapshot is another one after every commit that wrote, and asking for it reads no row. So nothing is lost:
what was committed is looked for, however long its transaction took. What becomes due by time, and what other nodes of
a distributed database have committed, the sweep finds.
"""

from __future__ import annotations

import time

from app.core.db import transient_errors
from app.core.db.engine import aside

SWEEP_S = 1.0
_SNAPSHOT = "SELECT pg_current_snapshot()::text"


class Changes:
    """What one who looks for work knows of the database."""

    def __init__(self, sweep_s: float = SWEEP_S) -> None:
        self._sweep_s = sweep_s
        self._snapshot: str | None = None
        self._sweep_at_s = 0.0

    def are_worth_a_look(self) -> bool:
        """Whether to look: something was committed since this last said so, there was more to find, or the sweep is
        due. Called before the look, outside of transactions.

        Raises:
            Unavailable: the database is away.
        """
        snapshot = _current()
        if snapshot == self._snapshot and time.monotonic() < self._sweep_at_s:
            return False
        self._snapshot = snapshot
        self._sweep_at_s = time.monotonic() + self._sweep_s
        return True

    def look_again(self) -> None:
        """Look the next time whatever was committed: this look has found something."""
        self._snapshot = None


def _current() -> str:
    with transient_errors.translated("changes", writes=False), aside().connect() as connection:
        return str(connection.exec_driver_sql(_SNAPSHOT).scalar_one())
