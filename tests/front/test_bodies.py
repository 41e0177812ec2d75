"""A request reaches the application only when its body is whole, not too long, and came fast enough."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx
import pytest

from app.front import limits
from ops import child
from tests.attacks.sockets import answer, drip, opened
from tests.front.conftest import Served

Serve = Callable[..., Served]


def head(path: str, *fields: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


def test_half_a_body_takes_no_thread_and_is_refused_in_the_end(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE_S", 0.5)
    front = serve()
    slow = opened(front.port)
    slow.sendall(head("/v1/orders", "Content-Length: 10") + b"12345")

    refused = answer(slow)

    assert refused.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "request_timeout"' in refused
    assert b"connection: close" in refused
    assert front.toy.inside == []


def test_a_body_slower_than_is_borne_is_refused_however_steadily_it_comes(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "GRACE_S", 0.5)
    front = serve()
    slow = opened(front.port)
    slow.sendall(head("/v1/orders", "Content-Length: 1000"))

    assert drip(slow, b"x", every_s=0.1).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_keeps_up_may_take_longer_than_the_grace(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE_S", 0.5)
    front = serve()
    steady = opened(front.port)
    steady.sendall(head("/v1/orders", "Content-Length: 163840", "Connection: close"))

    assert drip(steady, b"x" * 16384, every_s=0.1).startswith(b"HTTP/1.1 200 ")
    assert b"POST /v1/orders 163840 163840" in answer(steady)


def test_too_long_a_body_is_refused_by_its_head(serve: Serve) -> None:
    front = serve()
    large = opened(front.port)
    large.sendall(head("/v1/orders", "Content-Length: 100000000", "Expect: 100-continue"))

    refused = answer(large)

    assert refused.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in refused
    assert front.toy.inside == []


def test_a_body_that_is_a_little_too_long_is_refused_though_it_was_all_sent(serve: Serve) -> None:
    front = serve()

    refused = httpx.post(f"http://127.0.0.1:{front.port}/v1/orders", content=b"x" * (limits.SMALL_BODY_BYTES + 1))

    assert refused.status_code == 413
    assert refused.json()["code"] == "body_too_large"
    assert refused.headers["content-type"] == "application/problem+json"


def test_chunks_have_the_same_limit(serve: Serve) -> None:
    front = serve()
    url = f"http://127.0.0.1:{front.port}/callbacks/stripe/cha_1"

    within = httpx.post(url, content=iter([b"x" * 1000] * 64))
    beyond = httpx.post(url, content=iter([b"x" * 1000] * 65))

    assert "64000 64000" in within.text, "the application is told the length"
    assert beyond.status_code == 413


def test_expect_is_answered_with_continue(serve: Serve) -> None:
    front = serve()
    polite = opened(front.port)
    polite.sendall(head("/v1/orders", "Content-Length: 5", "Expect: 100-continue", "Connection: close"))

    assert polite.recv(100).startswith(b"HTTP/1.1 100 Continue")
    polite.sendall(b"12345")
    assert b"POST /v1/orders 5 5" in answer(polite)


@pytest.mark.parametrize(
    "lie",
    [
        head("/v1/orders", "Content-Length: 5", "Content-Length: 6") + b"12345",
        head("/v1/orders", "Content-Length: 5", "Transfer-Encoding: chunked") + b"12345",
        head("/v1/orders", "Content-Length: -5") + b"12345",
        head("/v1/orders", "Content-Length: 5x") + b"12345",
        head("/v1/orders", "Transfer-Encoding: chunked") + b"zz\r\n12345\r\n0\r\n\r\n",
    ],
)
def test_two_lengths_or_none_are_no_request(serve: Serve, lie: bytes) -> None:
    front = serve()
    liar = opened(front.port)
    liar.sendall(lie)
    liar.shutdown(socket.SHUT_WR)

    answered = answer(liar)

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1") == 1


def test_others_half_bodies_leave_room_for_orders_and_notices(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HELD_BYTES", 300_000)
    front = serve()
    url = f"http://127.0.0.1:{front.port}/v1/orders"
    crowd = [opened(front.port) for _ in range(4)]
    for each in crowd:
        each.sendall(head("/v1/orders", "Content-Length: 200000") + b"x" * 100_000)
    assert child.wait_until(lambda: front.front.bodies.held_bytes > 200_000, limit_s=20)

    small = httpx.post(url, content=b"x" * limits.SPARED_BYTES)
    large = httpx.post(url, content=b"x" * 200_000)

    assert small.status_code == 200
    assert (large.status_code, large.json()["code"]) == (503, "unavailable")
    for each in crowd:
        each.close()
    assert child.wait_until(lambda: front.front.bodies.held_bytes == 0, limit_s=20)


def test_who_leaves_amid_a_body_leaves_nothing(serve: Serve) -> None:
    front = serve()
    for _ in range(20):
        leaving = opened(front.port)
        leaving.sendall(head("/v1/orders", "Content-Length: 10") + b"12345")
        leaving.close()

    assert httpx.get(f"http://127.0.0.1:{front.port}/v1/x").status_code == 200
    assert front.toy.inside == ["/v1/x"]


def test_files_wait_on_disk_and_only_so_many_at_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UPLOADS_PER_CLIENT", 1)
    front = serve()
    url = f"http://127.0.0.1:{front.port}/v1/product-imports"
    first = opened(front.port)
    first.sendall(head("/v1/product-imports", "Content-Length: 3000000", "Connection: close") + b"x" * 1_000_000)
    assert child.wait_until(lambda: front.front.bodies.uploads.total() == 1, limit_s=20)

    second = httpx.post(url, content=b"x" * 3_000_000, timeout=20)
    first.sendall(b"x" * 2_000_000)

    assert second.status_code == 503
    assert second.headers["retry-after"] == "5"
    assert b"POST /v1/product-imports 3000000 3000000" in answer(first)
    assert httpx.post(url, content=b"x" * 3_000_000, timeout=20).status_code == 200, "its place was given back"


IMPORTS = "/v1/product-imports"


@pytest.mark.parametrize("length", ["Content-Length: 15000000", "Transfer-Encoding: chunked"])
def test_a_stranger_s_file_never_comes_to_the_disk(serve: Serve, length: str) -> None:
    front = serve()
    stranger = opened(front.port)
    stranger.sendall(head(IMPORTS, length, "X-Who: stranger"))
    if "chunked" in length:
        stranger.sendall(b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(5)))

    refused = answer(stranger)

    assert refused.startswith(b"HTTP/1.1 401 ")
    assert b'"code": "unauthenticated"' in refused
    assert b"www-authenticate: Bearer" in refused
    assert front.toy.inside == []
    assert front.front.bodies.on_disk_bytes == 0


def test_a_stranger_s_small_body_is_the_application_s_to_refuse(serve: Serve) -> None:
    front = serve()

    answered = httpx.post(f"http://127.0.0.1:{front.port}{IMPORTS}", content=b"x", headers={"X-Who": "stranger"})

    assert answered.status_code == 200
    assert front.toy.inside == [IMPORTS]


def test_a_file_is_put_off_while_nobody_can_tell_whose_it_is(serve: Serve) -> None:
    front = serve()
    somebody = opened(front.port)
    somebody.sendall(head(IMPORTS, "Content-Length: 15000000", "X-Who: nobody-knows"))

    refused = answer(somebody)

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after" in refused


@pytest.mark.parametrize("length", ["declared", "in chunks"])
def test_files_wait_for_room_on_the_disk(serve: Serve, monkeypatch: pytest.MonkeyPatch, length: str) -> None:
    front = serve()
    content = b"x" * 3_000_000
    url = f"http://127.0.0.1:{front.port}{IMPORTS}"

    with monkeypatch.context() as short_of_room:
        short_of_room.setattr(limits, "LEFT_BYTES", 1 << 60)
        short_of_room.setattr(limits, "LEFT_SHARE", 1.0)
        refused = httpx.post(url, content=content if length == "declared" else iter([content]), timeout=20)
    response = httpx.post(url, content=content if length == "declared" else iter([content]), timeout=20)

    assert refused.status_code == 503
    assert refused.json()["code"] == "storage"
    assert refused.headers["retry-after"] == "60"
    assert response.status_code == 200
    assert front.front.bodies.on_disk_bytes == 0, "its room was given back"


def test_files_that_the_application_still_reads_count(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UPLOADED_BYTES", 5_000_000)
    front = serve()
    url = f"http://127.0.0.1:{front.port}{IMPORTS}"
    held = opened(front.port)
    held.sendall(head(IMPORTS + "?hold", "Content-Length: 3000000", "Connection: close") + b"x" * 3_000_000)
    assert child.wait_until(lambda: front.toy.inside == [IMPORTS], limit_s=20)

    refused = httpx.post(url, content=b"x" * 3_000_000, timeout=20)
    front.toy.release.set()

    assert refused.status_code == 503
    assert answer(held).startswith(b"HTTP/1.1 200 ")
    assert httpx.post(url, content=b"x" * 3_000_000, timeout=20).status_code == 200
