"""Free ports on the loopback, each given out once a run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ops.listening import is_free
from ops.testing.run import FOLDER

FIRST, LAST = 12000, 30000  # below the range from which the kernel takes ports for outgoing connections


def free(count: int = 1) -> int:
    """A port at which a server can listen, the first of `count` in a row; nobody else of this run is given the same."""
    counter = Path(os.environ[FOLDER]) / "port"
    with counter.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        # Two runs on one machine begin at different places.
        last = int(file.read() or FIRST + os.getppid() * 97 % (LAST - FIRST - 2000))
        numbers = range(count)
        first = next(p for p in range(last + 1, LAST) if all(is_free("127.0.0.1", p + n) for n in numbers))
        file.truncate(0)
        file.write(str(first + count - 1))
    return first
