"""A backup is looked through, and becomes the content of an installation that has none."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from app.core import settings
from app.core.db import table_copy
from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import backup_file, store
from app.core.files.backup_file import Manifest, Member, Reader
from app.core.security import crypto
from app.workflow.steps.operations.backup_totals import QUESTIONS


def look(path: Path) -> tuple[Manifest, list[str]]:
    """What a backup says it holds, and what is wrong with it: every byte is read again.

    Raises:
        Invalid: it is no backup.
    """
    with backup_file.opened(path) as backup:
        return backup.manifest, backup.wrong()


def schema_here() -> str:
    """The migration at which the database is; empty when it has no tables."""
    with table_copy.snapshot(settings.current().database_owner_url) as copy:
        return copy.schema()


def check_target(manifest: Manifest) -> None:
    """Whether this installation can take the backup.

    Raises:
        Conflict: it lacks a key that encrypted something in there, or is not empty.
    """
    here = set(crypto.fingerprints().values())
    if lacking := [f"{name} ({print_})" for name, print_ in manifest.keys.items() if print_ not in here]:
        raise Conflict(
            "wrong_keys",
            f"The backup’s secrets are encrypted with missing keys: {', '.join(lacking)}. Add them to "
            "ENCRYPTION_KEY under their names and try again.",
        )
    if not table_copy.is_empty(settings.current().database_owner_url):
        raise Conflict("not_empty", "The database is not empty. Restore into an empty one.")
    _must_hold_nothing_else(manifest.files)


def restore(path: Path) -> Manifest:
    """Fill the empty database, which has the backup's schema, and the store. The rows appear all at once, at the very
    end, and only when they count as the manifest says; what went before can be repeated.

    Raises:
        Invalid: the file is damaged, signed by nobody we know, or the rows are not what the manifest says. Conflict: as
        `check_target`, or the database has another schema.
    """
    with backup_file.opened(path) as backup:
        manifest = backup.manifest
        check_target(manifest)
        if (
            backup.signature == "unknown_key"
        ):  # anybody can write a backup that names no key, and sign it with their own
            raise Invalid("not_ours", "The backup is signed with an unknown key, so its origin cannot be verified.")
        if wrong := backup.wrong():
            raise Invalid("damaged", f"The backup is damaged: {'; '.join(wrong[:5])}.")
        _put_files(backup)
        with table_copy.filling(settings.current().database_owner_url) as copy:
            if (here := copy.schema()) != manifest.schema:
                message = (
                    f"The schema versions differ: the database is at {here or 'no migration'}, the backup at "
                    f"{manifest.schema}."
                )
                raise Conflict("other_schema", message)
            for table in manifest.tables:
                rows = copy.into(table.name, table.columns, backup.pieces(backup_file.table_path(table.name)))
                if rows != table.rows:
                    raise Invalid("damaged", f"{table.name} has {rows} rows, not {table.rows}.")
            if manifest.totals and copy.totals(QUESTIONS) != manifest.totals:
                raise Invalid("damaged", "The ledger totals differ from those in the backup.")
    return manifest


def _put_files(backup: Reader) -> None:
    for file in backup.manifest.files:
        if not _is_there(file):
            store.put(file.name, backup.pieces(backup_file.file_path(file.name)))


def _is_there(file: Member) -> bool:
    with suppress(NotFound):
        return store.sha256(file.name) == file.sha256
    return False


def _must_hold_nothing_else(files: Iterable[Member]) -> None:
    """What a restore that broke off has put is its own."""
    known = {file.name for file in files}
    if any(key not in known for key in store.every_key()):
        raise Conflict("not_empty", "The file store (FILES_URL) contains other files. Use an empty one.")
