"""Answers that are long, or made while they are read. Each piece is made in a thread, lent for that piece alone: a
reader who does not read holds none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from app.front import limits
from app.front.answers import Answer
from app.front.refusals import BUSY, Refused
from app.front.thread_pools import Threads

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Streams:
    """All that are being sent by this process. `stopping` ends those that would go on for ever."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._threads = Threads(limits.STREAM_THREADS, "stream")
        # Of each client, oldest first: what tells it that another has its place.
        self._open: dict[str, dict[asyncio.Event, None]] = {}

    async def send(self, answer: Answer, client: str, receive: Receive, send: Send) -> None:
        """Send it to its end, or for as long as somebody reads.

        Raises:
            Refused: too many are being sent.
        """
        over: asyncio.Future[None] | None = None
        making: asyncio.Future[bytes | None] | None = None
        try:
            with self._place(client) as left:
                over = asyncio.ensure_future(self._over(answer, receive, left))
                await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                piece: bytes | None = answer.body
                while piece is not None and not over.done():
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                    making = self._threads.run(answer.next_piece)
                    await asyncio.wait((making, over), return_when=asyncio.FIRST_COMPLETED)
                    piece = making.result() if making.done() else b""
                if piece is None or self._stopping.is_set():
                    await send({"type": "http.response.body", "body": b""})
        finally:
            if over is not None:
                over.cancel()
            self._end(answer, making)

    async def _over(self, answer: Answer, receive: Receive, left: asyncio.Event) -> None:
        """Comes back when nobody reads any more, when another has the place, or when the server stops and this would
        go on by itself."""
        waiting: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(_leaving(receive)),
            asyncio.ensure_future(left.wait()),
        ]
        if answer.is_events:
            waiting.append(asyncio.ensure_future(self._stopping.wait()))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def _end(self, answer: Answer, making: asyncio.Future[bytes | None] | None) -> None:
        """Tell the application that it is over, once it makes no piece any more."""
        if making is None or making.done():
            self._threads.run(answer.end)
        else:
            making.add_done_callback(lambda _: self._threads.run(answer.end))

    @contextmanager
    def _place(self, client: str) -> Iterator[asyncio.Event]:
        mine = len(self._open.get(client, ()))
        if mine >= limits.STREAMS_PER_CLIENT:
            raise Refused(BUSY)
        if sum(map(len, self._open.values())) >= limits.STREAMS:
            self._make_room(mine)
        left = asyncio.Event()
        self._open.setdefault(client, {})[left] = None
        try:
            yield left
        finally:
            self._leave(client, left)

    def _make_room(self, mine: int) -> None:
        """End the oldest of whoever has the most, if that is more than the one who comes will have.

        Raises:
            Refused: everybody has as few.
        """
        crowd = max(self._open, key=lambda each: len(self._open[each]))
        if len(self._open[crowd]) <= mine + 1:
            raise Refused(BUSY)
        oldest = next(iter(self._open[crowd]))
        oldest.set()
        self._leave(crowd, oldest)

    def _leave(self, client: str, left: asyncio.Event) -> None:
        ours = self._open.get(client, {})
        ours.pop(left, None)
        if not ours:
            self._open.pop(client, None)


async def _leaving(receive: Receive) -> None:
    """Comes back when the client has gone."""
    with contextlib.suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            pass
