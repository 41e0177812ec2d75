"""Files from outside that come packed: unpacked only as far as a limit, however small they arrived."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from app.lib.file_errors import BadFile
from app.lib.workbooks import check_directory

MAX_MEMBERS = 20


class Unpackable(ValueError):
    """The file is cut off, damaged, no such archive, or grows beyond the limit."""


def gunzip(content: bytes, *, most_bytes: int) -> bytes:
    """What is in the gzip file. Raises Unpackable."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, most_bytes + 1)
    except zlib.error as error:
        raise Unpackable("no gzip file, or damaged") from error
    if len(unpacked) > most_bytes:
        raise Unpackable(f"more than {most_bytes} bytes")
    if not unpacker.eof:
        raise Unpackable("cut off")
    return unpacked


def unzip(content: bytes, *, most_bytes: int) -> list[bytes]:
    """What is in the zip file, member by member, in its order; names are not looked at. Raises Unpackable."""
    members, left = [], most_bytes
    try:
        check_directory(io.BytesIO(content), most_members=MAX_MEMBERS)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_MEMBERS:
                raise Unpackable(f"more than {MAX_MEMBERS} files")
            for entry in entries:
                with archive.open(entry) as member:
                    unpacked = member.read(left + 1)  # the last read checks the member's checksum
                left -= len(unpacked)
                if left < 0:
                    raise Unpackable(f"more than {most_bytes} bytes")
                members.append(unpacked)
    except BadFile as error:
        raise Unpackable(str(error)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Unpackable("no zip file, or damaged") from error
    return members


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A zip file of these, each a name and its content in pieces, as it grows; what was passed on is not kept."""
    grown = _Grown()
    with zipfile.ZipFile(grown, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same files make the same bytes
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".csv") else zipfile.ZIP_STORED
            with archive.open(entry, "w") as member:
                for piece in pieces:
                    member.write(piece)
                    yield grown.take()
    yield grown.take()


class _Grown(io.RawIOBase):
    """A file that only grows, read off its end."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken
