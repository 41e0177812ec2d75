"""The how-to's way to any moment, by its own words: a base backup, the write-ahead log, and orders before and after."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from app.core.ids import show
from ops import database, environment
from ops.paths import ROOT
from ops.postgres import APP_LOGIN, OWNER, Postgres
from ops.redis import Redis
from ops.testing.stack import Stack
from tests.endurance.buyers import HttpShop

HOW_TO = ROOT / "docs" / "how-to" / "back-up-and-restore.md"
MOMENT = "2026-11-23 04:30:00+00"  # as the how-to has it
SEAL = (
    "from app import start; from app.core.settings import Settings;"
    " from app.workflow.operations import seal_audit_log as s;"
)


@dataclass
class Place:
    """A database server of its own in `folder`, with its log archive there."""

    folder: Path
    redis: Redis

    def __post_init__(self) -> None:
        (self.folder / "log").mkdir(parents=True)
        self.server = Postgres(self.folder / "postgres")

    @property
    def data(self) -> Path:
        return self.server.data

    def start(self) -> None:
        self.server.start(self.folder / "log" / "postgres.log")

    def stack(self) -> Stack:
        url = self.server.url("bursar", user=APP_LOGIN)
        return Stack(self.folder / "stack", database_url=url, redis_url=self.redis.url())

    def ask(self, question: str) -> Any:
        """The first column of the only row."""
        with psycopg.connect(self.server.dsn("bursar"), autocommit=True) as link:
            [row] = link.execute(question).fetchall()
            return row[0]

    def orders(self) -> dict[str, str]:
        with psycopg.connect(self.server.dsn("bursar")) as link:
            return {show("ord", row[0]): row[1] for row in link.execute("SELECT id, status FROM orders").fetchall()}

    def add(self, name: str, lines: str) -> None:
        """Put lines at the end of a file of the server's."""
        with (self.data / name).open("a") as file:
            file.write(f"\n{lines}\n")


@dataclass(frozen=True)
class Words:
    """What the how-to tells people to write and run, with `/backups` at `kept`."""

    kept: Path

    def block(self, about: str) -> str:
        """The block of it that speaks of this."""
        [found] = [each for each in re.findall(r"```\w*\n(.*?)```", HOW_TO.read_text(), re.DOTALL) if about in each]
        return str(found).replace("/backups", str(self.kept))

    def line(self, beginning: str) -> str:
        """The line in quotation marks that begins like this."""
        return re.findall(rf"`({beginning}[^`]*)`", HOW_TO.read_text())[0]


@pytest.fixture
def redis(run_folder: Path) -> Iterator[Redis]:
    server = Redis(run_folder / "moment-redis", keep=False)
    server.start(run_folder / "moment-redis.log")
    yield server
    server.stop()


@pytest.fixture
def new_place(run_folder: Path, redis: Redis) -> Iterator[Callable[[str], Place]]:
    made: list[Place] = []

    def make(name: str) -> Place:
        made.append(Place(run_folder / name, redis))
        return made[-1]

    yield make
    for each in made:
        each.server.stop()


@pytest.fixture
def words(run_folder: Path) -> Words:
    return Words(run_folder / "moment-backups")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_lost_database_is_restored_to_the_requested_moment(
    new_place: Callable[[str], Place], words: Words, wait_until: Callable[..., None]
) -> None:
    first = new_place("moment-first")
    _archive(first, words)
    stack = first.stack()
    stack.flask("db", "upgrade", DATABASE_OWNER_URL=first.server.url("bursar", user=OWNER))
    stack.start("simulator", "web")
    try:
        before = _sell(stack, first, wait_until)
        _back_up(first, words)
        expected = before | _sell(stack, first, wait_until)
        _seal(stack)
        moment = first.ask("SELECT clock_timestamp()::text")
        after = _sell(stack, first, wait_until)
    finally:
        stack.kill()
    _lose(first, wait_until)

    second = new_place("moment-second")
    _bring(second, words, moment)

    wait_until(lambda: second.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", what="the moment")
    assert second.orders() == dict.fromkeys(expected, "paid")
    assert not after & expected
    second.ask("SELECT pg_wal_replay_resume()::text")
    wait_until(lambda: not second.ask("SELECT pg_is_in_recovery()"), what="the end of the recovery")
    _goes_on(stack, second, wait_until)


def _archive(place: Place, words: Words) -> None:
    """Make the server, and let it keep its log as the how-to says."""
    place.start()
    for folder in (words.kept, words.kept / "wal"):
        folder.mkdir()
        _give(folder, place)
    database.ensure(place.server, "bursar")
    place.add("postgresql.conf", words.block("archive_command"))
    place.add("pg_hba.conf", words.line("local replication"))
    place.server.stop()
    place.start()


def _back_up(place: Place, words: Words) -> None:
    socket = str(place.server.sockets)
    command = words.block("pg_basebackup").replace("$PWD/var/postgres/socket", socket)
    path = f"{place.server.place.bin}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _lose(place: Place, wait_until: Callable[..., None]) -> None:
    """The log is archived as far as it goes; then the server is destroyed."""
    last = place.ask("SELECT pg_walfile_name(pg_switch_wal())")
    wait_until(lambda: (place.ask("SELECT last_archived_wal FROM pg_stat_archiver") or "") >= last, what="the archive")
    place.server.stop()
    shutil.rmtree(place.data)


def _bring(place: Place, words: Words, moment: str) -> None:
    [base] = (words.kept / "base").iterdir()
    base.rename(place.data)
    text = words.block("recovery_target_time")
    assert MOMENT in text
    place.add("postgresql.conf", text.replace(MOMENT, moment))
    (place.data / "recovery.signal").touch()
    for each in (place.data, *place.data.rglob("*")):
        _give(each, place)
    place.data.chmod(0o700)
    place.start()


def _give(path: Path, place: Place) -> None:
    """To the account of the server, if that is another."""
    identity = place.server.place.identity
    if identity.is_other:
        os.chown(path, identity.uid, identity.gid)


def _goes_on(stack: Stack, place: Place, wait_until: Callable[..., None]) -> None:
    """On the server that was restored the books are right, the seals are whole, and the next orders are sold."""
    stack.env |= environment.running(place.server.addresses("bursar"))
    known = place.orders().keys()
    assert json.loads(stack.flask("audit", "--json"))["ok"]
    assert not stack.flask("verify-audit-log").startswith("0 seals")
    stack.start("simulator", "web")
    try:
        assert not _sell(stack, place, wait_until) & known
    finally:
        stack.kill()
    assert json.loads(stack.flask("audit", "--json"))["ok"]


def _sell(stack: Stack, place: Place, wait_until: Callable[..., None], count: int = 5) -> set[str]:
    """So many orders that were paid."""
    demo = stack.demo
    shop = HttpShop(stack.url, demo["secret_key"], demo["sku_ids"], seed=1)
    company = httpx.Client(base_url=f"{stack.simulator_url}/admin", timeout=60)
    sold = set()
    for _ in range(count):
        placed = shop.place()
        assert placed is not None
        company.post(f"payments/{placed[1]}/approve", json={}).raise_for_status()
        sold.add(placed[0])
    wait_until(lambda: {place.orders()[each] for each in sold} == {"paid"}, what="the payments")
    return sold


def _seal(stack: Stack) -> None:
    """What was changed with a key is noted, and what is noted is sealed."""
    account = {"channel": "simulator", "name": "Second", "settings": {"merchant_id": "m", "api_key": "k" * 20}}
    headers = {"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": "before-the-moment"}
    httpx.post(f"{stack.url}/v1/channel_accounts", json=account, headers=headers, timeout=60).raise_for_status()
    script = f"{SEAL} start(Settings.from_env()); s.seal_due()"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=stack.env, check=True)
