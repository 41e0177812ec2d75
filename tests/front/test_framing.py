"""Where a request begins and ends, and what its head says, is read in one way only: what another server on the way
could read differently is refused, or cannot be told from what it was taken for."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.attacks.sockets import answer, opened
from tests.front.conftest import Served

Serve = Callable[..., Served]
INNER = b"GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join([line, *fields, "", ""]).encode()


def sent(front: Served, *pieces: bytes, ends: bytes = b"") -> bytes:
    """What is answered to these pieces, each of which arrives by itself."""
    connection = opened(front.port)
    for piece in pieces:
        connection.sendall(piece)
        threading.Event().wait(0.1)  # for the kernel to deliver it; what is asserted holds for every cut
    connection.sendall(ends)
    return answer(connection)


@pytest.mark.parametrize("offer", ["websocket", "h2c"])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("chunked", [True, False])
def test_the_body_behind_an_offered_protocol_is_no_request(
    serve: Serve, offer: str, whole: bool, chunked: bool
) -> None:
    front = serve()
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(INNER)}"
    request = head("POST /v1/orders HTTP/1.1", "Host: x", "Connection: Upgrade", f"Upgrade: {offer}", framing)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(INNER), INNER) if chunked else INNER
    last = head("GET /last HTTP/1.1", "Host: x", "Connection: close")

    answered = (
        sent(front, request + body, ends=last) if whole else sent(front, request, body[:20], body[20:], ends=last)
    )

    assert f"POST /v1/orders {len(INNER)} {len(INNER)} ".encode() in answered
    assert front.toy.inside == ["/v1/orders", "/last"]


def test_an_offer_without_a_body_is_answered_in_this_protocol(serve: Serve) -> None:
    front = serve()
    offer = head("GET /first HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket")
    last = head("GET /last HTTP/1.1", "Host: x", "Connection: close")

    together, apart = sent(front, offer + offer + last), sent(front, offer, offer, ends=last)

    assert front.toy.inside == ["/first", "/first", "/last"] * 2
    assert together.count(b"HTTP/1.1 200 ") == apart.count(b"HTTP/1.1 200 ") == 3


def test_what_comes_behind_a_body_is_no_header(serve: Serve) -> None:
    front = serve(trusted="127.0.0.0/8")
    request = head(
        "POST /a HTTP/1.1", "Host: x", "X-Forwarded-For: 203.0.113.9", "Connection: close", "Transfer-Encoding: chunked"
    )
    trailers = b"X-Forwarded-For: 198.51.100.1\r\nCookie: forged=1\r\n"

    answered = sent(front, request, b"1\r\nx\r\n0\r\n" + trailers + b"\r\n")

    assert b"POST /a 1 1 127.0.0.1 203.0.113.9 None" in answered
    assert b"198.51.100.1" not in answered


def test_a_long_body_behind_another_request_is_no_head(serve: Serve) -> None:
    front = serve()
    first = head("GET /first HTTP/1.1", "Host: x")
    second = head("POST /second HTTP/1.1", "Host: x", "Content-Length: 50000", "Connection: close")

    answered = sent(front, first + second, *[b"x" * 10_000] * 5)

    assert b"POST /second 50000 " in answered


@pytest.mark.parametrize(
    "sent_head",
    [
        head("GET /a HTTP/1.1"),
        head("GET /a HTTP/1.1", "Host: x", "Host: y"),
        head("GET /a HTTP/2.0", "Host: x"),
        head("GET /a HTTP/1.9", "Host: x"),
        head("CONNECT example.com:443 HTTP/1.1", "Host: x"),
        head("CONNECT /a HTTP/1.1", "Host: x"),
        head("GET http://example.com HTTP/1.1", "Host: x"),
        head("GET /a HTTP/1.1", "Host: x", "Content-Length : 5"),
        head("GET /a HTTP/1.1", "Host: x", "X-A: b", " folded"),
        b"GET /a HTTP/1.1\nHost: x\n\n",
        head("GET /a HTTP/1.1", "Host: x\rX-B: c"),
        head("GET /a HTTP/1.1", "Host: x", "X-A: \0"),
        head("POST /a HTTP/1.1", "Host: x", "Transfer-Encoding: xchunked"),
        head("POST /a HTTP/1.1", "Host: x", "Transfer-Encoding: chunked, identity"),
        head("POST /a HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: h2c", "Transfer-Encoding: gzip"),
    ],
)  # fmt: skip
def test_heads_that_servers_read_differently_are_refused(serve: Serve, sent_head: bytes) -> None:
    front = serve()

    answered = sent(front, sent_head)

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answered
    assert answered.count(b"HTTP/1.1 ") == 1


def test_an_old_client_without_a_host_is_answered(serve: Serve) -> None:
    assert b"GET /a 0 " in sent(serve(), head("GET /a HTTP/1.0"))
