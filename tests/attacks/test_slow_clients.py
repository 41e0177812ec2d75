"""Sockets that begin and do not go on: slow heads, slow bodies, slow readers. Paying and health go on beside them."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable

import httpx
import pytest

from ops.testing.run import is_long
from ops.testing.stack import Stack
from tests.attacks.sockets import crowd, opened

SOCKETS = 2000 if is_long() else 200
SECONDS = 40 if is_long() else 2
ARRIVAL_S = 60  # 2,000 at once are some seconds of work in themselves: to accept, and to answer or refuse
PATIENCE_S = 6  # what is held up by the crowd waits as long as the crowd likes


def slow_head(stack: Stack) -> socket.socket:
    connection = opened(stack.port["web"])
    connection.sendall(b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    return connection


def slow_body(stack: Stack) -> socket.socket:
    connection = opened(stack.port["web"])
    connection.sendall(b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{")
    return connection


def slow_chunks(stack: Stack) -> socket.socket:
    connection = opened(stack.port["web"])
    connection.sendall(b"POST /callbacks/stripe/cha_1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    return connection


def slow_reader(stack: Stack) -> socket.socket:
    connection = opened(stack.port["web"], receive_buffer=4096)
    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    return connection


@pytest.mark.parametrize(
    ("attacker", "drip"), [(slow_head, b"x"), (slow_body, b"x"), (slow_chunks, b"1\r\nx\r\n"), (slow_reader, b"")]
)
def test_paying_goes_on_beside(stack: Stack, attacker: Callable[[Stack], socket.socket], drip: bytes) -> None:
    with crowd(lambda: attacker(stack), SOCKETS, drip=drip):
        assert httpx.get(f"{stack.url}/healthz", timeout=ARRIVAL_S).status_code == 200
        ends_s = time.monotonic() + SECONDS
        rounds = 0
        while rounds < 3 or time.monotonic() < ends_s:
            assert httpx.get(f"{stack.url}/healthz", timeout=PATIENCE_S).status_code == 200
            assert httpx.get(f"{stack.url}/readyz", timeout=PATIENCE_S).status_code == 200
            assert pay(stack) == "paying"
            rounds += 1


def pay(stack: Stack) -> str:
    """Place an order and ask the company for its payment; the order's status."""
    placed = httpx.post(
        f"{stack.url}/v1/orders",
        json={
            "line_items": [{"sku_id": stack.demo["sku_ids"][0], "quantity": 1}],
            "channel": "simulator",
            "buyer": {"reference": "slow"},
        },
        headers={"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": f"slow-{uuid.uuid4()}"},
        timeout=PATIENCE_S,
    )
    assert placed.status_code == 201, placed.text
    return str(placed.json()["status"])
