"""Calls to Pretend Pay's real process, and a shop's ear for its notices: what tests of paying are made with."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, TypeVar

import httpx

from ops import child

MAX_WAIT_S = 60.0
MERCHANT, KEY = "m_test", "key-of-the-test-merchant"
_numbers = count(1)
T = TypeVar("T")


def eventually(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as it finds something that is true."""
    found: list[T] = []

    def finds() -> bool:
        found[:] = [look()]
        return bool(found[0])

    assert child.wait_until(finds, limit_s=MAX_WAIT_S, pause_s=0.01), "it did not happen within a minute"
    return found[0]


@dataclass(frozen=True)
class Message:
    """A notice as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Receiver:
    """Listens for notices; answers 200, or what `answers` says, one after the other, always with the same `word`."""

    answers: list[int] = field(default_factory=list)
    word: bytes = b""
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name: str(value) for name, value in self.headers.items()}
                status = receiver._keep(Message(headers, body))
                self.send_response(status)
                self.send_header("Content-Length", str(len(receiver.word)))
                self.end_headers()
                self.wfile.write(receiver.word)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64  # ten notices at once must not wait for a second knock

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/notices"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, how_many: int) -> list[Message]:
        """The first `how_many` notices."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.messages) >= how_many, timeout=MAX_WAIT_S)
        assert came, f"{len(self.messages)} of {how_many} notices came"
        return self.messages[:how_many]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _keep(self, message: Message) -> int:
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
            return self.answers.pop(0) if self.answers else 200


@dataclass
class Company:
    """A running Pretend Pay and the calls a merchant or a developer makes to it."""

    url: str

    def __post_init__(self) -> None:
        self.client = httpx.Client(timeout=MAX_WAIT_S, trust_env=False)

    def register(self, key: str = KEY, merchant_id: str = MERCHANT) -> None:
        self.admin("POST", "/merchants", {"merchant_id": merchant_id, "api_key": key, "name": "Test Shop"})

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, f"{self.url}/admin{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def script(self, operation: str, behavior: str, **more: Any) -> None:
        self.admin("POST", "/scripts", {"operation": operation, "behavior": behavior} | more)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = KEY,
        merchant_id: str = MERCHANT,
        at: float | None = None,
    ) -> httpx.Response:
        """One signed call of a merchant."""
        content = b"" if body is None else json.dumps(body).encode()
        timestamp = str(int(at or time.time()))
        message = f"{timestamp}.{method}./v1{path}.".encode() + content
        signature = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
        headers = {"X-Merchant": merchant_id, "X-Timestamp": timestamp, "X-Signature": signature}
        url = f"{self.url}/v1{path}"
        return self.client.request(method, url, content=content, headers=headers)

    def open(self, receiver: Receiver | None = None, **more: Any) -> dict[str, Any]:
        """A new payment."""
        answer = self.call("POST", "/payments", payment_request(receiver, **more))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def decide(self, trade_no: str, action: str, **more: str) -> httpx.Response:
        """What the buyer's form sends."""
        form = {"action": action} | more
        return self.client.post(f"{self.url}/pay/{trade_no}", data=form)


def number() -> str:
    """A merchant's number nobody used before."""
    return f"att_{os.getpid()}_{next(_numbers)}"


def payment_request(receiver: Receiver | None = None, **more: Any) -> dict[str, Any]:
    """The body of a merchant's request for a payment."""
    return {
        "out_trade_no": number(),
        "amount": 1980,
        "currency": "USD",
        "scene": "web",
        "subject": "Gold membership",
        "notify_url": receiver.url if receiver else "http://127.0.0.1:9/nobody",
        "return_url": "http://127.0.0.1:9/back?order=1",
        "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    } | more
