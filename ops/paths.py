"""Where things lie in this checkout, and what to do when a path is too long for a socket."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
VAR = Path(os.environ.get("BURSAR_VAR") or ROOT / "var")

SOCKET_PATH_MAX = 100  # the kernel's limit is 108 bytes, the server adds a name of its own


def fingerprint(text: str) -> str:
    """Ten letters that stand for `text` in a file name."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def short_directory(path: Path) -> Path:
    """`path`, or, if it is too long for a socket, a short directory of our own under /tmp (0700)."""
    if len(str(path)) + len("/.s.PGSQL.5432") <= SOCKET_PATH_MAX:
        return path
    return Path("/tmp") / f"bursar-{os.getuid()}-{fingerprint(str(path))}"  # noqa: S108
