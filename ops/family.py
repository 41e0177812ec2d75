"""The running programs: started in order, started again when one dies, stopped in reverse."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from ops import child
from ops.console import OpsError, say
from ops.environment import log_file
from ops.paths import ROOT
from ops.processes import Program
from ops.servers import Servers

STOP_PATIENCE_S = 15
STEADY_S = 30  # who ran this long begins again with a short pause
LONGEST_PAUSE_S = 30
LOG_LIMIT_BYTES = 20_000_000


@dataclass
class Member:
    """A program with its present process, and when it may be started again."""

    program: Program
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    deaths: int = 0
    again_at: float = 0
    log_begins_at: int = 0

    def start(self) -> None:
        log = log_file(self.program.name)
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self.log_begins_at = output.tell()
            self.process = child.start(self.program.command, env=self.env, cwd=ROOT, output=output)
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def answers(self) -> bool:
        if self.program.ready_url:
            return responds(self.program.ready_url)
        with log_file(self.program.name).open("rb") as log:
            log.seek(self.log_begins_at)
            return self.program.ready_line.encode() in log.read(1_000_000)


class Family:
    def __init__(self) -> None:
        self.members: list[Member] = []

    def add(self, program: Program, env: Mapping[str, str]) -> None:
        member = Member(program, dict(env))
        self.members.append(member)
        member.start()

    def wait_ready(self, *, limit_s: float) -> None:
        """Wait until every program answers.

        Raises:
            OpsError: one ended, or did not answer in time.
        """
        ends = time.monotonic() + limit_s
        waiting = list(self.members)
        while waiting:
            ended = next((member for member in self.members if member.has_ended()), None)
            if ended:
                raise OpsError(f"{ended.program.name} ended while starting:\n{log_tail(ended.program.name)}")
            waiting = [member for member in waiting if not member.answers()]
            if waiting and time.monotonic() > ends:
                name = waiting[0].program.name
                raise OpsError(f"{name} did not answer within {limit_s:.0f} s:\n{log_tail(name)}")
            time.sleep(0.05)

    def watch(self, backing: Servers) -> None:
        """Start again whatever dies, with growing pauses. Ends only by a signal."""
        while True:
            time.sleep(0.5)
            self._revive_servers(backing)
            for member in self.members:
                if member.has_ended():
                    self._bury(member)
                if member.process is None and time.monotonic() >= member.again_at:
                    member.start()
                    say(f"  {member.program.name} started again")

    def stop(self) -> None:
        """Ask all to end, the last started first, and wait for them."""
        for member in reversed(self.members):
            if member.process is not None and member.process.poll() is None:
                member.process.send_signal(signal.SIGTERM)
        ends = time.monotonic() + STOP_PATIENCE_S
        for member in reversed(self.members):
            if member.process is not None:
                patience = max(0.1, ends - time.monotonic())
                child.stop(member.process, ask=signal.SIGTERM, patience_s=patience)

    def _bury(self, member: Member) -> None:
        """Note a death: what is left of its group goes too, and the next start waits longer each time."""
        process, member.process = member.process, None
        if process is None:
            return
        child.kill(process)
        lived_s = time.monotonic() - member.started_at
        member.deaths = 1 if lived_s > STEADY_S else member.deaths + 1
        pause_s = min(0.5 * 2 ** (member.deaths - 1), LONGEST_PAUSE_S)
        member.again_at = time.monotonic() + pause_s
        say(f"  {member.program.name} ended ({_how(process.returncode)}); again in {pause_s:.1f} s")
        if member.deaths == 3:
            say(log_tail(member.program.name))

    def _revive_servers(self, backing: Servers) -> None:
        for name, server in (("postgres", backing.postgres), ("redis", backing.redis)):
            if server and server.process and server.process.poll() is not None:
                say(f"  {name} ended ({_how(server.process.returncode)}); starting it again")
                server.stop()
                server.start(log_file(name))


def responds(url: str) -> bool:
    """Whether the address answers with anything but a server error."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def log_tail(name: str, lines: int = 12) -> str:
    """The last lines of a program's log, indented."""
    text = log_file(name).read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in text) + f"\n  See {log_file(name)}."


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
