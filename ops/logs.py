"""The files under var/log: opened even when they cannot be written, and kept from growing without end."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from ops.console import print_line
from ops.environment import log_file
from ops.paths import VAR

LIMIT_BYTES = 10_000_000
MAX_OLD_LOGS = 4  # older files of each log: web.log.1 is the newest of them
_state = {"lost": False}


def output(log: Path) -> IO[bytes]:
    """What a program is to write into: its log; nowhere when that cannot be opened, for it must run all the same."""
    try:
        opened = log.open("ab")
    except OSError as error:
        if not _state["lost"]:
            print_line(f"  {log.parent} cannot be written ({error.strerror}); what programs say is lost meanwhile")
        _state["lost"] = True
        return open(os.devnull, "wb")
    _state["lost"] = False
    return opened


def size(name: str) -> int:
    """How long the log is now."""
    try:
        return log_file(name).stat().st_size
    except OSError:
        return 0


def keep_short() -> None:
    """Put what is too long into a second file, and the older ones one place further; the last is given up. Programs
    write at the end of whatever is there, so the file is emptied and not moved. Where a second one finds no room, what
    is old is given up."""
    with suppress(OSError):
        for log in list((VAR / "log").glob("*.log")):
            if log.stat().st_size > LIMIT_BYTES:
                _put_aside(log)
                os.truncate(log, 0)


def _put_aside(log: Path) -> None:
    for number in range(MAX_OLD_LOGS - 1, 0, -1):
        with suppress(FileNotFoundError):
            older(log, number).replace(older(log, number + 1))
    try:
        shutil.copyfile(log, older(log, 1))
    except OSError:
        for number in range(1, MAX_OLD_LOGS + 1):
            older(log, number).unlink(missing_ok=True)


def older(log: Path, number: int) -> Path:
    """The file that holds what was in the log before; 1 is the newest."""
    return log.with_suffix(f".log.{number}")


def tail(name: str, lines: int = 12) -> str:
    """The last lines of a program's log, indented."""
    try:
        text = log_file(name).read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        text = []
    return "\n".join(f"    {line}" for line in text) + f"\n  See {log_file(name)}."
