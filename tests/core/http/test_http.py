"""The one way out, against somebody outside who means harm: no answer lasts longer or grows larger than it may."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from app.core import http
from app.core.http import outbound
from app.lib.destinations import Destinations
from ops import child

NEAR = Destinations("own", None, is_near=True)
OK = b"HTTP/1.1 200 OK\r\n"
DRIPS_S = 20.0


@contextmanager
def outsider(answers: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of somebody who answers like that."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    came, _ = listening.accept()
                    threading.Thread(target=answer, args=(came,), daemon=True).start()

        def answer(came: socket.socket) -> None:
            with came, suppress(OSError):
                came.recv(65536)
                answers(came)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def packed(content: bytes, encoding: str) -> Callable[[socket.socket], None]:
    head = OK + f"Content-Encoding: {encoding}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    return lambda came: came.sendall(head + content)


def drips(begin: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def answer(came: socket.socket) -> None:
        came.sendall(begin)
        pause, ends_s = threading.Event(), time.monotonic() + DRIPS_S
        while time.monotonic() < ends_s:
            came.sendall(piece)
            pause.wait(0.1)

    return answer


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (OK + b"X-Slow: ", b"x"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (OK + b"Content-Length: 100000\r\n\r\n", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
    ids=["head", "hints", "body", "chunk"],
)
def test_who_drips_is_not_waited_for_longer_than_the_call_may_take(begin: bytes, piece: bytes) -> None:
    with outsider(drips(begin, piece)) as url:
        began_s = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            outbound("GET", url, timeout_s=1, to=NEAR)

    assert time.monotonic() - began_s < DRIPS_S / 2


def test_a_connection_that_is_used_again_has_the_time_of_the_next_call() -> None:
    def answer(came: socket.socket) -> None:
        for _ in range(3):
            came.sendall(OK + b"Content-Length: 2\r\n\r\nok")
            came.recv(65536)

    with outsider(answer) as url:
        first, began_s = outbound("GET", url, timeout_s=0.5, to=NEAR).text, time.monotonic()
        assert child.wait_until(lambda: time.monotonic() > began_s + 0.6, limit_s=5)
        assert (first, outbound("GET", url, timeout_s=5, to=NEAR).text) == ("ok", "ok")


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [
        (lambda empty: gzip.compress(empty, 1), "gzip"),
        (lambda empty: gzip.compress(gzip.compress(empty)), "gzip, gzip"),
        (zlib.compress, "deflate"),
    ],
    ids=["once", "twice", "otherwise"],
)
def test_a_small_answer_never_grows_beyond_what_it_may_be(pack: Callable[[bytes], bytes], encoding: str) -> None:
    content = pack(bytes(200_000_000))
    tracemalloc.start()
    try:
        with outsider(packed(content, encoding)) as url, pytest.raises(httpx.DecodingError):
            outbound("GET", url, timeout_s=20, to=NEAR)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 20 * http.MAX_ANSWER_BYTES


@pytest.mark.parametrize(
    ("content", "encoding", "read"),
    [
        (gzip.compress(b'{"a": 1}'), "gzip", b'{"a": 1}'),
        (b'{"a": 1}', "identity", b'{"a": 1}'),
        (b"", "gzip", b""),
    ],
    ids=["packed", "plain", "empty"],  # what gzip makes holds the second it was made in
)
def test_what_is_packed_as_we_ask_is_read(content: bytes, encoding: str, read: bytes) -> None:
    with outsider(packed(content, encoding)) as url:
        assert outbound("GET", url, timeout_s=20, to=NEAR).content == read


def test_an_answer_that_is_cut_off_is_none() -> None:
    with outsider(packed(gzip.compress(b"x" * 1000)[:-9], "gzip")) as url, pytest.raises(httpx.DecodingError):
        outbound("GET", url, timeout_s=20, to=NEAR)
