"""The running programs: started in order, started again when one dies, stopped in reverse."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops import child, logs
from ops.backing import WatchedServer
from ops.console import OpsError
from ops.environment import log_file
from ops.paths import ROOT
from ops.processes import Program
from ops.restarts import STEADY_S, Restarts, last_word

STOP_PATIENCE_S = 15
TICK_S = 0.5
LOGS_EVERY_S = 5
DEATHS_AT_START = 3  # of a program that never ran: then its log is worth reading, and the start is over


@dataclass
class Member:
    """A program with its present process, and when it may be started again."""

    program: Program
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    log_begins_at: int = 0
    restarts: Restarts = field(init=False)
    _is_new: bool = False

    def __post_init__(self) -> None:
        self.restarts = Restarts(self.program.name)

    def start(self) -> None:
        self.log_begins_at = logs.size(self.program.name)
        self.started_at = time.monotonic()
        self._is_new = True
        with logs.output(log_file(self.program.name)) as output:
            self.process = child.start(self.program.command, env=self.env, cwd=ROOT, output=output)

    def look(self) -> None:
        """Bury it when it has ended, start it when the pause is over. Never waits, never raises."""
        try:
            if self.process is not None and self.process.poll() is not None:
                self._bury(self.process)
            elif self.process is None and self.restarts.is_due:
                self.start()
            elif self._is_new and self._stays():
                self._is_new = False
                self.restarts.runs()
        except (OSError, subprocess.SubprocessError) as error:
            self.restarts.died(str(error), lived_s=0)

    def answers(self) -> bool:
        if self.process is None:
            return False
        if self.program.ready_url:
            return responds(self.program.ready_url)
        try:
            with log_file(self.program.name).open("rb") as log:
                log.seek(self.log_begins_at)
                return self.program.says_ready(log.read(1_000_000).decode(errors="replace"))
        except OSError:
            return True  # it cannot say so; that it runs is all there is to know

    def _stays(self) -> bool:
        """After one death it is taken to run at once; after several, when it has proved it."""
        lived_s = time.monotonic() - self.started_at
        return self.process is not None and lived_s > (STEADY_S if self.restarts.deaths > 1 else 0)

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """What is left of its group goes too, and the next start waits longer each time."""
        self.process = None
        child.kill(process)
        why = last_word(log_file(self.program.name), self.log_begins_at) or child.how_it_ended(process.returncode)
        self.restarts.died(why, lived_s=time.monotonic() - self.started_at)


class ProcessGroup:
    """All programs, and the servers they stand on. Nobody's death ends or delays another."""

    def __init__(self, servers: Sequence[WatchedServer] = ()) -> None:
        self.members: list[Member] = []
        self.servers = list(servers)

    def add(self, program: Program, env: Mapping[str, str]) -> None:
        member = Member(program, dict(env))
        self.members.append(member)
        member.start()

    def wait_ready(self, *, limit_s: float) -> None:
        """Wait until every program answers. The time in which a server is away does not count.

        Raises:
            OpsError: one ended again and again though all servers were there, or did not answer in time.
        """
        ends = time.monotonic() + limit_s
        waiting = list(self.members)
        while waiting:
            if not self.servers_are_up():
                ends = time.monotonic() + limit_s
                for member in self.members:
                    member.restarts.deaths = 0
            self._look()
            for member in self.members:
                if member.restarts.deaths >= DEATHS_AT_START:
                    raise OpsError(f"{member.program.name} ended while starting:\n{logs.tail(member.program.name)}")
            waiting = [member for member in waiting if not member.answers()]
            if waiting and time.monotonic() > ends:
                name = waiting[0].program.name
                raise OpsError(f"{name} did not answer within {limit_s:.0f} s:\n{logs.tail(name)}")
            time.sleep(0.05)

    def watch(self) -> None:
        """Start again whatever dies, with growing pauses, for ever. Ends only by a signal."""
        logs_at = time.monotonic()
        while True:
            time.sleep(TICK_S)
            self._look()
            if time.monotonic() - logs_at > LOGS_EVERY_S:
                logs_at = time.monotonic()
                logs.keep_short()

    def servers_are_up(self) -> bool:
        """Look at the servers; whether all of them answer."""
        for server in self.servers:
            server.look()
        return all(server.is_up for server in self.servers)

    def wait_for_servers(self) -> None:
        """Wait until all servers answer, however long it takes."""
        while not self.servers_are_up():
            time.sleep(TICK_S)

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

    def _look(self) -> None:
        for server in self.servers:
            server.look()
        for member in self.members:
            member.look()


def responds(url: str) -> bool:
    """Whether the address answers with anything but a server error."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
