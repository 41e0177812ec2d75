"""`make run`: set up, start everything, keep it running, stop it all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

from ops import environment, processes, servers
from ops.console import OpsError, say, step
from ops.environment import Ports, log_file
from ops.family import Family
from ops.paths import ROOT, VAR, fingerprint
from ops.running import RunLock, port_is_free

READY_LIMIT_S = 60


class Stopped(BaseException):
    """Someone asked us to end (Ctrl-C, SIGTERM)."""


def main(arguments: list[str]) -> int:
    """Run until stopped; 0 after a wanted stop."""
    del arguments
    began = time.monotonic()
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, _stop)
    ports = Ports.from_env()
    environment.prepare_var()
    with RunLock(ports.url(ports.web)):
        _check_ports(ports)
        backing = None
        family = Family()
        try:
            backing = servers.start()
            env = environment.build(ports, database_url=backing.database_url, redis_url=backing.redis_url)
            migrate(env)
            demo = seed(env, backing.database_url)
            _start(family, ports, env)
            _announce(ports, demo, time.monotonic() - began)
            family.watch(backing)
        except Stopped:
            say()
        finally:
            _stop_everything(family, backing)
    return 0


def migrate(env: dict[str, str]) -> None:
    """Bring the database up to the newest migration."""
    with step("Bringing the database up to date"):
        _flask(env, "db", "upgrade")


def seed(env: dict[str, str], database_url: str) -> dict[str, str]:
    """Make the demo business at the first start with this database; what to log in with."""
    found = VAR / "demo.json"
    marker = VAR / f"seeded-{fingerprint(database_url)}"
    if marker.exists() and marker.read_text() == _database_age(database_url) and found.exists():
        return dict(json.loads(found.read_text()))
    with step("Making the demo business"):
        answer = _flask(env, "seed-demo")
    demo = json.loads(answer.strip().splitlines()[-1])
    found.write_text(json.dumps(demo, indent=2) + "\n")
    found.chmod(0o600)
    marker.write_text(_database_age(database_url))
    return dict(demo)


def _database_age(database_url: str) -> str:
    """Something that changes when the embedded cluster is made anew."""
    made = VAR / "postgres" / "data" / "PG_VERSION"
    embedded = "DATABASE_URL" not in os.environ and made.exists()
    return f"{made.stat().st_mtime_ns}" if embedded else fingerprint(database_url)


def _flask(env: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    with log_file("setup").open("a") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode:
        tail = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise OpsError(f"`flask {' '.join(arguments)}` failed:\n    {tail}\n  See {log_file('setup')}.")
    return done.stdout


def _start(family: Family, ports: Ports, env: dict[str, str]) -> None:
    workers = int(os.environ.get("WEB_WORKERS") or min(2, os.cpu_count() or 1))
    demo = json.loads((VAR / "demo.json").read_text())
    env.setdefault("BURSAR_SECRET_KEY", demo.get("secret_key", ""))
    env.setdefault("BURSAR_PUBLISHABLE_KEY", demo.get("publishable_key", ""))
    with step("Starting the application"):
        for program in processes.everything(ports, workers=workers):
            family.add(program, env)
        family.wait_ready(limit_s=READY_LIMIT_S)


def _check_ports(ports: Ports) -> None:
    taken = [port for port in (ports.web, ports.shop, ports.simulator) if not port_is_free(ports.host, port)]
    if taken:
        which = " and ".join(map(str, taken))
        raise OpsError(
            f"port {which} is taken by another program. Bursar needs three in a row "
            f"({ports.web}–{ports.simulator}); choose others:  make run PORT={ports.web + 1000}"
        )


def _announce(ports: Ports, demo: dict[str, str], seconds: float) -> None:
    web = ports.url(ports.web)
    say(
        f"""
Bursar is ready ({seconds:.1f} s).

  Demo shop    {ports.url(ports.shop)}/
  Portal       {web}/portal
               {demo.get("email", "?")}  ·  {demo.get("password", "?")}
  Simulator    {ports.url(ports.simulator)}/
  API docs     {web}/docs

  Logs: {VAR / "log"}     Stop: Ctrl-C
"""
    )


def _stop_everything(family: Family, backing: servers.Servers | None) -> None:
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, signal.SIG_IGN)
    if backing is None:
        return
    with step("Stopping"):
        family.stop()
        backing.stop()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise Stopped
