"""The real processes of Bursar under test: started, killed and started again as a test wishes."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ops import child, demo, environment, processes
from ops.paths import ROOT
from ops.process_group import responds
from ops.processes import Program
from ops.testing import env as test_env
from ops.testing import ports, run
from ops.testing.forks import Forks

ALL = ("simulator", "web", "worker", "files", "relay", "shop")
READY_LIMIT_S = 180
END_LIMIT_S = 60


@cache
def _commands(pid: int) -> Forks:
    """Of this process; they end with it."""
    del pid
    made = Forks("ops.testing.forks:load_commands", test_env.inherited())
    atexit.register(made.close)
    return made


def command(
    *arguments: str, env: Mapping[str, str], limit_bytes: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a `flask` command; it can make no file of more than `limit_bytes`."""
    commands = _commands(os.getpid())
    return commands.run("ops.testing.forks:flask_command", arguments, env=env, limit_bytes=limit_bytes)


class Stack:
    """Programs on one database and one Redis. `start` waits until they answer; `kill` is kill -9."""

    def __init__(
        self, folder: Path, *, database_url: str, redis_url: str, extra: Mapping[str, str] | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = {name: ports.free() for name in ("web", "shop", "simulator")}
        self.url = f"http://127.0.0.1:{self.port['web']}"
        self.shop_url = f"http://127.0.0.1:{self.port['shop']}"
        self.simulator_url = f"http://127.0.0.1:{self.port['simulator']}"
        self.clock_file = folder / "clock"
        self.env = {
            **test_env.inherited(),
            **test_env.fixed(),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DATABASE_POOL": "8",
            "PUBLIC_URL": self.url,
            "BURSAR_URL": self.url,
            "SHOP_URL": self.shop_url,
            "SHOP_PORT": str(self.port["shop"]),
            "SIMULATOR_URL": self.simulator_url,
            "SIMULATOR_PORT": str(self.port["simulator"]),
            "SIMULATOR_DATA": str(folder / "simulator.sqlite3"),
            "BURSAR_CLOCK_FILE": str(self.clock_file),
            "BURSAR_VAR": str(folder),
            "FILES_URL": str(folder / "files"),
            **(extra or {}),
        }
        if url := self.env["DATABASE_URL"]:
            self.env |= environment.running(run.cluster().addresses(url)) | dict(extra or {})
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._log_begins_at: dict[str, int] = {}
        self._demo: dict[str, Any] | None = None

    @property
    def demo(self) -> dict[str, Any]:
        """The demo business (ids, login, keys), made when first requested."""
        if self._demo is None:
            self._demo = demo.read(self.flask("seed-demo"))
            (self.folder / "demo.json").write_text(json.dumps(self._demo))
        return self._demo

    def start(self, *names: str, **env: str) -> None:
        """Start the programs (all by default) with `env` added, and wait until each answers.

        The demo business's merchant is registered with the simulator.
        """
        for name in names or ALL:
            program = self._program(name)
            variables = {**self.env, **env}
            if name == "shop":
                variables |= demo.shop_keys(self.demo)
            with self._log(name).open("ab") as output:
                self._log_begins_at[name] = output.tell()
                self.running[name] = child.start(program.command, env=variables, cwd=ROOT, output=output)
        for name in names or ALL:
            self._wait_ready(name)
            if name == "simulator" and self.env["DATABASE_URL"]:
                demo.introduce(self.demo, self.simulator_url)

    def stop(self, *names: str) -> None:
        """Ask the programs (all that run, by default) to end, and wait for it."""
        selected = [name for name in names or reversed(ALL) if name in self.running]
        for name in selected:
            self.running[name].send_signal(signal.SIGTERM)
        for name in selected:
            child.stop(self.running.pop(name), ask=signal.SIGTERM, patience_s=15)

    def kill(self, *names: str) -> None:
        """End the programs (all that run, by default) and what they started at once, as a power cut would."""
        for name in names or tuple(self.running):
            child.kill(self.running.pop(name))

    def wait_ended(self, name: str) -> int:
        """Wait until the program has ended by itself (a crash point); its exit status."""
        status = self.running[name].wait(END_LIMIT_S)
        child.kill(self.running.pop(name))
        return status

    def flask(self, *arguments: str, **env: str) -> str:
        """What a `flask` command prints.

        Raises:
            RuntimeError: it failed.
        """
        done = command(*arguments, env={**self.env, **env})
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def move_clock(self, seconds: float) -> None:
        """Move the time of all its programs on."""
        moved = float(self.clock_file.read_text()) if self.clock_file.exists() else 0.0
        new = self.clock_file.with_suffix(".new")
        new.write_text(str(moved + seconds))
        new.replace(self.clock_file)

    def log(self, name: str) -> str:
        """What the program has written so far."""
        return self._log(name).read_text(errors="replace")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _program(self, name: str) -> Program:
        host = "127.0.0.1"
        made = {
            "web": lambda: processes.web(host, self.port["web"]),
            "simulator": lambda: processes.simulator(host, self.port["simulator"]),
            "shop": lambda: processes.shop(host, self.port["shop"]),
            "worker": lambda: processes.WORKER,
            "files": lambda: processes.FILES,
            "relay": lambda: processes.RELAY,
        }
        return made[name]()

    def _wait_ready(self, name: str) -> None:
        program, process = self._program(name), self.running[name]

        def is_ready() -> bool:
            if program.ready_url:
                return responds(program.ready_url)
            return program.says_ready(self.log(name)[self._log_begins_at[name] :])

        child.wait_until(lambda: process.poll() is not None or is_ready(), limit_s=READY_LIMIT_S, pause_s=0.05)
        if process.poll() is not None or not is_ready():
            raise RuntimeError(f"{name} did not start:\n{self.log(name)[-4000:]}")
