"""Free ports on the loopback, each given out once a run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ops.running import port_is_free
from ops.testing.run import FOLDER

FIRST, LAST = 12000, 30000  # below the range from which the kernel takes ports for outgoing connections


def free() -> int:
    """A port at which a server can listen; nobody else of this run is given the same."""
    counter = Path(os.environ[FOLDER]) / "port"
    with counter.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        # Two runs on one machine begin at different places.
        last = int(file.read() or FIRST + os.getppid() * 97 % (LAST - FIRST - 2000))
        port = next(port for port in range(last + 1, LAST) if port_is_free("127.0.0.1", port))
        file.truncate(0)
        file.write(str(port))
    return port
