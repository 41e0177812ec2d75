"""A database that forgets: everything a test does in it is taken back at the test's end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from app.core import db
from app.core.db import phases


class Undone:
    """Stands in for the engine: its transactions are savepoints of one that is never committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
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


def as_owner(connection: Any, table: str, statement: str, ids: dict[str, Any]) -> None:
    """Do what the database refuses to everybody: with the table's triggers off and its rows in sight."""
    for off in ("NO FORCE ROW LEVEL SECURITY", "DISABLE TRIGGER USER"):
        connection.exec_driver_sql(f"ALTER TABLE {table} {off}")
    done = connection.execute(text(statement), ids)
    assert done.rowcount > 0, statement
    for on in ("ENABLE TRIGGER USER", "FORCE ROW LEVEL SECURITY"):
        connection.exec_driver_sql(f"ALTER TABLE {table} {on}")


@pytest.fixture
def undone(app: Flask, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Undone]:
    """The database of this worker under its owner's login; nothing done in this test stays."""
    assert app
    engine = create_engine(owner_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection, connection.begin() as whole:
        made = Undone(connection)
        monkeypatch.setattr(phases, "_engines", dict.fromkeys((db.APP_ROLE, db.SYSTEM_ROLE), made))
        yield made
        monkeypatch.undo()
        whole.rollback()
