"""Whether anything was committed since one last looked: whoever looks for work asks this instead of its tables.

PostgreSQL's snapshot is another one after every commit that wrote, and asking for it reads no row. So nothing is lost:
what was committed is looked for, however long its transaction took. What becomes due by time, and what other nodes of
a distributed database have committed, a sweep finds.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, create_engine

from app.core import clock, settings
from app.core.db import transient_errors
from app.core.db.engine import options

SWEEP_S = 1.0
_ASK = f"SELECT {clock.ASK}, pg_current_snapshot()::text"


class Changes:
    """What one thread that looks for work knows of the database, by a connection of its own: asked so often that taking
    one from a pool would cost more than the question. The answer brings the database's time along."""

    def __init__(self, sweep_s: float = SWEEP_S) -> None:
        self._sweep_s = sweep_s
        self._connection: Connection | None = None
        self._cursor: Any = None  # the driver's: all that SQLAlchemy does around a statement costs three times as much
        self._snapshot: str | None = None
        self._sweep_at_s = 0.0

    def are_worth_a_look(self) -> bool:
        """Whether to look: something was committed since this last said so, there was more to find, or the sweep is
        due. Called before the look.

        Raises:
            Unavailable: the database is away.
        """
        snapshot = self._ask()
        if snapshot == self._snapshot and time.monotonic() < self._sweep_at_s:
            return False
        self._snapshot = snapshot
        self._sweep_at_s = time.monotonic() + self._sweep_s
        return True

    def look_again(self) -> None:
        """Look the next time whatever was committed: this look has found something."""
        self._snapshot = None

    def _ask(self) -> str:
        with transient_errors.translated("changes", writes=False):
            try:
                cursor = self._cursor or self._connect()
                sent_ns = clock.count_ns()
                database_s, snapshot = cursor.execute(_ASK).fetchone()
            except BaseException:
                self._forget()
                raise
        clock.hear(database_s, sent_ns=sent_ns)
        return str(snapshot)

    def _connect(self) -> Any:
        current = settings.current()
        alone = {**options(current), "pool_size": 1, "max_overflow": 0}
        engine = create_engine(current.database_system_url, isolation_level="AUTOCOMMIT", **alone)
        self._connection = engine.connect()
        driver: Any = self._connection.connection.driver_connection
        self._cursor = driver.cursor()
        return self._cursor

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.engine.dispose()
            self._connection = self._cursor = None
