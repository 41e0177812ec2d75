"""What the person at the terminal sees: one short line for each step, with its seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class OpsError(Exception):
    """Something is wrong that the person can put right: shown as plain text, without a traceback."""


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show `text`, and behind it how long the block took."""
    began = time.monotonic()
    sys.stdout.write(f"  {text} … ")
    sys.stdout.flush()
    try:
        yield
    except BaseException:
        sys.stdout.write("failed\n")
        sys.stdout.flush()
        raise
    say(f"{time.monotonic() - began:.1f} s")
