"""`make run`: set up, start everything, keep it running, stop it all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn, TypeVar

from ops import child, database, demo, environment, processes, servers
from ops.console import OpsError, print_line, step
from ops.environment import Ports, log_file
from ops.paths import ROOT, VAR
from ops.process_group import ProcessGroup
from ops.running import RunLock, check_can_start

READY_LIMIT_S = 180
T = TypeVar("T")


class Stopped(BaseException):
    """Somebody requested the end (Ctrl-C, SIGTERM)."""


def main(arguments: list[str]) -> int:
    """Run until stopped; 0 after a requested stop."""
    del arguments
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    ports = Ports.from_env()
    workers, size = _web_workers(), demo.size()
    environment.prepare_var()
    check_can_start(ports)
    with RunLock(ports.url(ports.web)):
        backing = None
        group, history = ProcessGroup(), None
        try:
            backing = servers.start()
            group.servers = backing.watched()
            owner_url = backing.owner_url
            env = environment.build(ports, database=backing.database, redis_url=backing.redis_url)
            _with_servers(group, lambda: migrate(env, owner_url))
            made = _with_servers(group, lambda: seed(env, ports, owner_url)) if size != demo.NONE else {}
            _start(group, ports, env, made, workers=workers)
            _announce(ports, made, time.monotonic() - began)
            if size == demo.FULL and not demo.has_history(made):
                history = _make_history(env, made)
            group.watch()
        except Stopped:
            print_line()
        finally:
            _stop_everything(group, backing, history)
    return 0


def migrate(env: dict[str, str], owner_url: str) -> None:
    """Bring the database up to the newest migration."""
    if not database.is_current(owner_url):
        with step("Migrating the database"):
            run_flask(env, "db", "upgrade")


def seed(env: dict[str, str], ports: Ports, owner_url: str) -> dict[str, Any]:
    """Make the demo business at the first start with this database; what to log in with."""
    known = demo.stored(owner_url, ports)
    if known is not None:
        return known
    with step("Creating the demo business"):
        return demo.keep(demo.read(run_flask(env, "seed-demo")), owner_url, ports)


def _with_servers(group: ProcessGroup, work: Callable[[], T]) -> T:
    """Do what may be done twice; again when it failed because a server went away meanwhile."""
    while True:
        try:
            return work()
        except OpsError:
            if group.servers_are_up():
                raise
            group.wait_for_servers()


def run_flask(env: dict[str, str], *arguments: str) -> str:
    """What a `flask` command prints. It may hold keys and a password, so only what it says beside that goes to
    var/log/setup.log.

    Raises:
        OpsError: it failed.
    """
    done = subprocess.run(_flask(*arguments), cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    with suppress(OSError), log_file("setup").open("a") as log:
        log.write(done.stderr)
    if done.returncode:
        tail = "\n    ".join(done.stderr.strip().splitlines()[-8:])
        raise OpsError(f"`flask {' '.join(arguments)}` failed:\n    {tail}\n  See {log_file('setup')}.")
    return done.stdout


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def _start(group: ProcessGroup, ports: Ports, env: dict[str, str], made: dict[str, Any], *, workers: int) -> None:
    with step("Starting the application"):
        for program in processes.everything(ports, workers=workers, has_demo=bool(made)):
            group.add(program, {**environment.running(env), **demo.shop_keys(made)})
        group.wait_ready(limit_s=READY_LIMIT_S)
        demo.introduce(made, ports.url(ports.simulator))


def _web_workers() -> int:
    text = os.environ.get("WEB_WORKERS") or str(min(2, os.cpu_count() or 1))
    if not text.isdecimal() or int(text) < 1:
        raise OpsError(f"WEB_WORKERS must be a number from 1 up, not {text!r}.")
    return int(text)


def _announce(ports: Ports, made: dict[str, Any], seconds: float) -> None:
    web = ports.url(ports.web)
    portal = f"  Portal       {web}/portal"
    if made:
        login = f"{made['email']}  ·  {made.get('password', 'the password it was given')}"
        lines = [f"  Demo shop    {ports.url(ports.shop)}/", portal, f"               {login}"]
    else:
        lines = [f"  Sign up      {web}/portal/sign-up", "               its mail: make mail", portal]
    lines += [f"  Simulator    {ports.url(ports.simulator)}/", f"  API docs     {web}/docs"]
    addresses = "\n".join(lines)
    print_line(f"\nBursar is ready ({seconds:.1f} s).\n\n{addresses}\n\n  Logs: {VAR / 'log'}     Stop: Ctrl-C\n")


def _make_history(env: dict[str, str], made: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Give the demo business its sales, beside all that runs. It makes them once; nothing depends on it."""
    with demo.history_log(made).open("wb") as log:
        return child.start(_flask("seed-history"), env=environment.running(env), cwd=ROOT, output=log)


def _stop_everything(
    group: ProcessGroup, backing: servers.Servers | None, history: subprocess.Popen[bytes] | None
) -> None:
    for selected in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(selected, signal.SIG_IGN)
    if backing is None:
        return
    with step("Stopping"):
        if history is not None:
            child.stop(history, ask=signal.SIGTERM, patience_s=5)
        group.stop()
        backing.stop()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise Stopped
