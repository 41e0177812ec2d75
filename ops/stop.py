"""`make stop`."""

from __future__ import annotations

from ops import running


def main(arguments: list[str]) -> int:
    del arguments
    return running.stop()
