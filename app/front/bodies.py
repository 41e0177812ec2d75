"""Reads a request's body to its end: within a size, a deadline, and no slower than is borne."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from io import BytesIO
from typing import IO, Any

from app.front import limits
from app.front.refusals import TOO_LARGE, TOO_MANY_UPLOADS, TOO_SLOW, Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Gone(Exception):
    """The client went away before its request was whole."""


class Bodies:
    """What all bodies on their way take together. Used by the event loop alone."""

    def __init__(self) -> None:
        self.held_bytes = 0
        self.uploads: Counter[str] = Counter()

    async def whole(self, receive: Receive, *, client: str, declared: int | None, most: int) -> tuple[IO[bytes], int]:
        """The body as a file at its beginning, and its length. `declared` is its Content-Length, None when it comes in
        chunks.

        Raises:
            Refused: it is too long, comes too slowly, or there is no room for it. Gone.
        """
        if declared == 0:
            return BytesIO(), 0
        if declared is not None and declared > most:
            await self._let_pass(receive, declared)
            raise Refused(TOO_LARGE)
        arriving = _Arriving(self, client, most)
        try:
            if declared is not None:
                arriving.make_room(declared)
            await arriving.read(receive)
        except BaseException:
            arriving.drop()
            raise
        finally:
            arriving.leave()
        return arriving.file, arriving.length

    async def _let_pass(self, receive: Receive, declared: int) -> None:
        """Read what is only a little too long, so that the client hears why: a connection that is closed on what was
        sent loses the answer too."""
        if declared > 4 * limits.SMALL_BODY_BYTES:
            return
        passing = _Arriving(self, "", declared, keeps=False)
        await passing.read(receive)


class _Arriving:
    """One body on its way: in memory while it is small, then on disk."""

    def __init__(self, bodies: Bodies, client: str, most: int, *, keeps: bool = True) -> None:
        self.file: IO[bytes] = BytesIO()
        self.length = 0
        self._bodies = bodies
        self._client = client
        self._most = most
        self._keeps = keeps
        self._held = 0
        self._is_upload = False

    async def read(self, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        more = True
        while more:
            late_s = began_s + limits.GRACE_S + self.length / limits.SLOWEST_BYTES_PER_S
            try:
                async with asyncio.timeout_at(late_s):
                    message = await receive()
            except TimeoutError:
                raise Refused(TOO_SLOW) from None
            if message["type"] == "http.disconnect":
                raise Gone
            await self._add(message.get("body", b""))
            more = message.get("more_body", False)
        if self._keeps:
            self.file.seek(0)

    async def _add(self, piece: bytes) -> None:
        self.length += len(piece)
        if self.length > self._most:
            raise Refused(TOO_LARGE)
        if not self._keeps:
            return
        self.make_room(self.length)
        if self._is_upload:
            await asyncio.to_thread(self.file.write, piece)
            return
        self._held += len(piece)
        self._bodies.held_bytes += len(piece)
        if self._bodies.held_bytes > limits.HELD_BYTES:
            raise Refused(TOO_MANY_UPLOADS)
        self.file.write(piece)

    def make_room(self, length: int) -> None:
        """Move to the disk what is too long for memory, if there is a place for one more such body."""
        if self._is_upload or length <= limits.SMALL_BODY_BYTES:
            return
        uploads = self._bodies.uploads
        if uploads.total() >= limits.UPLOADS or uploads[self._client] >= limits.UPLOADS_PER_CLIENT:
            raise Refused(TOO_MANY_UPLOADS)
        uploads[self._client] += 1
        self._is_upload = True
        self.file.seek(0)
        with ExitStack() as stack:
            on_disk = stack.enter_context(tempfile.TemporaryFile())
            on_disk.write(self.file.read())
            stack.pop_all()  # whoever gets the body closes it
        self.file = on_disk

    def leave(self) -> None:
        """It is no longer on its way."""
        self._bodies.held_bytes -= self._held
        self._held = 0
        if self._is_upload:
            self._is_upload = False
            self._bodies.uploads[self._client] -= 1
            if not self._bodies.uploads[self._client]:
                del self._bodies.uploads[self._client]

    def drop(self) -> None:
        """Nobody will read it."""
        self.file.close()
