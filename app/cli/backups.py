"""flask backup, flask restore, flask verify."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from flask import Flask
from sqlalchemy.engine import make_url

from app.cli.plain import Plain
from app.core import clock, ids, settings
from app.core.db import table_copy
from app.core.files.backup_file import Manifest
from app.workflow.operations import back_up, restore_backup

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

T = TypeVar("T")


def register(app: Flask) -> None:
    """Add the commands to the application."""
    for command in (backup, restore, verify):
        app.cli.add_command(command)


@click.command("backup", cls=Plain)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--business", default="", help="Back up only this business (biz_…) and its twin.")
def backup(file: Path | None, business: str) -> None:
    """Keep everything of this moment in FILE: all rows and files, never the keys. Safe while everything runs."""
    path = file or _folder() / f"{business or 'bursar'}-{clock.now():%Y%m%dT%H%M%SZ}.backup"
    chosen = ids.parse("biz", business) if business else None
    kept = _or_say(lambda: back_up.back_up(path.absolute(), chosen))
    click.echo(f"{path}: {_sizes(kept)}, {path.stat().st_size:,} bytes.")
    click.echo(f"Keys that it needs: {', '.join(f'{name} ({print_})' for name, print_ in kept.keys.items())}")
    for key in kept.missing:
        click.echo(f"BAD  {key} is referenced by a row but missing in the store", err=True)


@click.command("restore", cls=Plain)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Fill an empty installation with what FILE holds: its database, as the owner of the tables, and its store."""
    manifest, wrong = restore_backup.look(file)
    restore_backup.check_target(manifest)
    _refuse(wrong)
    if not _knows(manifest.schema):
        raise click.ClickException(
            f"The backup is from a newer release ({manifest.schema}). Install that release first."
        )
    if restore_backup.schema_here() != manifest.schema:
        _flask("db", "upgrade", manifest.schema)
    kept = _or_say(lambda: restore_backup.restore(file))
    if manifest.schema != _newest():
        _flask("db", "upgrade")
    click.echo(
        f"Restored: {_sizes(kept)}, as of {kept.made_at}. To verify, run flask audit and flask verify-audit-log."
    )


@click.command("verify", cls=Plain)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--restore", "rehearse", is_flag=True, help="Also restore it into a temporary database and audit that.")
def verify(file: Path, rehearse: bool) -> None:
    """Read every byte of a backup again; exit 1 when one is not what it was."""
    manifest, wrong = restore_backup.look(file)
    _refuse(wrong)
    click.echo(f"Whole: {_sizes(manifest)}, as of {manifest.made_at}.")
    if rehearse:
        _rehearse(file)


def _folder() -> Path:
    """Where backups without a name go: to what `make run` keeps, or here."""
    folder = Path(os.environ["BURSAR_VAR"]) / "backups" if os.environ.get("BURSAR_VAR") else Path()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _rehearse(file: Path) -> None:
    current = settings.current()
    names = ("DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_OWNER_URL")
    addresses = (current.database_url, current.database_system_url, current.database_owner_url)
    with table_copy.throw_away(current.database_owner_url) as name, tempfile.TemporaryDirectory() as files:
        there = [make_url(each).set(database=name).render_as_string(hide_password=False) for each in addresses]
        env = dict(zip(names, there, strict=True)) | {"FILES_URL": str(Path(files) / "store")}
        for command in (("restore", str(file)), ("audit",), ("verify-audit-log",)):
            click.echo(_flask(*command, **env).splitlines()[-1])


def _flask(*arguments: str, **env: str) -> str:
    """What a command of our own prints."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    if done.returncode:
        output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise click.ClickException(f"flask {arguments[0]} failed:\n{output}")
    return done.stdout


def _newest() -> str | None:
    return _migrations().get_current_head()


def _knows(revision: str) -> bool:
    from alembic.util import CommandError

    try:
        return _migrations().get_revision(revision) is not None
    except CommandError:
        return False


def _migrations() -> ScriptDirectory:
    # Not above: serving processes load these commands too, and do without alembic and its memory.
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(__file__).resolve().parents[2] / "migrations"))


def _refuse(wrong: list[str]) -> None:
    for each in wrong:
        click.echo(f"BAD  {each}", err=True)
    if wrong:
        raise click.ClickException("The backup has been changed.")


def _or_say(work: Callable[[], T]) -> T:
    try:
        return work()
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'The file'}: {error.strerror}.") from error


def _sizes(manifest: Manifest) -> str:
    rows: Any = sum(table.rows for table in manifest.tables)
    return f"{rows:,} rows of {len(manifest.tables)} tables and {len(manifest.files):,} files"
