"""A database that forgets: everything a test does in it is taken back at the test's end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Connection

from app.core import db


class Undone:
    """Stands in for the engine: its transactions are savepoints of one that is never committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        inner = self.connection.begin_nested()
        try:
            yield self.connection
        except BaseException:
            inner.rollback()
            raise
        # SET LOCAL outlives a savepoint that is kept, and read-only cannot be taken back in any other way.
        if self.connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
            inner.rollback()
            return
        self.connection.exec_driver_sql("RESET ROLE")
        inner.commit()

    @contextmanager
    def trial(self) -> Iterator[Connection]:
        """What is done inside is taken back at its end."""
        inner = self.connection.begin_nested()
        try:
            yield self.connection
        finally:
            inner.rollback()


@pytest.fixture
def undone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Undone]:
    """The database of this worker; nothing done in this test stays."""
    with app.app_context():
        engine = db.db.engine
    with engine.connect() as connection, connection.begin() as whole:
        made = Undone(connection)
        monkeypatch.setattr(db, "_engine", made)
        yield made
        monkeypatch.undo()
        whole.rollback()
