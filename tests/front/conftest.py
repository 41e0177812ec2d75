"""A front in this process, with a small application behind it and sockets before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import uvicorn

from app.front.__main__ import bound
from app.front.connections import Connection
from app.front.front import Front
from app.lib.networks import read_networks
from ops import child
from ops.testing import ports


class Toy:
    """The application: says what it was sent; holds, streams and drips when asked to."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.inside: list[str] = []
        self.pieces = 0
        self.closed = threading.Event()

    def admits(self, environ: dict[str, Any]) -> bool:
        """Everybody but who says to be a stranger."""
        if environ.get("HTTP_X_WHO") == "nobody-knows":
            raise RuntimeError("the database is away")
        return environ.get("HTTP_X_WHO") != "stranger"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.inside.append(path)
        if path == "/endless":
            start_response("200 OK", [("Content-Type", "application/octet-stream")])
            return self._endless()
        if path == "/events":
            start_response("200 OK", [("Content-Type", "text/event-stream")])
            return self._events()
        if "hold" in environ["QUERY_STRING"]:
            self.release.wait(30)
        body = environ["wsgi.input"].read()
        response = f"{environ['REQUEST_METHOD']} {path} {len(body)} {environ.get('CONTENT_LENGTH')} "
        response += f"{environ['REMOTE_ADDR']} {environ.get('HTTP_X_FORWARDED_FOR')} {environ.get('HTTP_COOKIE')}"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [response.encode()]

    def _endless(self) -> Iterator[bytes]:
        try:
            while True:
                self.pieces += 1
                yield b"x" * 65536
        finally:
            self.closed.set()

    def _events(self) -> Iterator[bytes]:
        try:
            yield b"data: first\n\n"
            while True:
                self.closed.wait(0.05)
                yield b": still here\n\n"
        finally:
            self.closed.set()


class Served:
    """The front on a port of its own."""

    def __init__(self, toy: Toy, trusted: str) -> None:
        self.toy = toy
        self.port = ports.free()
        self.front = Front(toy, public_url="https://pay.example", trusted=read_networks(trusted), admits=toy.admits)
        config = uvicorn.Config(
            self.front, http=Connection, loop="uvloop", ws="none", lifespan="on", log_config=None, proxy_headers=False,
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert child.wait_until(lambda: self.server.started, limit_s=30)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self.server.config.get_loop_factory()) as runner:
            runner.run(self.server.serve(sockets=[bound("127.0.0.1", self.port)]))

    def stop(self) -> None:
        self.toy.release.set()
        self.server.should_exit = True
        self._thread.join(15)


@pytest.fixture
def serve(run_folder: Any) -> Iterator[Callable[..., Served]]:
    """A function that serves the toy; limits are those of the moment at which they are asked."""
    del run_folder  # ports are given out by the run
    running: list[Served] = []

    def start(*, trusted: str = "") -> Served:
        running.append(Served(Toy(), trusted))
        return running[-1]

    yield start
    for each in running:
        each.stop()
