"""What the person at the terminal sees: one short line for each step, with its seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class OpsError(Exception):
    """Something is wrong that the person can put right: shown as plain text, without a traceback."""


def print_line(text: str = "") -> None:
    """A line on the console. A full disk or a closed terminal must not end what is running."""
    _write(text + "\n")


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show `text`, and behind it how long the block took."""
    began = time.monotonic()
    _write(f"  {text} … ")
    try:
        yield
    except BaseException:
        _write("failed\n")
        raise
    print_line(f"{time.monotonic() - began:.1f} s")


def _write(text: str) -> None:
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()
