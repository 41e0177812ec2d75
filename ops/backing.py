"""Keeps an embedded server running: started again for ever, and nothing else waits for it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Protocol

from ops import logs
from ops.child import how_it_ended
from ops.console import OpsError
from ops.environment import log_file
from ops.restarts import Restarts, last_word

_LOOK_S = 1.0  # between two questions to a server that is not up, or not ours


class Server(Protocol):
    """What the embedded servers have in common."""

    process: subprocess.Popen[bytes] | None

    def begin(self, log: Path) -> bool: ...
    def stop(self) -> None: ...
    def answers(self) -> bool: ...
    def mend(self, log: Path, log_begins_at: int) -> str: ...


class WatchedServer:
    """One server and how it is. `look` never waits for it, and never raises."""

    def __init__(self, name: str, server: Server) -> None:
        self.name, self.server = name, server
        self.is_up = True
        self._restarts = Restarts(name)
        self._began_at = time.monotonic()
        self._log_begins_at = logs.size(name)
        self._checked_at = 0.0

    def look(self) -> None:
        """See how it is; start it when it is gone and the pause is over."""
        try:
            self._look()
        except (OSError, OpsError, subprocess.SubprocessError) as error:
            self.is_up = False
            self._restarts.died(str(error).partition("\n")[0].rstrip(".:"), lived_s=0)

    def _look(self) -> None:
        process = self.server.process
        if process is not None and process.poll() is not None:
            self._bury(process.returncode)
        elif process is not None:
            self._see_whether_up()
        elif self._may_check() and self.server.answers():  # another's, such as that of a command that began before us
            self._is_back()
        elif self._restarts.is_due:
            self._begin()

    def _bury(self, status: int) -> None:
        self.is_up = False
        why = last_word(log_file(self.name), self._log_begins_at) or how_it_ended(status)
        self.server.stop()
        self._restarts.died(why, lived_s=time.monotonic() - self._began_at)
        if repaired := self.server.mend(log_file(self.name), self._log_begins_at):
            self._restarts.repaired(repaired)

    def _see_whether_up(self) -> None:
        if not self.is_up and self._may_check() and self.server.answers():
            self._is_back()

    def _is_back(self) -> None:
        if not self.is_up:
            self.is_up = True
            self._restarts.runs()

    def _begin(self) -> None:
        if self.is_up:  # it was another's, and has ended
            self.is_up = False
            self._restarts.died("whoever had started it stopped it", lived_s=time.monotonic() - self._began_at)
            return
        self._log_begins_at = logs.size(self.name)
        self._began_at = time.monotonic()
        self.server.begin(log_file(self.name))

    def _may_check(self) -> bool:
        if time.monotonic() - self._checked_at < _LOOK_S:
            return False
        self._checked_at = time.monotonic()
        return True
