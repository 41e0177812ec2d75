"""A link between the application and a server of its own (PostgreSQL, Redis) that fails when it is told to.

with Proxy(database_url) as link:
    ...                      # the application on link.url
    link.lose_replies(3)     # the next three COMMITs are done, and their answers are lost
    link.cut()               # every connection breaks
    link.refuse = True       # nobody new gets through
    link.delay_s = 0.05      # every piece travels so long, each way
    link.held = True         # nothing moves and nothing breaks: as behind a router that died
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_PIECE = 65_536
_ASKS_FOR_TLS = (80877103, 80877104)  # SSLRequest and GSSENCRequest: the start follows when they were answered
_ANSWER_ENDS = b"Z\x00\x00\x00\x05"  # ReadyForQuery, before one letter of state
_TICK_S = 0.01
T = TypeVar("T")


class Proxy:
    """Passes everything on unless told otherwise. To be used from any thread; it works in one of its own."""

    def __init__(self, url: str) -> None:
        self.refuse = False
        self.held = False
        self.delay_s = 0.0
        self.passed = 0  # connections that got through
        self.lost = 0  # answers that were lost on their way back
        self._target = url
        self._text, self._skip, self._lose = b"", 0, 0
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    @property
    def url(self) -> str:
        """The address of the same server, by way of here."""
        parts = urlsplit(self._target)
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        parameters = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("host", "port")]
        here = f"{login}127.0.0.1:{self._port}"
        if parts.scheme == "unix":  # a Redis on a socket file
            return f"redis://{here}/{dict(parameters).get('db', '0')}"
        return parts._replace(netloc=here, query=urlencode(parameters, quote_via=quote)).geturl()

    def lose_replies(self, count: int, *, after: int = 0, to: str = "COMMIT") -> None:
        """Of the statements that are this text, let `after` pass; the next `count` are done by the database, and the
        line breaks before it can say so."""
        self._text, self._skip, self._lose = to.encode(), after, count

    def cut(self) -> None:
        """Break every connection there is."""
        self._run(self._cut())

    def mend(self) -> None:
        """Pass everything on again."""
        self.refuse, self.held, self.delay_s, self._lose = False, False, 0.0, 0

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def takes(self, statement: bytes) -> bool:
        """Whether the answer to this statement is one to lose."""
        if not self._lose or statement.strip().upper() != self._text:
            return False
        if self._skip:
            self._skip -= 1
            return False
        self._lose -= 1
        return True

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await self._cut()

    async def _cut(self) -> None:
        for line in tuple(self._lines):
            line.cut()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.refuse:
                raise ConnectionRefusedError
            server_reader, server_writer = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        self.passed += 1
        line = _Line(self, reader, writer, server_reader, server_writer)
        self._lines.add(line)
        try:
            await line.carry()
        finally:
            self._lines.discard(line)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self._target)
        if parts.scheme == "unix":
            return await asyncio.open_unix_connection(unquote(parts.path))
        parameters = dict(parse_qsl(parts.query))
        host = parameters.get("host") or parts.hostname or "127.0.0.1"
        port = int(parameters.get("port") or parts.port or (6379 if parts.scheme.startswith("redis") else 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


class _Line:
    """One connection, both ways."""

    def __init__(
        self,
        link: Proxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        self.link = link
        self.reader, self.writer = reader, writer
        self.server_reader, self.server_writer = server_reader, server_writer
        self.loses = False  # the answer that comes next
        self.statements = _Statements() if urlsplit(link._target).scheme.startswith("postgres") else None

    def cut(self) -> None:
        self.writer.transport.abort()
        self.server_writer.transport.abort()

    async def carry(self) -> None:
        ways = [asyncio.create_task(self._there()), asyncio.create_task(self._back())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self.cut()

    async def _there(self) -> None:
        with contextlib.suppress(OSError):
            while piece := await self.reader.read(_PIECE):
                await self._travel()
                if self.statements is not None:
                    self.loses |= sum(self.link.takes(each) for each in self.statements.of(piece)) > 0
                self.server_writer.write(piece)
                await self.server_writer.drain()

    async def _back(self) -> None:
        answer = b""
        with contextlib.suppress(OSError):
            while piece := await self.server_reader.read(_PIECE):
                await self._travel()
                if self.loses:
                    answer += piece
                    if _ANSWER_ENDS in answer:
                        self.link.lost += 1
                        return
                    continue
                self.writer.write(piece)
                await self.writer.drain()

    async def _travel(self) -> None:
        if self.link.delay_s:
            await asyncio.sleep(self.link.delay_s)
        while self.link.held:
            await asyncio.sleep(_TICK_S)


class _Statements:
    """What a client of PostgreSQL says: the texts of its simple queries and of what it has parsed, found in the pieces
    that they come in."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_begun = False

    def of(self, piece: bytes) -> list[bytes]:
        """The queries that are whole now."""
        self._rest += piece
        found: list[bytes] = []
        while (message := self._next()) is not None:
            kind, content = message
            if not kind:
                self._has_begun = int.from_bytes(content[:4], "big") not in _ASKS_FOR_TLS
            elif kind == b"Q":
                found.append(content.rstrip(b"\0"))
            elif kind == b"P":
                found.append(content.split(b"\0")[1])
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        head = 1 if self._has_begun else 0  # the first message has no letter
        if len(self._rest) < head + 4:
            return None
        ends = head + int.from_bytes(self._rest[head : head + 4], "big")
        if len(self._rest) < ends:
            return None
        message = self._rest[:head], self._rest[head + 4 : ends]
        self._rest = self._rest[ends:]
        return message
