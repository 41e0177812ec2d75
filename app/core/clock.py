"""The only source of "now". In test mode it can be moved, for every process at once, through a small file."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=_offset_s())


def move(seconds: float) -> None:
    """Move the clock of every process of this installation on by `seconds`.

    Raises:
        RuntimeError: this installation's clock cannot be moved (BURSAR_CLOCK_FILE is not set).
    """
    path = os.environ.get("BURSAR_CLOCK_FILE")
    if not path:
        raise RuntimeError("the clock can be moved in test mode only (BURSAR_CLOCK_FILE)")
    moved = _offset_s() + seconds
    fresh = Path(f"{path}.{os.getpid()}")
    fresh.write_text(str(moved))
    fresh.replace(path)


def _offset_s() -> float:
    path = os.environ.get("BURSAR_CLOCK_FILE")
    if not path:
        return 0.0
    try:
        return float(Path(path).read_text())
    except FileNotFoundError:
        return 0.0
