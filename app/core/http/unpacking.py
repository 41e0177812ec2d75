"""Answers that come packed: unpacked no further than they may be long, whatever a few bytes of them would grow to."""

from __future__ import annotations

import zlib

PACKED = "gzip"
"""What we say that we take; packed twice or otherwise is refused."""


class Unpacker:
    """Takes an answer piece by piece.

    Raises:
        ValueError (by every method): it is packed in another way, damaged, or longer than it may be.
    """

    def __init__(self, encoding: str, most_bytes: int) -> None:
        known = encoding.strip().lower()
        if known not in ("", "identity", PACKED):
            raise ValueError("the answer is packed in a way that was not asked for")
        self._gzip = zlib.decompressobj(wbits=31) if known == PACKED else None
        self._most_bytes = most_bytes
        self._parts: list[bytes] = []
        self._length = 0
        self._has_begun = False

    def add(self, part: bytes) -> None:
        """The next piece as it came."""
        if self._gzip is not None:
            self._has_begun = self._has_begun or bool(part)
            try:
                part = self._gzip.decompress(part, self._most_bytes + 1 - self._length)
            except zlib.error as error:
                raise ValueError("the answer is damaged") from error
        self._parts.append(part)
        self._length += len(part)
        if self._length > self._most_bytes:
            raise ValueError(f"the answer is longer than {self._most_bytes} bytes")

    def whole(self) -> bytes:
        """All of it, unpacked."""
        if self._gzip is not None and self._has_begun and not self._gzip.eof:
            raise ValueError("the answer is cut off")
        return b"".join(self._parts)
