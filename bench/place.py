"""Where a run happens: servers and processes of its own, on ports of its own, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from ops import child, database, processes
from ops.listening import is_free
from ops.paths import ROOT, VAR
from ops.postgres import Postgres
from ops.process_group import responds
from ops.processes import Program
from ops.redis import Redis
from ops.testing.env import fixed, inherited

HOST = "127.0.0.1"
DATABASE = "bench"
READY_LIMIT_S = 90
# As on a real machine: commits reach the disk. Statements are counted, on both sides alike.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "on",
    "pg_stat_statements.track_planning": "on",
    "max_wal_size": "4GB",
    # The first change of a page after a checkpoint is logged with the whole page, which would be counted by chance.
    "checkpoint_timeout": "1h",
    "shared_buffers": "256MB",
}


class Place:
    """Use it in a `with`: servers run inside, and nothing is left behind."""

    def __init__(self) -> None:
        self.folder = VAR / "bench" / f"run-{os.getpid()}"
        self.folder.mkdir(parents=True)
        self.postgres = Postgres(self.folder / "postgres", settings=SETTINGS)
        self.redis = Redis(self.folder / "redis")
        self.web_port, self.company_port, self.hanging_port, self.counted_port, self.peer_port = _free_ports(5)
        self.url = f"http://{HOST}:{self.web_port}"
        self.company_url = f"http://{HOST}:{self.company_port}"
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Place:
        try:
            self._start_servers()
            database.ensure(self.postgres, DATABASE)
            self.run_flask("db", "upgrade")
            with psycopg.connect(self.admin()) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            self.start(
                Program(
                    "company", (sys.executable, "-m", "bench.company", str(self.company_port)), f"{self.company_url}/"
                )
            )
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(*reversed(self.running))
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def env(self) -> dict[str, str]:
        """What every process of the run is started with."""
        return {
            **inherited(),
            **fixed(),
            **self.postgres.addresses(DATABASE),
            "REDIS_URL": self.redis.url(),
            "PUBLIC_URL": self.url,
            "FILES_URL": str(self.folder / "files"),
            "TEST_CLOCK": "0",
            # As it is set up where nothing is said: what only tests look at is not measured.
            "CHECK_LOCK_ORDER": "0",
            "CHANNEL_CONCURRENCY": "8",
            "LOG_LEVEL": "warning",
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def admin(self) -> str:
        """The address at which everything may be seen."""
        return self.postgres.dsn(DATABASE)

    @property
    def postgres_pid(self) -> int:
        """The process whose children are all of the database's."""
        assert self.postgres.process is not None
        return self.postgres.process.pid

    def web(self) -> Program:
        """The web server as it is deployed: one process per processor."""
        return processes.web(HOST, self.web_port, workers=os.cpu_count() or 2)

    def start(self, *programs: Program, env: Mapping[str, str] | None = None) -> float:
        """Start programs and wait until each answers; the seconds that took. `env` is instead of the run's."""
        began_s = time.perf_counter()
        for program in programs:
            with self._log(program.name).open("wb") as output:
                self.running[program.name] = child.start(program.command, env=env or self.env, cwd=ROOT, output=output)
        for program in programs:
            if not child.wait_until(partial(self._answers, program), limit_s=READY_LIMIT_S):
                raise RuntimeError(f"{program.name} did not start:\n{self._log(program.name).read_text()[-2000:]}")
        return time.perf_counter() - began_s

    def stop(self, *names: str) -> None:
        """Stop programs."""
        for name in names:
            child.stop(self.running.pop(name), ask=signal.SIGTERM, patience_s=20)

    def restart_servers(self) -> float:
        """Stop and start database and Redis; the seconds the start took."""
        self.redis.stop()
        self.postgres.stop()
        began_s = time.perf_counter()
        self._start_servers()
        return time.perf_counter() - began_s

    def run_flask(self, *arguments: str) -> None:
        """Run a flask command of the application."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        subprocess.run(
            command, cwd=ROOT, env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _start_servers(self) -> None:
        self.postgres.start(self.folder / "postgres.log")
        self.redis.start(self.folder / "redis.log")

    def _answers(self, program: Program) -> bool:
        if self.running[program.name].poll() is not None:
            raise RuntimeError(f"{program.name} ended:\n{self._log(program.name).read_text()[-2000:]}")
        if program.ready_url:
            return responds(program.ready_url)
        return program.says_ready(self._log(program.name).read_text())

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@cache
def application() -> Any:
    """The application in this process, for making businesses, and for looking at rows and pages."""
    from app import create_app

    return create_app()


def _free_ports(count: int) -> list[int]:
    found = [port for port in range(31000 + os.getpid() % 500, 32700) if is_free(HOST, port)]
    return found[:count]
