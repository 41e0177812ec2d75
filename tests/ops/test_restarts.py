"""Programs that die are restarted for ever, whatever fails; nothing else waits, and each change is printed once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import child, environment, logs, paths, process_group, restarts
from ops.backing import WatchedServer
from ops.postgres import THROW_AWAY, Postgres
from ops.process_group import ProcessGroup
from ops.processes import Program
from ops.redis import Redis
from ops.restarts import Restarts, last_word

LIMIT_S = 90
SLEEPER = Program("sleeper", (sys.executable, "-c", "import time; print('sleeper ready', flush=True); time.sleep(600)"))


@pytest.fixture
def var(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A var/ for this test, which the database's account can reach; pauses are short."""
    folder = run_folder / tmp_path.name
    (folder / "log").mkdir(parents=True)
    for module in (paths, environment, logs):
        monkeypatch.setattr(module, "VAR", folder)
    monkeypatch.setattr(restarts, "MAX_PAUSE_S", 0.3)
    return folder


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person at the terminal sees."""
    lines: list[str] = []
    monkeypatch.setattr(restarts, "print_line", lines.append)
    monkeypatch.setattr(logs, "print_line", lines.append)
    return lines


@pytest.fixture
def postgres(var: Path) -> Iterator[Postgres]:
    server = Postgres(var / "postgres", settings=THROW_AWAY)
    server.start(var / "log" / "postgres.log")
    yield server
    server.stop()


def _until(condition: Callable[[], bool], *looked_at: WatchedServer | process_group.Member) -> None:
    def look() -> bool:
        for each in looked_at:
            each.look()
        return condition()

    assert child.wait_until(look, limit_s=LIMIT_S)


def test_database_that_is_killed_again_and_again_while_it_recovers_comes_back(
    postgres: Postgres, printed: list[str]
) -> None:
    server = WatchedServer("postgres", postgres)

    for _ in range(8):
        _until(lambda: postgres.process is not None and postgres.process.poll() is None, server)
        assert postgres.process is not None
        os.kill(postgres.process.pid, signal.SIGKILL)
        postgres.process.wait()
        server.look()
        assert not server.is_up
    _until(lambda: server.is_up, server)

    assert postgres.answers()
    assert printed[0] == "  postgres ended (signal 9); restarting"
    assert printed[-1].startswith("  postgres runs again")
    assert len(printed) <= 6


def test_database_that_cannot_start_says_why_once_and_drags_nothing_down(
    postgres: Postgres, printed: list[str]
) -> None:
    server = WatchedServer("postgres", postgres)
    whole = ProcessGroup([server])
    whole.add(SLEEPER, os.environ)
    sleeper = whole.members[0]
    control, aside = postgres.data / "global" / "pg_control", postgres.data / "global" / "aside"
    control.rename(aside)
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGKILL)

    try:
        _until(lambda: len([line for line in printed if "keeps failing" in line]) > 0, server)
        for _ in range(4):
            tries = server._restarts.deaths
            _until(lambda tries=tries: server._restarts.deaths > tries, server)
        assert sleeper.process is not None
        child.kill(sleeper.process)
        _until(lambda: "  sleeper started again" in printed, server, sleeper)
        aside.rename(control)
        _until(lambda: server.is_up, server)
    finally:
        whole.stop()

    why = [line for line in printed if "keeps failing" in line]
    assert len(why) == 1
    assert "could not find the database system" in why[0]
    assert [line for line in printed if "postgres" in line][-1].startswith("  postgres runs again")


def test_redis_that_is_killed_is_started_again(var: Path, printed: list[str]) -> None:
    server = Redis(var / "redis", keep=False)
    server.start(var / "log" / "redis.log")
    backing = WatchedServer("redis", server)

    assert server.process is not None
    child.kill(server.process)
    backing.look()
    assert not backing.is_up
    _until(lambda: backing.is_up, backing)

    assert server.answers()
    assert printed == ["  redis ended (signal 9); restarting", "  redis started again"]
    server.stop()


@pytest.mark.usefixtures("printed")
def test_server_of_another_command_is_taken_over_when_that_ends(var: Path) -> None:
    theirs, ours = Redis(var / "redis", keep=False), Redis(var / "redis", keep=False)
    theirs.start(var / "log" / "redis.log")
    assert not ours.start(var / "log" / "redis.log")
    server = WatchedServer("redis", ours)
    server.look()
    assert server.is_up

    theirs.stop()
    _until(lambda: ours.process is not None and server.is_up, server)

    assert ours.answers()
    ours.stop()


@pytest.mark.parametrize("hindrance", ["no log folder", "no such program"])
def test_program_that_cannot_even_be_started_is_tried_again(hindrance: str, var: Path, printed: list[str]) -> None:
    whole = ProcessGroup()
    whole.add(SLEEPER, os.environ)
    member = whole.members[0]
    assert member.process is not None
    if hindrance == "no log folder":
        (var / "log").rename(var / "gone")
    else:
        member.program = Program("sleeper", ("/nowhere/at/all",))
    child.kill(member.process)

    if hindrance == "no log folder":
        _until(lambda: "  sleeper started again" in printed, member)
        assert any("what programs say is lost" in line for line in printed)
    else:
        _until(lambda: member.restarts.deaths > 3, member)
        assert len(printed) <= 3
        assert "No such file" in printed[-1]
    whole.stop()


def test_one_change_is_reported_once(printed: list[str]) -> None:
    program = Restarts("web")

    for number in range(50):
        program.died(f"could not write block {number}: No space left on device", lived_s=1)
    program.died("status 3", lived_s=1)
    program.runs()

    assert len(printed) == 4
    assert program.again_at > 0


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("LOG:  x\n[1] FATAL:  the database system is starting up\nPANIC:  could not write to file", "could not write"),
        ('FATAL:  role "root" does not exist\nLOG: bye', ""),
        ("Traceback\n  File\napp.core.settings.BadSettings: SECRET_KEY is not set", "SECRET_KEY is not set"),
        ('{"event": "request"}', ""),
        ("# Bad file format reading the append only file", "Bad file format"),
        ("", ""),
    ],
)
def test_log_tells_why_a_program_ended(log: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(log)

    result = last_word(tmp_path / "log", 0)

    assert why in result if why else result == ""


def test_long_log_of_a_running_program_is_cut(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LIMIT_BYTES", 1000)
    log = var / "log" / "web.log"
    with logs.output(log) as output:
        output.write(b"x" * 1500)
        output.flush()
        logs.keep_short()
        output.write(b"after")

    assert log.read_bytes() == b"after"
    assert (var / "log" / "web.log.1").stat().st_size == 1500


def test_older_logs_are_kept_in_number(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LIMIT_BYTES", 1000)
    log = var / "log" / "web.log"

    for number in range(10):
        log.write_bytes(b"%d" % number * 1500)
        logs.keep_short()

    assert [logs.older(log, number).read_bytes()[:1] for number in range(1, logs.MAX_OLD_LOGS + 1)] == [
        b"9",
        b"8",
        b"7",
        b"6",
    ]
    assert len(list((var / "log").iterdir())) == 1 + logs.MAX_OLD_LOGS


def test_closed_terminal_ends_nothing() -> None:
    script = "import sys; from ops import console; console.print_line('a line'); sys.stderr.write('went on')"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=paths.ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.stderr.startswith(b"went on")
