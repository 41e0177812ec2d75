"""Everything that can die or break does, again and again, while buyers pay: what was acknowledged is kept, once.

Processes, the database and Redis are killed, the link to the database is cut, slowed, held, and loses the answers to
COMMITs. The supervisor's own parts start again what dies. 15 faults in the ordinary run, 500 in the long profile.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from app.core.ids import show
from ops import child, database, demo, environment, logs, paths, restarts
from ops.backing import WatchedServer
from ops.console import print_line
from ops.postgres import APP_LOGIN, OWNER, THROW_AWAY, Postgres
from ops.process_group import ProcessGroup, responds
from ops.redis import Redis
from ops.testing import run
from ops.testing.stack import Stack
from tests.attacks.proxy import Proxy
from tests.endurance import books
from tests.endurance.buyers import HttpShop
from tests.endurance.test_storm import _due as due

FAULTS = int(os.environ.get("KILL_STORM_FAULTS") or (500 if run.is_long() else 15))
SEED = int(os.environ.get("STORM_SEED", "1"))
BUYERS = 4
PROGRAMS = ("simulator", "web", "worker", "relay")
# What is acknowledged has reached the operating system; only a power cut would lose it.
DURABLE = THROW_AWAY | {"synchronous_commit": "on", "full_page_writes": "on"}


class Storm:
    """An installation under its own supervisor, with a link that breaks."""

    def __init__(self, stack: Stack, family: ProcessGroup, postgres: Postgres, redis: Redis, link: Proxy) -> None:
        self.stack, self.family, self.link = stack, family, link
        self.postgres, self.redis = postgres, redis
        self.dice = random.Random(SEED)
        self._pause = threading.Event()
        self.faults: tuple[Callable[[], None], ...] = (
            *(lambda name=name: self.kill(name) for name in PROGRAMS[1:]),
            self.kill_part_of_web,
            lambda: self.kill_server(self.postgres),
            lambda: self.kill_server(self.redis),
            self.kill_backend,
            self.link.cut,
            lambda: self.link.lose_replies(3, after=self.dice.randrange(5)),
            lambda: self.for_a_while("refuse", True),
            lambda: self.for_a_while("held", True),
            lambda: self.for_a_while("delay_s", 0.03),
        )

    def kill(self, name: str) -> None:
        member = next(each for each in self.family.members if each.program.name == name)
        if member.process is not None:
            child.kill(member.process)

    def kill_part_of_web(self) -> None:
        """One of the processes that the web's master has started."""
        web = next(each for each in self.family.members if each.program.name == "web")
        if web.process is not None and web.process.poll() is None:
            parts = psutil.Process(web.process.pid).children(recursive=True)
            if parts:
                self.dice.choice(parts).kill()

    def kill_server(self, server: Postgres | Redis) -> None:
        if server.process is not None:
            os.kill(server.process.pid, signal.SIGKILL)

    def kill_backend(self) -> None:
        """A process of the database that works for us; the server throws out everybody and recovers."""
        if self.postgres.process is not None and self.postgres.process.poll() is None:
            parts = psutil.Process(self.postgres.process.pid).children()
            ours = [each for each in parts if "[local]" in " ".join(each.cmdline())]
            if ours:
                self.dice.choice(ours).kill()

    def for_a_while(self, what: str, value: Any) -> None:
        setattr(self.link, what, value)
        self.look(0.7)
        self.link.mend()

    def look(self, seconds: float) -> None:
        """Let time pass, as the supervisor does."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.family._look()
            self._pause.wait(0.1)

    def rage(self, faults: int, acknowledged: Callable[[], int]) -> Counter[str]:
        """So many faults, each kind in its turn, at any moment; how many of each. Between two of them somebody is
        served, if that takes no longer than a few seconds: otherwise nothing would be at stake."""
        done: Counter[str] = Counter()
        waiting: list[int] = []
        for _ in range(faults):
            if not waiting:
                waiting = self.dice.sample(range(len(self.faults)), len(self.faults))
            number = waiting.pop()
            self.faults[number]()
            done[str(number)] += 1
            before, ends = acknowledged(), time.monotonic() + 3
            while acknowledged() == before and time.monotonic() < ends:
                self.look(0.1)
            self.look(self.dice.uniform(0, 0.5))
        return done

    def until(self, condition: Callable[[], bool], what: str, limit_s: float = 120) -> None:
        def looked() -> bool:
            self.family._look()
            return condition()

        assert child.wait_until(looked, limit_s=limit_s, pause_s=0.1), what


class Stubborn(HttpShop):
    """A server that tries again with the same key, also when nobody answers; what was acknowledged to it."""

    def __init__(self, stack: Stack, seed: int) -> None:
        demo = stack.demo
        super().__init__(stack.url, demo["secret_key"], demo["sku_ids"], seed)
        self.company = httpx.Client(base_url=f"{stack.simulator_url}/admin", timeout=30)
        self.orders: list[str] = []
        self.refunds: list[str] = []

    def buy(self, over: threading.Event) -> None:
        while not over.is_set():
            placed = self.place()
            if placed is None:
                continue
            self.orders.append(placed[0])
            self.company.post(f"payments/{placed[1]}/approve", json={})
            if self.random.random() < 0.3:
                self.refund(placed[0], 100)

    def refund(self, order: str, minor: int) -> None:
        answer = self._post("refunds", {"order_id": order, "amount_minor": minor, "reason": "storm"})
        if answer.status_code == 201:
            self.refunds.append(str(answer.json()["id"]))

    def _post(self, path: str, body: dict[str, Any] | None) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                answer = self.client.post(path, json=body, headers=headers)
            except httpx.HTTPError:
                self.pause.wait(0.1)
                continue
            self.statuses[answer.status_code] += 1
            in_flight = answer.status_code == 409 and answer.json()["code"] == "idempotency_in_flight"
            if answer.status_code not in (429, 500, 502, 503, 504) and not in_flight:
                return answer
            self.pause.wait(0.1)


@pytest.fixture
def storm(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storm]:
    folder = run_folder / f"kills{uuid.uuid4().hex[:6]}"
    (folder / "log").mkdir(parents=True)
    for module in (paths, environment, logs):
        monkeypatch.setattr(module, "VAR", folder)
    monkeypatch.setattr(restarts, "MAX_PAUSE_S", 1)
    postgres, redis = Postgres(folder / "postgres", settings=DURABLE), Redis(folder / "redis")
    postgres.start(folder / "log" / "postgres.log")
    redis.start(folder / "log" / "redis.log")
    database.ensure(postgres, "bursar")
    family = ProcessGroup([WatchedServer("postgres", postgres), WatchedServer("redis", redis)])
    with Proxy(postgres.url("bursar", user=APP_LOGIN)) as link:
        stack = Stack(folder, database_url=link.url, redis_url=redis.url(), extra={"LOG_LEVEL": "warning"})
        try:
            stack.flask("db", "upgrade", DATABASE_OWNER_URL=postgres.url("bursar", user=OWNER))
            assert stack.demo
            for name in PROGRAMS:
                family.add(stack._program(name), stack.env)
            family.wait_ready(limit_s=120)
            _introduce(stack)
            yield Storm(stack, family, postgres, redis, link)
        finally:
            family.stop()
            redis.stop()
            postgres.stop()


def _introduce(stack: Stack) -> None:
    """The company knows the demo's merchant, and sends its notices again soon."""
    demo.introduce(stack.demo, stack.simulator_url)
    settings = {"ladder": [0, 1, 2, 5, 10], "notice_timeout_s": 5}
    httpx.post(f"{stack.simulator_url}/admin/settings", json=settings).raise_for_status()


@pytest.mark.early
@pytest.mark.timeout(0 if run.is_long() else 400)
def test_what_was_acknowledged_survives_a_storm_of_kills(storm: Storm) -> None:
    shops = [Stubborn(storm.stack, SEED * 100 + number) for number in range(BUYERS)]
    over = threading.Event()
    buyers = [threading.Thread(target=shop.buy, args=[over]) for shop in shops]
    for buyer in buyers:
        buyer.start()

    storm.look(1)
    done = storm.rage(FAULTS, lambda: sum(len(shop.orders) for shop in shops))

    storm.link.mend()
    over.set()
    storm.until(lambda: not any(buyer.is_alive() for buyer in buyers), "every buyer has an answer")
    storm.until(
        lambda: storm.family.servers_are_up() and responds(f"{storm.stack.url}/readyz"), "everything runs again"
    )
    known = _at_rest(storm)

    print_line(f"{sum(done.values())} faults, {sum(len(shop.orders) for shop in shops)} orders, {shops[0].statuses}")
    orders, refunds = (set().union(*(getattr(shop, kind) for shop in shops)) for kind in ("orders", "refunds"))
    assert orders
    assert orders <= _ids(storm, "ord", "orders")
    assert refunds <= _ids(storm, "rfd", "payment_transactions")
    assert known.undecided() == []
    assert known.differences() == []
    assert json.loads(storm.stack.flask("audit", "--json"))["ok"]


def _at_rest(storm: Storm) -> books.Books:
    """Both books, when nobody owes anybody an answer any more."""
    stack = storm.stack
    stack.move_clock(0)
    for _ in range(10):
        stack.move_clock(400)
        storm.until(lambda: not due(stack), "all that was due is done", limit_s=300)
        merchant: str = stack.demo["simulator"]["merchant_id"]
        known = books.read(stack.env["DATABASE_SYSTEM_URL"], Path(stack.env["SIMULATOR_DATA"]), merchant)
        if not known.undecided() and not known.differences():
            break
    return known


def _ids(storm: Storm, prefix: str, table: str) -> set[str]:
    with psycopg.connect(storm.postgres.dsn("bursar")) as connection:
        return {show(prefix, row[0]) for row in connection.execute(f"SELECT id FROM {table}").fetchall()}
