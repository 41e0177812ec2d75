"""What this piece of work is about: bound once, found in every log line, event and exchange."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_work: ContextVar[dict[str, str] | None] = ContextVar("work", default=None)


def current() -> dict[str, str]:
    """The names bound now: request_id, business_id, order_id and whatever else was given."""
    return dict(_work.get() or {})


def bind(**names: str) -> None:
    """Add names to the present piece of work, until it ends."""
    _work.set({**(_work.get() or {}), **names})


@contextmanager
def work(**names: str) -> Iterator[None]:
    """One piece of work (a request, a job): names bound inside are forgotten at its end."""
    token = _work.set(dict(names))
    try:
        yield
    finally:
        _work.reset(token)
