"""When something that died is started again, and what is said about it: each change once, in a sentence."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from ops.console import print_line

STEADY_S = 30  # who ran this long begins again with a short pause
MAX_PAUSE_S = 30
# What clients were answered, which is not why a server ended.
_SAID_TO_CLIENTS = re.compile(r"the database system is|terminating connection|role \"|too many clients")
_SERVERS_LAST_WORD = re.compile(
    r"(?:FATAL|PANIC):\s+(.+)|^postgres: (.+)|# (.*(?:error|Bad file format|Can't).*)", re.I
)


@dataclass
class Restarts:
    """The deaths of one program. It is tried for ever; only the pauses grow, up to half a minute."""

    name: str
    deaths: int = 0
    again_at: float = 0
    _down_since: float = 0
    _printed: str = ""

    @property
    def is_due(self) -> bool:
        """Whether it is time to start it again."""
        return time.monotonic() >= self.again_at

    def died(self, why: str, *, lived_s: float) -> None:
        """Note a death, or a start that failed, after `lived_s` seconds of life."""
        if lived_s > STEADY_S:
            self.deaths = 0
        if self.deaths == 0:
            self._down_since = time.monotonic()
        self.deaths += 1
        self.again_at = time.monotonic() + min(0.5 * 2 ** min(self.deaths - 1, 8), MAX_PAUSE_S)
        if self.deaths == 1:
            self._print(f"{self.name} ended ({why}); restarting")
        else:
            self._print(f"{self.name} keeps failing: {why}. It is tried again at least every {MAX_PAUSE_S} s")

    def repaired(self, how: str) -> None:
        """What ended it is put right: it is started at once."""
        self.again_at = 0
        self._print(how)

    def runs(self) -> None:
        """It runs again, and its next death is a first one in what is said."""
        if self.deaths > 1:
            self._print(f"{self.name} runs again, after {time.monotonic() - self._down_since:.0f} s")
        elif self.deaths:
            self._print(f"{self.name} started again")
        self._printed = ""

    def _print(self, text: str) -> None:
        """Say it unless it was said last; numbers that change with each try make no news."""
        shape = re.sub(r"\d+", "", text)
        if shape != self._printed:
            print_line(f"  {text}")
            self._printed = shape


def last_word(log: Path, begins_at: int) -> str:
    """Why a program ended, as its log says it from there on: what a server said last when it gave up, or the line
    that ends a traceback; nothing when it says no such thing."""
    try:
        with log.open("rb") as file:
            file.seek(max(begins_at, log.stat().st_size - 65_536))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        found = _SERVERS_LAST_WORD.search(line)
        if found and not _SAID_TO_CLIENTS.search(line):
            return str(found[1] or found[2] or found[3])[:200]
    last = lines[-1].strip() if lines else ""
    return last[:200] if re.match(r"[\w.]*(Error|Exception|Settings)\b", last) else ""
