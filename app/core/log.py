"""Structured logs: one JSON object a line, with what the work is about, and never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from app.core import context

# Keys, client secrets, tokens and card numbers have no business in a log; names say what to drop whole.
_SECRET_NAMES = re.compile(r"secret|password|token|authorization|api_key|signature|cookie", re.I)
_SECRET_TEXT = re.compile(r"(sk_(?:test|live)_|ses_[0-9a-z]{26}_secret_|Bearer\s+)[A-Za-z0-9_\-.]+")
# An id may happen to be all digits; it stays.
_CARD = re.compile(r"(\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)|\b\d(?:[ -]?\d){12,18}\b")
# It begins where a word begins: trying at each letter would take the square of the text's length.
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*@([\w-]+\.[\w.]+)")


def mask(text: str) -> str:
    """The text with keys, card numbers and email addresses made unusable."""
    text = _SECRET_TEXT.sub(r"\1***", text)
    text = _CARD.sub(lambda found: found[1] or "[card]", text)
    return _EMAIL.sub(r"\1***@\2", text)


def set_up(level: str) -> None:
    """Send every logger's lines through the one format, to standard error."""
    shared: list[Any] = [
        _add_work,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        logger_factory=_logger_of_now,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=False,
    )


def get_logger() -> Any:
    """A logger: `log.info("order_placed", order_id=…)`."""
    return structlog.get_logger()


def announce(text: str) -> None:
    """Say on standard output what whoever started this process waits for."""
    _write(text, sys.stdout)


def lost_lines() -> int:
    """How many lines of this process could not be written: the disk is full, or the terminal gone."""
    return _Lines.lost


class _Lines:
    """Standard error as it is at the moment of writing: a stream that was lent for a while may be closed by then.
    A line that cannot be written is counted; no work stops for it."""

    lost = 0

    def msg(self, message: str) -> None:
        _write(message, sys.stderr)

    debug = info = warning = error = critical = exception = fatal = log = msg


def _logger_of_now(*_: Any) -> _Lines:
    return _Lines()


def _write(text: str, stream: TextIO) -> None:
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError):
        _Lines.lost += 1


def _add_work(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in context.current().items():
        event.setdefault(name, value)
    return event


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        event[name] = _safe(name if name not in ("event", "level") else "", value)
    return event


def _safe(name: str, value: Any) -> Any:
    """The value of a member called `name` as it may be shown, to the bottom of lists and objects."""
    if _SECRET_NAMES.search(name):
        return "***"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {str(inner): _safe(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe("", each) for each in value]
    return mask(repr(value))
