"""What is due, for all threads of a process: one of them looks, the others sleep until there is something to do."""

from __future__ import annotations

import threading

from app.core.changes import Changes
from app.core.errors import Unavailable
from app.core.log import get_logger
from app.read.operations import due_work
from app.read.operations.due_work import LOOKED_FOR

PAUSE_S = 0.2
PAUSE_IN_TROUBLE_S = 1.0


class Due:
    """Looks every `pause_s` seconds at most, when something was committed and once in a second; wakes those that wait
    whenever something is due."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._changes = Changes()
        self._found: frozenset[str] = frozenset()
        self._has_news = threading.Condition()

    def run(self, stopping: threading.Event) -> None:
        """Look, again and again."""
        while not stopping.is_set():
            pause_s = self._pause_s
            try:
                if self._changes.are_worth_a_look():
                    self.look()
            except Unavailable as error:
                get_logger().warning("jobs_wait", error=repr(error))
                pause_s = PAUSE_IN_TROUBLE_S
            except Exception as error:  # whatever it is, the next look may be luckier
                get_logger().warning("due_failed", error=repr(error))
                pause_s = PAUSE_IN_TROUBLE_S
            stopping.wait(pause_s)
        self.wake()

    def look(self) -> None:
        """Find what is due now.

        Raises:
            Unavailable: the database is away; nothing is known to be due then.
        """
        self._found = frozenset()
        self._found = due_work.due_jobs()
        if self._found:
            self.wake()

    def has(self, name: str) -> bool:
        """Whether this job (or `webhooks`) has something to do: always, where nobody looks for it."""
        return name not in LOOKED_FOR or name in self._found

    def wait(self, timeout_s: float) -> None:
        """Sleep until something is due, or for so long."""
        with self._has_news:
            self._has_news.wait(timeout_s)

    def wake(self) -> None:
        """End everybody's sleep."""
        with self._has_news:
            self._has_news.notify_all()
