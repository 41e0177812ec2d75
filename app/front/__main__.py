"""`python -m app.front`: serves the application. With several workers, each is a process with a socket of its own."""

from __future__ import annotations

import argparse
import gc
import importlib
import signal
import socket
import sys

import uvicorn

from app.core.process import copies
from app.core.process.copies import Part
from app.front import limits
from app.front.connections import Connection, more_files

GRACEFUL_S = 8  # for what is being answered when we are to end
BACKLOG = 2048
YOUNG_OBJECTS = 10_000  # a request makes some thousands, and nearly all of them are gone without being looked for
READER_GONE_MS = 30_000


def main(arguments: list[str]) -> int:
    """Serve until told to end; the exit status."""
    parser = argparse.ArgumentParser("python -m app.front", description="Serve Bursar over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes; one for each processor is right")
    options = parser.parse_args(arguments)
    if options.workers > 1:
        importlib.import_module("wsgi")  # once for all; its threads and connections begin in each
        web = Part("web", lambda: serve(options.host, options.port))
        return copies.supervise([web] * options.workers, patience_s=GRACEFUL_S + 2)
    return serve(options.host, options.port)


def serve(host: str, port: int) -> int:
    """Serve in this process."""
    more_files()
    sys.setswitchinterval(0.001)  # a thread that computes lets the others, and the sockets, have their turn
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn takes it, and raises it again when it has ended
    config = uvicorn.Config(
        "asgi:app",
        http=Connection,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=limits.IDLE_S,
        timeout_graceful_shutdown=GRACEFUL_S,
    )
    try:
        listening = bound(host, port)
    except OSError as error:
        sys.stderr.write(f"Cannot listen at {host}, port {port}: {error.strerror}\n")
        return 1
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return 0 if server.started else 3


def bound(host: str, port: int) -> socket.socket:
    """A socket to listen at. What is set here holds for every connection that comes by it."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "SO_REUSEPORT"):  # the kernel shares out connections among the workers
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # whoever has gone without a word is forgotten
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, READER_GONE_MS)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # the kernel keeps little of an answer that is not read
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 128 * 1024)
    listening.bind(address)
    return listening


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
