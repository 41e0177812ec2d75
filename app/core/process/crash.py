"""Named places where a test can stop the process, dead or for a while, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal


def point(name: str) -> None:
    """Stop this process at once, without clean-up, when CRASH_AT names this point; let it stand still, until it
    is told to go on, when PAUSE_AT does."""
    if os.environ.get("CRASH_AT") == name:
        os.write(2, f"crash point {name}\n".encode())
        os._exit(137)
    if os.environ.get("PAUSE_AT") == name:
        os.environ["PAUSE_AT"] = ""  # once
        os.kill(os.getpid(), signal.SIGSTOP)
