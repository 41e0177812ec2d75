"""Connections that go only to addresses that were looked at. A name is looked up once for each connection;
all of its addresses are checked, and one of exactly these is connected to, with the name kept for the certificate. So a
name that answers differently the second time gains nothing, and a connection is used again only for the same name."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from app.core.http.addresses import LookUpFailed, Lookups
from app.lib.networks import Address, is_open

MAX_LOOKUPS = 64
_TRIED_ADDRESSES = 3
_UNTIMED_S = 10.0
_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


_ends_s: ContextVar[float] = ContextVar("wire_ends_s", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let everything that is sent and read inside take no longer than that altogether, however often a little of it
    comes: the head of an answer too."""
    token = _ends_s.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_s.reset(token)


class Refused(httpx.ConnectError):
    """The call may not be made: nothing was sent, nobody was connected to."""


class Guard(httpcore.NetworkBackend):
    """Connects to the open network only; with `is_near` also to private addresses."""

    def __init__(self, *, is_near: bool) -> None:
        self._is_near = is_near
        self._sockets = httpcore.SyncBackend()
        self._lookups = Lookups(MAX_LOOKUPS)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that takes it.

        Raises:
            Refused: one of them is not allowed.
        """
        left_s = _UNTIMED_S if timeout is None else timeout
        ends_s = time.monotonic() + left_s
        try:
            found = self._lookups.of(host, port, within_s=left_s)
        except LookUpFailed as error:
            raise httpcore.ConnectError(str(error)) from error
        self._check(host, found)
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in found[:_TRIED_ADDRESSES]:
            left_s = ends_s - time.monotonic()
            if left_s <= 0:
                break
            try:
                made = self._sockets.connect_tcp(str(address), port, left_s, local_address, socket_options)
                return _Ending(made)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _check(self, host: str, found: list[Address]) -> None:
        for address in found:
            if not self._is_near and not is_open(address):
                raise Refused(f"{host} is {address}, which is not a public address")


class _Ending(httpcore.NetworkStream):
    """A connection on which no step lasts beyond the end of the call that takes it. It may serve several calls."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left_s(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left_s(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left_s = _left_s(timeout, httpcore.ConnectTimeout)
        return _Ending(self._stream.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left_s(timeout: float | None, late: type[Exception]) -> float | None:
    """How long the next step may take. Raises `late` when the call is over."""
    left_s = _ends_s.get() - time.monotonic()
    if left_s <= 0:
        raise late("the call took too long")
    return timeout if left_s == math.inf else min(timeout or left_s, left_s)


class Wire:
    """Connections of a `Guard`. How many there are, who calls decides."""

    def __init__(self, *, is_near: bool, kept_connections: int, connect_s: float) -> None:
        self._connect_s = connect_s
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=kept_connections,
            keepalive_expiry=5.0,
            network_backend=Guard(is_near=is_near),
        )

    def send(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], content: bytes, timeout_s: float
    ) -> Received:
        """Send one request; the answer's body is read by whoever asked, who closes it.

        Raises:
            httpx.InvalidURL, httpx.HTTPError: as httpx's clients do.
        """
        to, host = _target(url)
        limits = dict.fromkeys(("read", "write", "pool"), timeout_s)
        limits["connect"] = min(timeout_s, self._connect_s)
        request = httpcore.Request(
            method, to, headers=[(b"Host", host), *headers], content=content, extensions={"timeout": limits}
        )
        with _as_httpx():
            return Received(self._pool.handle_request(request))

    def close(self) -> None:
        """Let every connection go."""
        self._pool.close()


class Received:
    """An answer whose head is here."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer
        self.http_status: int = answer.status
        self.headers: list[tuple[bytes, bytes]] = answer.headers

    def header(self, name: bytes) -> str:
        """What all its headers of this name in small letters say; an empty text where there is none."""
        return ", ".join(value.decode("latin-1") for each, value in self.headers if each.lower() == name)

    def parts(self) -> Iterator[bytes]:
        """Its body as it comes. Raises httpx.HTTPError."""
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        """Nothing more of it is wanted."""
        self._answer.close()


@lru_cache(maxsize=256)
def _target(url: str) -> tuple[httpcore.URL, bytes]:
    """The URL as it is sent, and the host as its header names it. Raises httpx.InvalidURL."""
    read = httpx.URL(url)
    return httpcore.URL(scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path), read.netloc


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors under httpx's names, which are the same."""
    try:
        yield
    except _ERRORS as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
