"""Files: images and what buyers download, in a folder or in any object store that fsspec knows (FILES_URL).

Every file has a path of our own, `folder/business/…random…`, never a name that came from outside. A file is written
once and not changed again: it is put first, then a row is written that names it in a `FileKey` column. Files that no
such column names after a day are orphans (see workflow/operations/sweep_store).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

from app.core import db
from app.core.db import transient_errors
from app.core.errors import NotFound, Unavailable

CHUNK_BYTES = 256 * 1024
_KEY = re.compile(r"[a-z]{1,20}/[0-9a-f]{32}/[0-9a-f]{2}/[0-9a-f]{38}(?:\.[a-z0-9]{1,10})?")


class FileKey(TypeDecorator[str]):
    """A column that names a file of the store. What no such column of any table names is swept away."""

    impl = Text
    cache_ok = True


@dataclass(frozen=True)
class Kept:
    """What was put: the key to write into a row, its length and its SHA-256 in hex."""

    key: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Found:
    """A file as a listing shows it; `changed_at` None where the store keeps no times."""

    key: str
    changed_at: datetime | None


@dataclass(frozen=True)
class _Place:
    files: AbstractFileSystem
    root: str


_place: _Place | None = None


def use(url: str) -> None:
    """Keep the files of this process there: a folder, or a URL such as `s3://bucket/folder`.

    Raises:
        ValueError: no library here knows such a URL.
    """
    global _place
    try:
        files, root = url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise ValueError(f"FILES_URL: {error}") from error
    _place = _Place(files, str(root).rstrip("/"))


def new_key(folder: str, business_id: uuid.UUID) -> str:
    """A path nobody can guess, in a folder of small letters: `images`, `downloads`."""
    token = secrets.token_hex(20)
    return _checked(f"{folder}/{business_id.hex}/{token[:2]}/{token[2:]}")


def part_of(key: str, part: str) -> str:
    """The key of one of several files that belong to the row that names `key`: `640` stands behind it."""
    return _checked(f"{whole_of(key)}.{part}")


def whole_of(key: str) -> str:
    """The key that a row names, for any of its parts."""
    return key.partition(".")[0]


def business_of(key: str) -> uuid.UUID:
    """Whose file it is."""
    return uuid.UUID(key.split("/")[1])


def put(key: str, content: bytes | Iterable[bytes]) -> Kept:
    """Write a file. When this returns, it is there for good.

    Raises:
        RuntimeError: a transaction is open. Unavailable: the store cannot be reached or is full.
    """
    place, path = _at(key)
    digest, length = hashlib.sha256(), 0
    with _told():
        place.files.makedirs(path.rpartition("/")[0], exist_ok=True)
        with place.files.open(path, "wb") as file:
            for chunk in [content] if isinstance(content, bytes) else content:
                file.write(chunk)
                digest.update(chunk)
                length += len(chunk)
            _sync(file)
    return Kept(key, length, digest.hexdigest())


def get(key: str) -> bytes:
    """The whole file.

    Raises:
        NotFound: there is none. RuntimeError, Unavailable: as `put`.
    """
    return b"".join(read(key))


def read(key: str, *, start: int = 0) -> Iterator[bytes]:
    """The file from `start` on, piece by piece; it is open when this returns.

    Raises:
        NotFound: there is none. RuntimeError, Unavailable: as `put`.
    """
    file = open_file(key)
    with _told():
        if start:
            file.seek(start)
    return _pieces(file)


def open_file(key: str) -> BinaryIO:
    """The file, open for reading; whoever asks closes it.

    Raises:
        NotFound: there is none. RuntimeError, Unavailable: as `put`.
    """
    place, path = _at(key)
    with _told():
        return cast(BinaryIO, place.files.open(path, "rb"))


def delete(*keys: str) -> None:
    """Remove files; those that are gone are fine.

    Raises:
        RuntimeError, Unavailable: as `put`.
    """
    for key in keys:
        place, path = _at(key)
        with _told(), suppress(FileNotFoundError):
            place.files.rm_file(path)


def every_file(shelf: int) -> Iterator[Found]:
    """The files of one of the 256 shelves over which all are spread; what does not look like ours is left out.

    Raises:
        RuntimeError, Unavailable: as `put`.
    """
    place = _here()
    for folder in _folders(place, place.root):
        for business in _folders(place, folder):
            for entry in _entries(place, f"{business}/{shelf:02x}"):
                key = str(entry["name"])[len(place.root) + 1 :]
                if is_key(key):
                    yield Found(key, _moment(entry))


def every_key() -> Iterator[str]:
    """All files, in no order; what does not look like ours is left out.

    Raises:
        RuntimeError, Unavailable: as `put`.
    """
    place = _here()
    try:
        with _told():
            found = place.files.find(place.root, refresh=True)
    except NotFound:
        return
    for path in found:
        key = str(path)[len(place.root) + 1 :]
        if is_key(key):
            yield key


def sha256(key: str) -> str:
    """The SHA-256 of a file, in hex.

    Raises:
        NotFound: there is none. RuntimeError, Unavailable: as `put`.
    """
    digest = hashlib.sha256()
    for piece in read(key):
        digest.update(piece)
    return digest.hexdigest()


def is_key(text: str) -> bool:
    """Whether this could be the key of a file."""
    return _KEY.fullmatch(text) is not None


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a file")
    return key


def _here() -> _Place:
    if db.in_transaction():
        raise RuntimeError("no file is read or written while a transaction is open")
    if _place is None:
        raise RuntimeError("no store; create_app or start comes first")
    return _place


def _at(key: str) -> tuple[_Place, str]:
    place = _here()
    return place, f"{place.root}/{_checked(key)}"


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file, _told():
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _sync(file: Any) -> None:
    """A row may name the file from now on: where it is a file of this machine, it must survive a power cut."""
    file.flush()
    with suppress(AttributeError, OSError, ValueError):
        os.fsync(file.fileno())


def _folders(place: _Place, folder: str) -> list[str]:
    return sorted(str(entry["name"]) for entry in _entries(place, folder) if entry.get("type") == "directory")


def _entries(place: _Place, folder: str) -> list[dict[str, Any]]:
    try:
        with _told():
            return list(place.files.ls(folder, detail=True, refresh=True))
    except NotFound:
        return []


def _moment(entry: dict[str, Any]) -> datetime | None:
    found = entry.get("LastModified") or entry.get("mtime") or entry.get("created") or entry.get("updated")
    if isinstance(found, int | float):
        return datetime.fromtimestamp(found, UTC)
    return found if isinstance(found, datetime) else None


@contextmanager
def _told() -> Iterator[None]:
    """Say what a store's own errors mean to us."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("not_found", "There is no such file.") from error
    except OSError as error:
        if (meant := transient_errors.as_app_error(error)) is not error:
            raise meant from error
        raise Unavailable("unavailable", "The files cannot be reached at the moment.") from error
