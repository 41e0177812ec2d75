"""Runs the application as WSGI in a thread, and sends what it answers without holding the thread for slow readers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from app.front.limits import BUFFERED_BYTES, MADE_S

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Scope = Mapping[str, Any]
Headers = list[tuple[bytes, bytes]]

EVENTS = b"text/event-stream"


@dataclass
class Answer:
    """What the application answered. `rest` is there when the answer is long, or made while it is read: then `body` is
    only its beginning, and every further piece is asked of `rest` in the context the application ran in."""

    status: int
    headers: Headers
    body: bytes
    rest: Iterator[bytes] | None = None
    close: Callable[[], None] = lambda: None
    context: Context = field(default_factory=Context)

    @property
    def is_events(self) -> bool:
        """Whether its pieces come when something happens: they are not waited for, and there is no end."""
        return _is_events(self.headers)

    def next_piece(self) -> bytes | None:
        """The next piece of `rest`, None at its end. Runs in a thread."""
        assert self.rest is not None
        return self.context.run(next, self.rest, None)

    def end(self) -> None:
        """Nothing more is wanted of `rest`. Runs in a thread."""
        self.context.run(self.close)


def run(application: Application, environ: dict[str, Any]) -> Answer:
    """Call the application and take what it answers, at most BUFFERED_BYTES of it."""
    context = Context()
    return context.run(_run, application, environ, context)


def _run(application: Application, environ: dict[str, Any], context: Context) -> Answer:
    started: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        del exc_info
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        started[:] = [(int(status[:3]), encoded)]
        return _refuse_to_write

    iterable = application(environ, start_response)
    close = getattr(iterable, "close", lambda: None)
    try:
        iterator = iter(iterable)
        pieces, length, late_s = [], 0, time.monotonic() + MADE_S
        while (piece := next(iterator, None)) is not None:
            pieces.append(piece)
            length += len(piece)
            if length > BUFFERED_BYTES or time.monotonic() > late_s or _is_events(started[0][1]):
                return Answer(*started[0], b"".join(pieces), iterator, close, context)
    except BaseException:
        close()
        raise
    close()
    status, headers = started[0]
    body = b"".join(pieces)
    is_known = any(name == b"content-length" for name, _ in headers)
    if not is_known and status not in (204, 304) and environ["REQUEST_METHOD"] != "HEAD":
        headers.append((b"content-length", str(len(body)).encode()))
    return Answer(status, headers, body)


def _is_events(headers: Headers) -> bool:
    return any(name == b"content-type" and value.startswith(EVENTS) for name, value in headers)


def _refuse_to_write(_: bytes) -> None:
    raise RuntimeError("WSGI's write() is not offered; answer an iterable")


def environ(scope: Scope, body: IO[bytes], length: int) -> dict[str, Any]:
    """The request as WSGI knows it. The body is whole, so its length is known, however it was sent."""
    server, client = scope.get("server") or ("", None), scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(found, name, value.decode("latin-1"))
    if length:
        found["CONTENT_LENGTH"] = str(length)
    return found


_BARE = {b"content-type": "CONTENT_TYPE"}
_OURS = frozenset({b"content-length", b"transfer-encoding"})  # about how it travelled, which is over


def _add_header(found: dict[str, Any], name: bytes, value: str) -> None:
    if name in _OURS or b"_" in name:  # X_Forwarded_For would become the same as X-Forwarded-For
        return
    key = _BARE.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
    if key in found:
        found[key] += (";" if name == b"cookie" else ",") + value
    else:
        found[key] = value
