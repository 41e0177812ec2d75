"""The connections of one process: who has not asked for anything yet is closed after a while, or when room is needed.

uvicorn reads and writes HTTP; it knows no deadline for a head, none for a reader, and no limit of connections. Those
stand here, around its protocol. So does what it takes too easily: trailers as if they were headers, the body of a
request that offers another protocol as if it were the next request, and heads that name no host or two.
"""

from __future__ import annotations

import asyncio
import resource
from collections import defaultdict
from collections.abc import Sequence

import httptools
from prometheus_client import Counter, Gauge
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.web.client_address import client_address
from app.front import limits
from app.front.refusals import BAD_REQUEST, HEAD_TOO_LARGE, TOO_SLOW, Refusal, as_bytes
from app.lib.networks import Network, neighbourhood, read_address

LOOK_EVERY_S = 0.5
SPARE_FILES = 256  # file descriptors that are left to the application
_FRAMING = (b"content-length", b"transfer-encoding")

CLOSED = Counter("bursar_front_closed_total", "Connections closed by us before they ended.", ["why"])
OPEN = Gauge("bursar_front_connections", "Connections that are open.", multiprocess_mode="livesum")


class Connections:
    """All connections, and those of them that wait: they have no whole request with us, so closing them costs nobody
    anything. Used by the event loop alone."""

    def __init__(self, *, public_url: str, trusted: Sequence[Network], stopping: asyncio.Event) -> None:
        self.public_url = public_url
        self.trusted = tuple(trusted)
        self.stopping = stopping
        self.all: set[Connection] = set()
        # Oldest first: strangers, who have never sent a whole request, and those who have.
        self._strangers: dict[Connection, None] = {}
        self._known: dict[Connection, None] = {}
        self._by_client: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = max(64, min(limits.MAX_CONNECTIONS, files - SPARE_FILES))

    def add(self, connection: Connection) -> None:
        """A new connection; the one that waits longest goes if there are too many."""
        self.all.add(connection)
        self.wait(connection)
        if len(self.all) > self.most:
            self._make_room(self._strangers or self._known, why="full")

    def remove(self, connection: Connection) -> None:
        self.all.discard(connection)
        self.go_on(connection)

    def wait(self, connection: Connection) -> None:
        """It has no whole request with us."""
        (self._known if connection.answered else self._strangers)[connection] = None
        client = connection.client_name
        if client is not None:
            ours = self._by_client[client]
            ours[connection] = None
            if len(ours) > limits.MAX_WAITING_PER_CLIENT:
                self._make_room(ours, why="full_of_one_client")

    def go_on(self, connection: Connection) -> None:
        """Its request is whole, or it has gone."""
        self._strangers.pop(connection, None)
        self._known.pop(connection, None)
        client = connection.client_name
        if client is not None and client in self._by_client:
            self._by_client[client].pop(connection, None)
            if not self._by_client[client]:
                del self._by_client[client]

    def _make_room(self, waiting: dict[Connection, None], *, why: str) -> None:
        oldest = next(iter(waiting), None)
        if oldest is not None:
            oldest.end(why)

    async def watch(self) -> None:
        """Look at all of them again and again."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = loop.time()
            for connection in list(self.all):
                connection.look(now_s)
            OPEN.set(len(self.all))

    def name_of(self, peer: str, forwarded_for: str = "") -> str | None:
        """Whom a limit is about; None for a proxy of ours, through whom everybody comes."""
        address = read_address(peer)
        found = client_address(peer, forwarded_for, self.trusted)
        if address is not None and any(address in network for network in self.trusted) and found == str(address):
            return None
        return neighbourhood(found)


class Connection(HttpToolsProtocol):
    """One connection: uvicorn's, with limits."""

    guard: Connections
    client_name: str | None = None
    answered = 0  # requests so far

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.guard = self.app_state["connections"]
        self._peer = self.client[0] if self.client else ""
        self.client_name = self.guard.name_of(self._peer)
        self._in_head = True
        self._head_bytes = 0
        self._head_fields = self._read_bytes = 0
        self._waits_since_s = self.loop.time()
        self._unread_bytes = 0
        self._unread_since_s = 0.0
        self._refused: Refusal | None = None
        self._offered: list[bytes] = []
        self._is_going_on = False
        self.guard.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            if not self._head_bytes:
                self._waits_since_s = self.loop.time()
            self._head_bytes += len(data)
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("")
        if self._in_head and self._head_bytes > limits.MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(HEAD_TOO_LARGE)

    def _feed(self, data: bytes) -> None:
        """Parse it. Anybody may offer another protocol, as often as they like; it goes on in this one, with a parser
        that heard of no offer, because the one that did takes the body for the other protocol's beginning."""
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as offer:
                data = data[offer.args[0] :]
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
            if self._offered:
                self._is_going_on = True
                self.parser.feed_data(b"\r\n".join((b"POST / HTTP/1.1", *self._offered, b"", b"")))
                self._offered, self._is_going_on = [], False

    # What the parser says

    def on_message_begin(self) -> None:
        if self._is_going_on:
            return
        super().on_message_begin()
        self._in_head = True
        self._head_fields = self._read_bytes = 0
        if len(self.pipeline) >= limits.MAX_PIPELINED:
            raise ValueError("too many requests at once")

    def on_url(self, url: bytes) -> None:
        if not self._is_going_on:
            self._count(len(url))
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_going_on:
            return
        self._head_fields += 1
        self._count(len(name) + len(value))
        if self._in_head:  # or it is a trailer: a proxy that watches over heads may have let it pass
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_going_on:
            return
        self._in_head = False
        self._head_bytes = 0
        self._check_head()
        if self.parser.should_upgrade():
            self._offered = [b": ".join(each) for each in self.headers if each[0] in _FRAMING]
        if self.client_name is None:
            self._name_the_client()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self._offered and not self._is_going_on:
            return  # its body is still to come
        self._in_head = True
        self.guard.go_on(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.answered += 1
        self._waits_since_s = self.loop.time()
        super().on_response_complete()
        if not self.transport.is_closing() and self._waits_for_head():
            self.guard.go_on(self)
            self.client_name = self.guard.name_of(self._peer)
            self.guard.wait(self)

    def send_400_response(self, msg: str) -> None:
        del msg
        self._refuse(self._refused or BAD_REQUEST)

    def shutdown(self) -> None:
        self.guard.stopping.set()
        super().shutdown()

    # What we say

    def look(self, now_s: float) -> None:
        """Close it if it has taken too long over something."""
        if unread := self.transport.get_write_buffer_size():
            self._look_at_reader(unread, now_s)
            return
        self._unread_bytes = 0
        if self.transport.is_closing() or not self._waits_for_head():
            return
        waited_s = now_s - self._waits_since_s
        if self._head_bytes and waited_s > limits.HEAD_S:
            CLOSED.labels("slow_head").inc()
            self._refuse(TOO_SLOW)
        elif not self._head_bytes and not self.answered and waited_s > limits.HEAD_S:
            CLOSED.labels("silent").inc()
            self.transport.close()

    def end(self, why: str) -> None:
        """Close it at once, whatever it was about to send."""
        CLOSED.labels(why).inc()
        self.guard.remove(self)
        if self.cycle is not None:
            self.cycle.disconnected = True  # what is still made for it goes nowhere
            self.cycle.message_event.set()
        self.transport.abort()

    def resume_writing(self) -> None:
        self._unread_bytes = 0  # much of it was read
        super().resume_writing()

    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look_at_reader(self, unread: int, now_s: float) -> None:
        """A reader takes some of the answer in every window of time, or is not waited for."""
        if not self._unread_bytes or unread <= self._unread_bytes - limits.READ_BYTES:
            self._unread_bytes, self._unread_since_s = unread, now_s
        elif now_s - self._unread_since_s > limits.READ_WINDOW_S:
            self.end("slow_reader")

    def _check_head(self) -> None:
        """Refuse what another server on the way may have read in another way."""
        version = self.parser.get_http_version()
        hosts = sum(name == b"host" for name, _ in self.headers)
        if version not in ("1.0", "1.1") or hosts > 1 or (version == "1.1" and not hosts):
            raise ValueError("no version or no host that everybody understands")
        if self.parser.get_method() == b"CONNECT":
            raise ValueError("this is no proxy")

    def _name_the_client(self) -> None:
        """Behind a proxy the client is known by the head."""
        forwarded = ",".join(v.decode("latin-1") for n, v in self.headers if n == b"x-forwarded-for")
        self.guard.go_on(self)
        self.client_name = self.guard.name_of(self._peer, forwarded)
        self.guard.wait(self)

    def _count(self, length: int) -> None:
        self._read_bytes += length
        if self._head_fields > limits.MAX_HEADERS or self._read_bytes > limits.MAX_HEAD_BYTES:
            self._refused = HEAD_TOO_LARGE
            raise ValueError("too much of a head")

    def _refuse(self, refusal: Refusal) -> None:
        """Answer this and close; after the answer that is being made, if there is one."""
        if not self._waits_for_head() and not self.cycle.more_body:
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if self._waits_for_head() or not self.cycle.response_started:
            self.transport.write(as_bytes(refusal, public_url=self.guard.public_url))
        self.transport.close()


def more_files() -> None:
    """Let this process open as many files as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * limits.MAX_CONNECTIONS
    if soft < needed:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (needed if hard == resource.RLIM_INFINITY else min(needed, hard), hard)
        )
