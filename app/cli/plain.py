"""Commands whose refusals are sentences."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

import click
import psycopg
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from app.core.errors import AppError
from app.core.settings import BadSettings


class _Misconfigured(click.ClickException):
    exit_code = 2


class Plain(click.Command):
    """A command that ends in a sentence, and not in a traceback, when what it was asked cannot be done."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            ClickException: with the words of the refusal.
        """
        try:
            return super().invoke(ctx)
        except (AppError, BadSettings, DBAPIError, psycopg.Error, RedisError) as error:
            raise _refusal(error) from error


def speak_plainly() -> None:
    """From now on the commands of libraries, such as `flask db upgrade`, end in the same sentences."""
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        sys.excepthook = _end


def sentence(error: BaseException) -> str | None:
    """What a person can act on; None for what only a developer can, whose traceback is worth more."""
    if isinstance(error, AppError):
        return error.message
    if isinstance(error, BadSettings):
        return f"{str(error).rstrip('.')}. See docs/reference/settings.md."
    if isinstance(error, DBAPIError):
        return _of_database(error.orig)
    if isinstance(error, psycopg.Error):
        return _of_database(error)
    if isinstance(error, RedisError):
        return f"Redis (REDIS_URL) does not respond: {str(error).rstrip('.')}."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The system'}: {error.strerror}."
    return None


def _of_database(error: BaseException | None) -> str | None:
    message = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return f"The database is not that of this release ({message}). Run `flask db upgrade`."
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"The database's login may not do that: {message}."
    if isinstance(error, psycopg.OperationalError):
        return f"The database does not respond: {message}."
    return None


def _refusal(error: Exception) -> click.ClickException:
    message = sentence(error)
    if message is None:
        raise error
    return _Misconfigured(message) if isinstance(error, BadSettings) else click.ClickException(message)


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    message = sentence(error)
    if message is None:
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"Error: {message}\n")
    sys.exit(2 if isinstance(error, BadSettings) else 1)
