"""What this piece of work is about: bound once, found in every log line, event and exchange."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SAFE = re.compile(r"[A-Za-z0-9_:.-]{1,100}")
_work: ContextVar[dict[str, str] | None] = ContextVar("work", default=None)


def current() -> dict[str, str]:
    """The names bound now: request_id, business_id, order_id and whatever else was given."""
    return dict(_work.get() or {})


def bind(**names: str) -> None:
    """Add names to the present piece of work, until it ends."""
    _work.set({**(_work.get() or {}), **names})


def acting() -> str:
    """Who acts, for the audit log: a person or a key, their address, the request; empty when the system does."""
    names = _work.get() or {}
    if not names.get("actor"):
        return ""
    fields = [names.get(name) or "-" for name in ("actor", "address", "request_id")]
    return " ".join(text if _SAFE.fullmatch(text) else "?" for text in fields)


@contextmanager
def work(**names: str) -> Iterator[None]:
    """One piece of work (a request, a job): names bound inside are forgotten at its end."""
    token = _work.set(dict(names))
    try:
        yield
    finally:
        _work.reset(token)
