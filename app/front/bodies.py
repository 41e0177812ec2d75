"""Reads a request's body to its end: within a size, a deadline, and no slower than is borne."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from io import BytesIO
from typing import IO, Any

from app.front import limits
from app.front.refusals import NO_ROOM, TOO_LARGE, TOO_MANY_UPLOADS, TOO_SLOW, UNKNOWN_SENDER, Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Admits = Callable[[], Awaitable[bool]]


class Gone(Exception):
    """The client went away before its request was whole."""


class Bodies:
    """What all bodies take together, on their way and until they are read. Used by the event loop alone."""

    def __init__(self) -> None:
        self.held_bytes = 0
        self.on_disk_bytes = 0
        self.uploads: Counter[str] = Counter()

    async def whole(
        self, receive: Receive, *, client: str, declared: int | None, most: int, admits: Admits | None = None
    ) -> Body:
        """The body, at its beginning; whoever gets it closes it. `declared` is its Content-Length, None when it comes
        in chunks. `admits` is asked once about who sends a body that would have to wait on disk.

        Raises:
            Refused: it is too long, comes too slowly, from nobody known, or there is no room for it. Gone.
        """
        body = Body(self, client, most, admits)
        if declared == 0:
            return body
        if declared is not None and declared > most:
            await self._let_pass(receive, declared)
            raise Refused(TOO_LARGE)
        try:
            if declared is not None:
                await self._make_room(body, declared, receive)
            await body.read(receive)
        except BaseException:
            body.close()
            raise
        finally:
            body.leave()
        return body

    async def _make_room(self, body: Body, declared: int, receive: Receive) -> None:
        try:
            await body.make_room(declared)
        except Refused:
            await self._let_pass(receive, declared)
            raise

    async def _let_pass(self, receive: Receive, declared: int) -> None:
        """Read what is only a little too long, so that the client hears why: a connection that is closed on what was
        sent loses the answer too."""
        if declared > 4 * limits.SMALL_BODY_BYTES:
            return
        passing = Body(self, "", declared, keeps=False)
        await passing.read(receive)


class Body:
    """One body: in memory while it is small, else on disk."""

    def __init__(
        self, bodies: Bodies, client: str, most: int, admits: Admits | None = None, *, keeps: bool = True
    ) -> None:
        self.file: IO[bytes] = BytesIO()
        self.length = 0
        self._bodies = bodies
        self._client = client
        self._most = most
        self._admits = admits
        self._keeps = keeps
        self._held = 0
        self._reserved = 0
        self._is_upload = False
        self._on_disk = False

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def read(self, receive: Receive) -> None:
        """Take it to its end."""
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
        await self.make_room(self.length, ahead=limits.RESERVED_AHEAD_BYTES)
        if self._on_disk:
            await self._write(piece)
            return
        more = max(0, self.length - limits.SPARED_BYTES) - self._held
        self._held += more
        self._bodies.held_bytes += more
        if more and self._bodies.held_bytes > limits.HELD_BYTES:
            raise Refused(TOO_MANY_UPLOADS)
        self.file.write(piece)

    async def _write(self, piece: bytes) -> None:
        try:
            await asyncio.to_thread(self.file.write, piece)
        except OSError:  # full all the same: others write too
            raise Refused(NO_ROOM) from None

    async def make_room(self, length: int, *, ahead: int = 0) -> None:
        """Room on the disk for what is too long for memory; so much more is reserved `ahead` of what comes."""
        if length <= limits.SMALL_BODY_BYTES or length <= self._reserved:
            return
        if not self._on_disk:
            await self._begin_upload()
        self._reserve(min(length + ahead, self._most))

    async def _begin_upload(self) -> None:
        if self._admits is not None and not await self._admits():
            raise Refused(UNKNOWN_SENDER)
        uploads = self._bodies.uploads
        if uploads.total() >= limits.UPLOADS or uploads[self._client] >= limits.UPLOADS_PER_CLIENT:
            raise Refused(TOO_MANY_UPLOADS)
        uploads[self._client] += 1
        self._is_upload = self._on_disk = True
        self.file.seek(0)
        with ExitStack() as stack:
            on_disk = stack.enter_context(tempfile.TemporaryFile())
            on_disk.write(self.file.read())
            stack.pop_all()  # whoever gets the body closes it
        self.file = on_disk

    def _reserve(self, length: int) -> None:
        bodies, more = self._bodies, length - self._reserved
        if bodies.on_disk_bytes + more > limits.UPLOADED_BYTES:
            raise Refused(TOO_MANY_UPLOADS)
        if not _has_room(limits.COPIES * (bodies.on_disk_bytes + more)):
            raise Refused(NO_ROOM)
        bodies.on_disk_bytes += more
        self._reserved = length

    def leave(self) -> None:
        """It is no longer on its way."""
        self._bodies.held_bytes -= self._held
        self._held = 0
        if self._is_upload:
            self._is_upload = False
            self._bodies.uploads[self._client] -= 1
            if not self._bodies.uploads[self._client]:
                del self._bodies.uploads[self._client]

    def close(self) -> None:
        """Nobody will read it any more."""
        self.file.close()
        self._bodies.on_disk_bytes -= self._reserved
        self._reserved = 0


def _has_room(length: int) -> bool:
    """Whether the disk that large bodies wait on has so much to spare."""
    disk = os.statvfs(tempfile.gettempdir())
    left = min(limits.LEFT_BYTES, int(limits.LEFT_SHARE * disk.f_blocks * disk.f_frsize))
    return disk.f_bavail * disk.f_frsize - length >= left
