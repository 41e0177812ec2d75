"""A backup: every row of one moment and every file of the store, or those of one business.

The moment is the database's. Files are written once, before a row names them, so all that the rows name is in the store
when they are listed after it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg import sql

from app.core import clock, db, ids, settings
from app.core.db import table_copy
from app.core.db.table_copy import Copy
from app.core.errors import Conflict, NotFound
from app.core.files import backup_file, store
from app.core.files.backup_file import Manifest, Member, Writer
from app.core.security import crypto
from app.domain.accounts.business.models import Membership, User
from app.domain.accounts.people.models import Passkey, RecoveryCode, TotpSecret
from app.workflow.operations.sweep_store import file_columns
from app.workflow.steps.operations.backup_totals import QUESTIONS

# What goes with a person who works for a business; sessions end with the installation.
_PERSONAL = tuple(model.__table__.name for model in (Passkey, RecoveryCode, TotpSecret))


def back_up(path: Path, business_id: uuid.UUID | None = None) -> Manifest:
    """Write a backup of the installation, or of one business with its twin. Safe under load: nobody waits for it.

    Raises:
        Conflict: there is such a file, or the database is not at this release. NotFound: no such business.
        OSError: the file cannot be written; nothing of it is left.
    """
    with table_copy.snapshot(settings.current().database_owner_url) as copy, backup_file.written(path) as writer:
        schema = copy.schema()
        if not schema:
            raise Conflict("no_tables", "The database has no tables; there is nothing to back up.")
        copy.become_system()
        chosen = _with_twin(copy, business_id) if business_id else []
        manifest = Manifest(
            kind="business" if chosen else "installation",
            made_at=clock.actual().isoformat(),
            schema=schema,
            keys=crypto.fingerprints(),
            businesses=[ids.show("biz", each) for each in chosen],
        )
        for name, columns in copy.columns().items():
            which = _of_businesses(name, columns, chosen) if chosen else None
            if which is not None or not chosen:
                manifest.tables.append(_table(writer, copy, name, columns, which))
        _files(writer, manifest, chosen, _named(copy, chosen))
        if not chosen:
            manifest.totals = dict(copy.totals(QUESTIONS))
        writer.close(manifest)
    return manifest


def _table(writer: Writer, copy: Copy, name: str, columns: list[str], which: sql.Composable | None) -> Member:
    rows = 0

    def counted(pieces: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal rows
        for piece in pieces:
            rows += piece.count(b"\n")  # a row is a line: what it says is escaped
            yield piece

    # Closed at once when writing fails: the connection waits for the end of what it copies.
    with closing(copy.out(name, columns, which)) as pieces:
        length, sha256 = writer.put(backup_file.table_path(name), counted(pieces), pack=True)
    return Member(name, length, sha256, columns, rows)


def _files(writer: Writer, manifest: Manifest, chosen: list[uuid.UUID], named: set[str]) -> None:
    kept = set()
    for key in store.every_key():
        if chosen and store.business_of(key) not in chosen:
            continue
        try:
            pieces = store.read(key)
        except NotFound:  # taken away since it was listed, as an orphan is
            continue
        length, sha256 = writer.put(backup_file.file_path(key), pieces, pack=False)
        manifest.files.append(Member(key, length, sha256))
        kept.add(store.whole_of(key))
    manifest.missing = sorted(named - kept)


def _named(copy: Copy, chosen: list[uuid.UUID]) -> set[str]:
    """The files that rows name."""
    found: set[str] = set()
    for column in file_columns():
        table = sql.Identifier(column.table.name)
        query = sql.SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL").format(sql.Identifier(column.name), table)
        if chosen:
            owner = "business_id" if "business_id" in column.table.c else "id"
            query += sql.SQL(" AND {} = ANY ({})").format(sql.Identifier(owner), _array(chosen))
        found |= {str(key) for (key,) in copy.connection.execute(query).fetchall()}
    return found


def _with_twin(copy: Copy, business_id: uuid.UUID) -> list[uuid.UUID]:
    query = """SELECT id FROM businesses
        WHERE %(id)s IN (id, twin_id) OR id = (SELECT twin_id FROM businesses WHERE id = %(id)s)"""
    found = [row[0] for row in copy.connection.execute(query, {"id": business_id}).fetchall()]
    if not found:
        raise NotFound("not_found", "There is no such business.")
    return found


def _of_businesses(name: str, columns: list[str], chosen: list[uuid.UUID]) -> sql.Composable | None:
    """The rows of a table that go with some businesses; None when it holds nothing of theirs."""
    table, named = sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    if "business_id" in columns:
        which = sql.SQL("business_id = ANY ({})").format(_array(chosen))
    elif name == "businesses":
        which = sql.SQL("id = ANY ({})").format(_array(chosen))
    elif name == User.__table__.name:
        return _people(columns, chosen)
    elif name in _PERSONAL:
        which = sql.SQL("user_id IN ({})").format(_members(chosen))
    else:
        return None
    return sql.SQL("SELECT {} FROM {} WHERE {}").format(named, table, which)


def _people(columns: list[str], chosen: list[uuid.UUID]) -> sql.Composable:
    """Everybody whom the rows name. Only who works there can sign in where it is restored, and nobody runs that."""
    told = {
        "is_operator": sql.SQL("false"),
        "password_hash": sql.SQL("CASE WHEN id IN ({}) THEN password_hash ELSE '' END").format(_members(chosen)),
    }
    shown = sql.SQL(", ").join(told.get(name, sql.Identifier(name)) for name in columns)
    naming = sql.SQL(" UNION ").join(
        sql.SQL("SELECT {} FROM {} WHERE business_id = ANY ({})").format(
            sql.Identifier(column.name), sql.Identifier(table.name), _array(chosen)
        )
        for table in db.Base.metadata.sorted_tables
        if "business_id" in table.c
        for column in table.columns
        if any(key.column.table.name == User.__table__.name for key in column.foreign_keys)
    )
    return sql.SQL("SELECT {} FROM users WHERE id IN ({})").format(shown, naming)


def _members(chosen: list[uuid.UUID]) -> sql.Composable:
    return sql.SQL("SELECT user_id FROM {} WHERE business_id = ANY ({})").format(
        sql.Identifier(Membership.__table__.name), _array(chosen)
    )


def _array(chosen: list[uuid.UUID]) -> Any:
    return sql.SQL("{}::uuid[]").format(sql.Literal([str(each) for each in chosen]))
