"""Who has not asked for anything is closed, in time or when room is needed; who does not read is not waited for."""

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


def get(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(limits, "HEAD_S", 0.5)
    front = serve()
    slow = opened(front.port)
    slow.sendall(sent)

    answered = answer(slow, limit_s=10)

    assert answered[:13] == (b"HTTP/1.1 408 " if sent else b"")


def test_a_head_that_drips_has_no_more_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_S", 1.0)
    front = serve()
    slow = opened(front.port)
    slow.sendall(b"GET / HTTP/1.1\r\n")

    assert drip(slow, b"a: b\r\n", every_s=0.1).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "head",
    [
        get("/", "A: " + "b" * 40_000),
        get("/", *[f"A{n}: b" for n in range(200)]),
        b"GET /" + b"a" * 40_000,
        b"GET / HTTP/1.1\r\n" + b"A" * 40_000,
    ],
)
def test_heads_have_an_end(serve: Serve, head: bytes) -> None:
    front = serve()
    large = opened(front.port)
    large.sendall(head)

    assert answer(large).startswith(b"HTTP/1.1 431 ")
    assert front.toy.inside == []


def test_one_client_can_only_push_out_its_own(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WAITING_PER_CLIENT", 5)
    front = serve()
    other = opened(front.port, source="127.0.0.2")
    other.sendall(b"GET /other HTTP/1.1\r\n")
    greedy = [opened(front.port) for _ in range(20)]
    newest = greedy[-1]
    newest.sendall(get("/newest", "Connection: close"))
    other.sendall(b"Host: x\r\nConnection: close\r\n\r\n")

    assert b"GET /newest" in answer(newest)
    assert b"GET /other" in answer(other)
    assert wait(lambda: sum(_is_closed(each) for each in greedy[:-1]) >= 14)


def test_a_full_house_makes_room_for_who_comes(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 64)
    front = serve()
    crowd = [opened(front.port, source=f"127.0.0.{2 + n % 100}") for n in range(200)]

    assert httpx.get(f"http://127.0.0.1:{front.port}/in").status_code == 200
    assert wait(lambda: sum(_is_closed(each) for each in crowd) >= 130)


def test_who_is_being_served_is_not_pushed_out(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 64)
    front = serve()
    buyer = opened(front.port)
    buyer.sendall(get("/c/ses_1?hold", "Connection: close"))
    crowd = [opened(front.port) for _ in range(200)]
    front.toy.release.set()

    assert b"GET /c/ses_1" in answer(buyer)
    del crowd


def test_behind_a_proxy_clients_are_distinguished(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_WAITING_PER_CLIENT", 5)
    front = serve(trusted="127.0.0.0/8")

    def half(client: str) -> socket.socket:
        found = opened(front.port)
        found.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + client.encode() + b"\r\n")
        found.sendall(b"Connection: close\r\nContent-Length: 4\r\n\r\n12")
        return found

    idle = [opened(front.port) for _ in range(20)]
    buyer = half("203.0.113.9")
    greedy = [half("203.0.113.1") for _ in range(20)]
    buyer.sendall(b"34")

    assert b"POST / 4 4" in answer(buyer)
    assert wait(lambda: sum(_is_closed(each) for each in greedy) >= 15)
    assert not any(_is_closed(each) for each in idle), "a proxy may hold as many as it likes"


def test_who_does_not_read_is_closed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ_WINDOW_S", 1.0)
    front = serve()
    deaf = opened(front.port, receive_buffer=4096)
    deaf.sendall(get("/endless"))

    assert front.toy.closed.wait(20), "the application is told that nobody reads"
    assert front.toy.pieces < 100, "no more is made than fits on the way"


def test_readers_who_do_not_read_hold_no_thread(serve: Serve) -> None:
    front = serve()
    deaf = [opened(front.port, receive_buffer=4096, source=f"127.0.1.{n}") for n in range(1, 61)]
    for each in deaf:
        each.sendall(get("/endless"))
    assert wait(lambda: len(front.toy.inside) == 60)

    reading = opened(front.port)
    reading.sendall(get("/endless"))
    received = 0
    while received < 3_000_000:
        received += len(reading.recv(65536))
    assert httpx.get(f"http://127.0.0.1:{front.port}/portal").status_code == 200


def test_long_answers_have_a_limit_for_each_client(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAMS_PER_CLIENT", 2)
    front = serve()
    held = [opened(front.port) for _ in range(2)]
    for each in held:
        each.sendall(get("/endless"))
        each.recv(10)

    assert httpx.get(f"http://127.0.0.1:{front.port}/endless").status_code == 503


def test_who_holds_the_most_long_answers_makes_room_for_others(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAMS", 4)
    front = serve()
    crowd = [opened(front.port, receive_buffer=4096, source=f"127.0.1.{n}") for n in (1, 1, 2, 2)]
    for each in crowd:
        each.sendall(get("/endless"))
        each.recv(10)

    others = [opened(front.port, source=f"127.0.1.{n}") for n in (3, 4)]
    for each in others:
        each.sendall(get("/events"))
        assert each.recv(100).startswith(b"HTTP/1.1 200 ")
    last = opened(front.port, source="127.0.1.5")
    last.sendall(get("/events", "Connection: close"))

    assert answer(last).startswith(b"HTTP/1.1 503 "), "each of the four has one now"
    assert sum(map(len, front.front._streams._open.values())) == 4


def test_events_come_at_once_and_end_with_the_server(serve: Serve) -> None:
    front = serve()
    watching = opened(front.port)
    watching.sendall(get("/events"))
    received = b""
    while b"data: first" not in received:
        received += watching.recv(1000)
    front.stop()

    assert answer(watching).endswith(b"0\r\n\r\n")
    assert front.toy.closed.wait(10)


def test_what_is_being_answered_when_it_ends_is_answered(serve: Serve) -> None:
    front = serve()
    buyer = opened(front.port)
    buyer.sendall(get("/c/ses_1?hold"))
    assert wait(lambda: bool(front.toy.inside))
    front.server.should_exit = True
    assert wait(lambda: _is_refused(front.port))
    front.toy.release.set()

    assert b"GET /c/ses_1" in answer(buyer)


def test_requests_one_behind_another_are_answered_in_order_and_not_without_end(serve: Serve) -> None:
    front = serve()
    quick = opened(front.port)
    quick.sendall(get("/1") + get("/2") + get("/3", "Connection: close"))
    flood = opened(front.port)
    flood.sendall(get("/?hold") + get("/again") * 100)

    answered = answer(quick)
    assert [answered.index(f"GET /{n} ".encode()) for n in (1, 2, 3)] == sorted(
        answered.index(f"GET /{n} ".encode()) for n in (1, 2, 3)
    )
    front.toy.release.set()
    answer(flood)
    assert front.toy.inside.count("/again") <= limits.MAX_PIPELINED


def test_a_header_cannot_pass_for_another(serve: Serve) -> None:
    front = serve()
    url = f"http://127.0.0.1:{front.port}/"

    forged = httpx.get(url, headers={"X_Forwarded_For": "203.0.113.1"})
    twice = httpx.get(
        url, headers=[("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Forwarded-For", "1"), ("X-Forwarded-For", "2")]
    )

    assert forged.text.endswith("127.0.0.1 None None")
    assert twice.text.endswith("127.0.0.1 1,2 a=1;b=2")


def test_a_head_is_answered_like_a_get_without_its_body(serve: Serve) -> None:
    front = serve()
    asking = opened(front.port)
    asking.sendall(b"HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    answered = answer(asking)

    assert answered.startswith(b"HTTP/1.1 200 ")
    assert answered.endswith(b"\r\n\r\n")


def wait(condition: Callable[[], bool]) -> bool:
    return child.wait_until(condition, limit_s=20)


def _is_refused(port: int) -> bool:
    try:
        opened(port).close()
    except ConnectionError:
        return True
    return False


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return connection.recv(1000) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
