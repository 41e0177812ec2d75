"""Readers that do not behave, for the process that readers run in; and one who starts such a process and hangs."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO


def takes_memory(_file: BinaryIO) -> Iterator[int]:
    yield len(bytearray(10**9))


def takes_work(_file: BinaryIO) -> Iterator[int]:
    while True:
        sum(range(10_000))
    yield 0


def says_nothing(_file: BinaryIO) -> Iterator[int]:
    os.read(os.pipe()[0], 1)
    yield 0


def says_too_much(_file: BinaryIO) -> Iterator[str]:
    yield "x" * 1_000_000


def dies(_file: BinaryIO) -> Iterator[int]:
    os.abort()
    yield 0


def goes_on(_file: BinaryIO) -> Iterator[int]:
    yield os.getpid()
    while True:
        yield 0


def what_it_has(file: BinaryIO) -> Iterator[dict[str, Any]]:
    try:
        with tempfile.TemporaryFile() as written:
            written.write(b"x")
            written.flush()
        writes = "possible"
    except OSError:
        writes = "refused"
    open_ = len(os.listdir("/proc/self/fd"))
    yield {"content": file.read().decode(), "names": sorted(os.environ), "open": open_, "writes": writes}


def main(told: Path) -> None:
    from app.core import confined

    with tempfile.TemporaryFile() as file:
        reading = confined.read("tests.attacks.readers:goes_on", file)
        told.write_text(str(next(reading)))
        os.read(os.pipe()[0], 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
