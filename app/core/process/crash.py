"""Named places where a test can stop the process, dead or for a while, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal
from collections import Counter

_reached: Counter[str] = Counter()


def point(name: str) -> None:
    """Stop this process at once, without clean-up, when CRASH_AT names this point, `name:3` when it is reached for
    the third time; let it stand still, until it is told to go on, when PAUSE_AT does."""
    at, _, time = os.environ.get("CRASH_AT", "").partition(":")
    if at == name:
        _reached[name] += 1
        if _reached[name] == int(time or 1):
            os.write(2, f"crash point {name}\n".encode())
            os._exit(137)
    if os.environ.get("PAUSE_AT") == name:
        os.environ["PAUSE_AT"] = ""  # once
        os.kill(os.getpid(), signal.SIGSTOP)
