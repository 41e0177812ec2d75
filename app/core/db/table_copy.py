"""All rows of all tables, out of one moment of a database and into an empty one of the same schema.

Read as the role that sees every business, in one snapshot, so nothing is half there; written by the owner of the tables
in one transaction, with foreign keys and triggers put back before it ends, so a database is restored whole or stays
empty. Neither needs a superuser, BYPASSRLS or programs of the server's version.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from app.core.db.roles import SYSTEM_ROLE, plain
from app.core.errors import Conflict, Denied

_TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum), c.relforcerowsecurity
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname, c.relforcerowsecurity ORDER BY c.relname
"""
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname
"""
_NO_LIMITS = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"


class Copy:
    """A connection in the midst of one transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def schema(self) -> str:
        """The migration that ran last; empty when none did."""
        if self._first("SELECT to_regclass('public.alembic_version') IS NOT NULL"):
            return str(self._first("SELECT min(version_num) FROM alembic_version") or "")
        return ""

    def become_system(self) -> None:
        """See the rows of every business from here on."""
        self.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(SYSTEM_ROLE)))

    def columns(self) -> dict[str, list[str]]:
        """Every table with its columns."""
        return {name: columns for name, columns, _forced in self.connection.execute(_TABLES).fetchall()}

    def totals(self, questions: Mapping[str, LiteralString]) -> dict[str, list[list[Any]]]:
        """The answers to questions about all rows, by name, as JSON can say them."""
        answers = {name: self.connection.execute(text).fetchall() for name, text in questions.items()}
        return {name: [[_plain(value) for value in row] for row in rows] for name, rows in answers.items()}

    def out(
        self, table: str, columns: Sequence[str], which: sql.Composable | None = None
    ) -> Generator[bytes, None, None]:
        """The rows of a table, piece by piece; those of the query `which` in place of all."""
        named = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = which or sql.SQL("SELECT {} FROM {}").format(named, sql.Identifier(table))
        with (
            self.connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY ({}) TO STDOUT").format(query)) as rows,
        ):
            for piece in rows:
                yield bytes(piece)

    def into(self, table: str, columns: Sequence[str], pieces: Iterable[bytes]) -> int:
        """Write the rows of a table; how many."""
        named = sql.SQL(", ").join(map(sql.Identifier, columns))
        with self.connection.cursor() as cursor:
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), named)
            with cursor.copy(statement) as rows:
                for piece in pieces:
                    rows.write(piece)
            return cursor.rowcount

    def _first(self, text: LiteralString) -> Any:
        row = self.connection.execute(text).fetchone()
        return row[0] if row else None


@contextmanager
def snapshot(owner_url: str) -> Iterator[Copy]:
    """One moment of the database, for as long as the block takes. Writers are not held up."""
    with psycopg.connect(plain(owner_url), autocommit=True, connect_timeout=10) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(_NO_LIMITS)
        yield Copy(connection)


@contextmanager
def filling(owner_url: str) -> Iterator[Copy]:
    """Fill an empty, migrated database in one transaction, without its foreign keys, triggers and row-level security,
    all of which hold again when the block ends; nothing stays of a block that ends with an exception.

    Raises:
        Conflict: a table has rows.
    """
    with psycopg.connect(plain(owner_url), connect_timeout=10) as connection:
        connection.execute(_NO_LIMITS)
        tables = connection.execute(_TABLES).fetchall()
        names = [sql.Identifier(name) for name, _columns, _forced in tables]
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
        for name in names:  # the owner sees the rows of a table only while it is not bound by its policies
            connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(name))
        _must_be_empty(connection, names)
        keys = connection.execute(_FOREIGN_KEYS).fetchall()
        for table, key, _definition in keys:
            _alter(connection, table, "DROP CONSTRAINT {}", sql.Identifier(key))
        for name in names:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        yield Copy(connection)
        for name in names:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
        for table, key, definition in keys:
            _alter(connection, table, "ADD CONSTRAINT {} {}", sql.Identifier(key), sql.SQL(definition))
        for table, _columns, forced in tables:
            if forced:
                connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
        # Plans that are made before there are statistics stay as long as their connections.
        connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(names)))


def is_empty(owner_url: str) -> bool:
    """Whether a database has no tables, or tables without a row (as far as its owner may look)."""
    with psycopg.connect(plain(owner_url), connect_timeout=10) as connection:
        tables = connection.execute(_TABLES).fetchall()
        if not tables:
            return True
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(SYSTEM_ROLE)))
        return not any(_has_rows(connection, sql.Identifier(name)) for name, _columns, _forced in tables)


@contextmanager
def throw_away(owner_url: str) -> Iterator[str]:
    """An empty database on the same server, gone after the block; its name. The owner needs CREATEDB.

    Raises:
        Denied: it has not.
    """
    name = sql.Identifier(f"bursar_rehearsal_{secrets.token_hex(6)}")
    with psycopg.connect(plain(owner_url), autocommit=True, connect_timeout=10) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
        except psycopg.errors.InsufficientPrivilege as error:
            raise Denied("denied", "The owner of the tables may make no database here; grant it CREATEDB.") from error
        try:
            yield name.as_string().strip('"')
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _must_be_empty(connection: Connection[Any], names: Iterable[sql.Identifier]) -> None:
    if any(_has_rows(connection, name) for name in names):
        raise Conflict("not_empty", "The database is not empty. Restore into an empty one.")


def _has_rows(connection: Connection[Any], name: sql.Identifier) -> bool:
    found = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(name)).fetchone()
    return found is not None and bool(found[0])


def _alter(connection: Connection[Any], table: str, change: LiteralString, *parts: sql.Composable) -> None:
    statement = sql.SQL("ALTER TABLE {} ").format(sql.Identifier(table)) + sql.SQL(change).format(*parts)
    connection.execute(statement)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
