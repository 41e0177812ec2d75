"""The file of a backup: a ZIP with the rows of each table, the files of the store, and a signed manifest written last.

It appears under its name whole or not at all: it is written beside, brought to the disk, and then renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.core.errors import Conflict, Invalid
from app.core.security import crypto

FORMAT = 1
CONTEXT = "backup"
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.signature"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Member:
    """Something that is kept: a table (with its columns and the number of its rows) or a file of the store."""

    name: str
    bytes: int
    sha256: str
    columns: list[str] = field(default_factory=list)
    rows: int = 0


@dataclass
class Manifest:
    """What a backup holds. `keys` are fingerprints of the keys that encrypted its secrets, by name; `totals` what the
    books come to; `missing` the files that rows name and the store did not have."""

    kind: str
    made_at: str
    schema: str
    keys: dict[str, str]
    businesses: list[str]
    tables: list[Member] = field(default_factory=list)
    files: list[Member] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    totals: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


class Writer:
    """Takes one member after the other."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, path: str, pieces: Iterable[bytes | memoryview], *, pack: bool) -> tuple[int, str]:
        """Write a member, compressed with `pack`; its length and SHA-256."""
        digest, length = hashlib.sha256(), 0
        about = zipfile.ZipInfo(path)
        about.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        about.external_attr = 0o600 << 16
        with self._archive.open(about, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                length += len(piece)
        return length, digest.hexdigest()

    def close(self, manifest: Manifest) -> None:
        """Write what it holds, signed by this installation."""
        text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
        self._archive.writestr(_MANIFEST, text)
        self._archive.writestr(_SIGNATURE, crypto.sign(_digest(text), context=CONTEXT))


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """Write a backup; the file is there when the block ends well, and nothing of it when not.

    Raises:
        Conflict: there is such a file already. OSError: the folder cannot be written, or the disk is full.
    """
    if path.exists():
        raise Conflict("file_exists", f"{path} exists already; a backup is never written over.")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
                yield Writer(archive)
            file.flush()
            os.fsync(file.fileno())
        os.link(new, path)  # unlike a rename, it fails where another has written the same name meanwhile
    finally:
        with suppress(FileNotFoundError):
            new.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Reader:
    """A backup that is there."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest, signature: str) -> None:
        self._archive, self.manifest, self.signature = archive, manifest, signature

    def pieces(self, path: str) -> Iterator[bytes]:
        """A member, piece by piece."""
        with self._archive.open(path) as member:
            while piece := member.read(_PIECE):
                yield piece

    def wrong(self) -> list[str]:
        """What is not as the manifest says, in words: read again from the first byte to the last."""
        found = [] if self.signature != "bad" else ["the manifest was changed after it was signed"]
        expected = {**{table_path(each.name): each for each in self.manifest.tables}}
        expected |= {file_path(each.name): each for each in self.manifest.files}
        there = set(self._archive.namelist()) - {_MANIFEST, _SIGNATURE}
        found += [f"{path} is not in the manifest" for path in sorted(there - expected.keys())]
        for path, member in expected.items():
            if path not in there:
                found.append(f"{path} is missing")
            elif not self._fits(path, member):
                found.append(f"{path} is damaged")
        return found

    def _fits(self, path: str, member: Member) -> bool:
        digest, length = hashlib.sha256(), 0
        try:
            for piece in self.pieces(path):
                digest.update(piece)
                length += len(piece)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error):
            return False
        return (length, digest.hexdigest()) == (member.bytes, member.sha256)


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open a backup.

    Raises:
        Invalid: it is no backup of Bursar, or one of a newer form.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(_MANIFEST).decode()
            head: dict[str, Any] = json.loads(text)
            if head.get("format") != FORMAT:
                raise Invalid("unknown_backup", f"{path} has a form that this version does not read.")
            signature = crypto.check_signature(_digest(text), archive.read(_SIGNATURE).decode(), context=CONTEXT)
            for kept in ("tables", "files"):
                head[kept] = [Member(**each) for each in head[kept]]
            yield Reader(archive, Manifest(**head), signature)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, FileNotFoundError) as error:
        raise Invalid("no_backup", f"{path} is no whole backup: {error}.") from error


def table_path(name: str) -> str:
    """Where the rows of a table lie."""
    return f"tables/{name}"


def file_path(key: str) -> str:
    """Where a file of the store lies."""
    return f"files/{key}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
