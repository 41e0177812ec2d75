"""A host whose clock is wrong: nothing is closed early, nothing is made in the future, and it takes no work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from redis import Redis

from app.core import clock, clock_check, db, ids
from app.core.ids import new_id
from app.domain.catalog.models import Product
from app.worker.__main__ import make_worker
from app.workflow.orders import close_orders
from ops import child, processes
from ops.paths import ROOT
from ops.testing import env as test_env
from ops.testing import ports
from tests.factories.shop import Shop

HERE = Path(__file__).parent / "wrong_clock"
WRONG_S = {"an hour ahead": 3600, "two hours behind": -7200, "three days ahead": 3 * 86_400}


def _on_wrong_host(app_env: dict[str, str], off_s: float) -> dict[str, str]:
    path = os.pathsep.join([str(HERE), str(ROOT)])
    return {**test_env.inherited(), **app_env, "PYTHONPATH": path, "HOST_CLOCK_OFF_S": str(off_s)}


@pytest.mark.parametrize("off_s", WRONG_S.values(), ids=WRONG_S)
def test_a_wrong_host_neither_closes_fresh_orders_nor_opens_old_ones(
    shop: Shop, app_env: dict[str, str], off_s: int
) -> None:
    fresh, theirs = shop.place(), new_id()
    named = ",".join(str(each) for each in (shop.business_id, shop.product_id, shop.sku_id))
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks.wrong_clock.work", named, str(theirs)],
        cwd=ROOT,
        env=_on_wrong_host(app_env, off_s),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    close_orders.close_due()

    assert abs(answer["host_s"] - time.time() - off_s) < 60
    assert abs(answer["ours_s"] - time.time()) < 60
    assert not answer["may_work"]
    for order_id in (fresh, theirs):
        order = shop.order(order_id)
        assert order.status == "created"
        assert abs(order.created_at.timestamp() - time.time()) < 60
        assert abs((order.id.int >> 80) / 1000 - time.time()) < 60
        assert 1500 < (order.expires_at - order.created_at).total_seconds() < 2100


@contextmanager
def _web(env: dict[str, str], folder: Path) -> Iterator[str]:
    port = ports.free()
    with (folder / "web.log").open("wb") as log:
        program = processes.web("127.0.0.1", port)
        process = child.start(program.command, env=env, cwd=ROOT, output=log)
    try:
        url = f"http://127.0.0.1:{port}"
        assert child.wait_until(lambda: _answers(f"{url}/healthz"), limit_s=60), (folder / "web.log").read_text()
        yield url
    finally:
        child.kill(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_web_host_with_a_wrong_clock_says_so_and_serves_nobody(app_env: dict[str, str], tmp_path: Path) -> None:
    with _web(_on_wrong_host(app_env, 3600), tmp_path) as url:
        first = httpx.post(f"{url}/v1/orders", json={}, timeout=30)
        ready = httpx.get(f"{url}/readyz", timeout=30)
        page = httpx.get(f"{url}/portal/login", timeout=30)
        lives = httpx.get(f"{url}/healthz", timeout=30)

    assert (first.status_code, first.headers["Retry-After"]) == (503, "5")
    assert "clock is wrong" in first.json()["detail"]
    assert ready.status_code == 503
    assert ready.json()["checks"]["clock"].endswith("s ahead of the database")
    assert ready.json()["checks"]["database"] == "ok"
    assert page.status_code == 503
    assert lives.status_code == 200


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, app: Flask) -> Any:
    """A function that sets the clock of this host wrong by so many seconds; afterwards it is right again."""
    assert app
    right = time.time

    def off(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: right() + seconds)

    yield off
    monkeypatch.undo()
    assert clock_check.may_work()


@pytest.mark.parametrize(("off_s", "right"), [(0.0, True), (1.8, True), (-1.8, True), (2.2, False), (-2.2, False)])
def test_two_seconds_are_borne(host: Any, off_s: float, right: bool) -> None:
    host(off_s)

    assert clock_check.may_work() is right


def test_a_worker_takes_no_job_until_the_clock_is_right_again(host: Any, redis_url: str) -> None:
    worker = make_worker(Redis.from_url(redis_url))
    host(3600)
    waiting = threading.Thread(target=worker.check_for_suspension, args=[False], daemon=True)

    waiting.start()
    waiting.join(2.5)
    waits = waiting.is_alive()
    host(0)
    waiting.join(30)

    assert waits
    assert not waiting.is_alive()


def test_the_time_costs_no_round_trip_and_is_read_once_a_second(shop: Shop) -> None:
    clock.forget()
    with db.reading(shop.business_id):
        db.get(Product, shop.product_id)
        assert clock.is_known()
    assert not clock.is_due()
    assert abs(clock.host_off_s()) < 1


def test_ids_of_a_thread_grow_while_the_measure_gets_better(app: Flask) -> None:
    assert app
    made = []
    for ahead_s in (0.0, -0.0004, 0.0003, -0.0001):
        count_ns = clock.count_ns()
        clock.forget()
        clock.observe(time.time() + ahead_s, sent_ns=count_ns, received_ns=count_ns + 1000)
        made += [ids.new_id() for _ in range(50)]
    clock.forget()
    clock_check.check()

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_database_whose_clock_is_set_is_followed(app: Flask) -> None:
    assert app
    clock_check.check()
    count_ns = clock.count_ns()
    clock.observe(time.time() + 100, sent_ns=count_ns, received_ns=count_ns + 500_000)
    ahead = clock.real_s() - time.time()
    wrong = not clock_check.is_clock_right()
    clock.forget()
    clock_check.check()

    assert 99 < ahead < 101
    assert wrong
    assert abs(clock.real_s() - time.time()) < 1
