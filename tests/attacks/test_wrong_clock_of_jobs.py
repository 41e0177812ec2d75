"""A host whose clock is wrong runs no jobs and wakes nobody, says so, and goes on by itself once it is right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from app.core.process import heartbeats
from ops import child, processes
from ops.paths import ROOT
from ops.testing import env as test_env
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor

HERE = Path(__file__).parent / "wrong_clock"
WAITERS = {"relay": processes.RELAY, "worker": processes.WORKER}
LIMIT_S = 60


@pytest.fixture
def connection(redis_url: str) -> Iterator[Redis]:
    """This test's Redis, emptied."""
    made = Redis.from_url(redis_url)
    made.flushdb()
    yield made
    made.flushdb()
    made.close()


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """By how many seconds the host's clock is off."""
    file = tmp_path / "off"
    file.write_text("3600")
    return file


@pytest.fixture
def logs(app_env: dict[str, str], clock_file: Path, connection: Redis, tmp_path: Path) -> Iterator[dict[str, Path]]:
    """The logs of a relay and a worker on a host whose clock is wrong."""
    assert connection
    path = os.pathsep.join([str(HERE), str(ROOT)])
    env = {**test_env.inherited(), **app_env, "PYTHONPATH": path, "HOST_CLOCK_OFF_FILE": str(clock_file)}
    found = {name: tmp_path / f"{name}.log" for name in WAITERS}
    running = []
    for name, program in WAITERS.items():
        with found[name].open("wb") as output:
            running.append(child.start(program.command, env=env, cwd=ROOT, output=output))
    yield found
    for process in running:
        child.kill(process)


@pytest.mark.early
def test_a_host_with_a_wrong_clock_pauses_says_so_and_goes_on_by_itself(
    logs: dict[str, Path], clock_file: Path, connection: Redis, shop: Shop, app: Flask
) -> None:
    shop.place()  # an event, which a relay would wake a worker for
    for name, log in logs.items():
        assert child.wait_until(lambda log=log: "clock_wrong" in log.read_text(), limit_s=LIMIT_S), (
            name,
            log.read_text(),
        )
    child.wait_until(lambda: len(_waiting()) == len(logs), limit_s=LIMIT_S)
    result = _waiting()
    page = _jobs_page(app, shop)
    put, ran = list(connection.scan_iter("rq:job:*")), _beats()

    # Put in its place whole: processes read it all the time, and half a file is no time.
    clock_file.with_suffix(".new").write_text("0")
    clock_file.with_suffix(".new").replace(clock_file)
    back = child.wait_until(lambda: _are_right(logs) and not _waiting() and _beats() > 0, limit_s=LIMIT_S)

    assert {name for name, _ in result} >= set(logs)
    assert all(3590 < off_s < 3610 for _, off_s in result)
    assert "s ahead of the database's" in page
    assert "Its worker stops taking work until the clock is corrected" in page
    assert (put, ran) == ([], 0)
    assert back, {name: log.read_text()[-2000:] for name, log in logs.items()}


def _are_right(logs: dict[str, Path]) -> bool:
    return all("clock_right" in log.read_text() for log in logs.values())


def _waiting() -> set[tuple[str, float]]:
    found = heartbeats.read()
    return {(each.process, each.off_s) for each in found.wrong_clocks} if found else set()


def _beats() -> int:
    found = heartbeats.read()
    return len(found.heartbeats) if found else 0


def _jobs_page(app: Flask, shop: Shop) -> str:
    visitor = Visitor(app)
    login = make_user(shop.business_id, "owner")
    visitor.log_in(login.email, login.password)
    return " ".join(visitor.get("/portal/jobs").text.split())
