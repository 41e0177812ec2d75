"""What this piece of work is about: bound once, found in every log line, event and exchange."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from app.core import clock
from app.core.ids import show, try_parse

_SAFE = re.compile(r"[A-Za-z0-9_:.-]{1,100}")
_work: ContextVar[dict[str, str] | None] = ContextVar("work", default=None)
# By row, in work that several requests caused: the request of each.
_requests: ContextVar[dict[uuid.UUID, uuid.UUID | None] | None] = ContextVar("requests", default=None)
_parsed = lru_cache(maxsize=256)(try_parse)


def current() -> dict[str, str]:
    """The names bound now: request_id, business_id, order_id and whatever else was given."""
    return dict(_work.get() or {})


def bind(**names: str) -> None:
    """Add names to the present piece of work, until it ends."""
    _work.set({**(_work.get() or {}), **names})
    if "business_id" in names:
        clock.whose.set(names["business_id"])


def acting() -> str:
    """Who acts, for the audit log: a person or a key, their address, the request; empty when the system does."""
    names = _work.get() or {}
    if not names.get("actor"):
        return ""
    fields = [names.get(name) or "-" for name in ("actor", "address", "request_id")]
    return " ".join(text if _SAFE.fullmatch(text) else "?" for text in fields)


def request() -> uuid.UUID | None:
    """The request that caused the present work: the one that is served, or the one whose event is handled."""
    return _parsed((_work.get() or {}).get("request_id", ""), "req")


def request_of(subject: uuid.UUID) -> uuid.UUID | None:
    """The request that caused what is written about this row: its own in work that several caused, else `request`."""
    known = _requests.get()
    return known[subject] if known is not None and subject in known else request()


def tag_of(request_id: uuid.UUID | None) -> bytes | None:
    """The last 8 bytes of a request's id, which are random: enough to tell it from others of its time."""
    return None if request_id is None else request_id.bytes[8:]


def follows(row_id: uuid.UUID, subject: uuid.UUID) -> None:
    """A new row has the request of its subject, until the work ends."""
    known = _requests.get()
    if known is not None and subject in known:
        known[row_id] = known[subject]


@contextmanager
def work(request: uuid.UUID | None = None, /, **names: str) -> Iterator[None]:
    """One piece of work (a request, a job): names bound inside are forgotten at its end. `request` caused it."""
    if request is not None:
        names["request_id"] = show("req", request)
    token, rows, whose = _work.set(names), _requests.set(None), clock.whose.set(names.get("business_id"))
    try:
        yield
    finally:
        clock.whose.reset(whose)
        _requests.reset(rows)
        _work.reset(token)


@contextmanager
def item(request: uuid.UUID | None = None, /, **names: str) -> Iterator[None]:
    """One of the things that the present work does one after the other: these names are added while it lasts, and
    the request that caused it."""
    with work(request, **{**(_work.get() or {}), **names}):
        yield


@contextmanager
def batch(requests: Mapping[uuid.UUID, uuid.UUID | None], /, **names: str) -> Iterator[None]:
    """One piece of work for several rows at once, each caused by its own request, or by none."""
    with work(**names):
        _requests.set(dict(requests))
        yield
