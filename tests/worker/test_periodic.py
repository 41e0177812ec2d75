from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from redis import Redis

from app.core.limits.shared import Shared
from app.core.process import heartbeats
from app.domain.orders.states import OrderStatus
from app.read.operations import due_work
from app.worker import jobs, periodic, queues, relay
from app.worker.__main__ import QuietWorker, make_worker
from app.worker.due import Due
from app.worker.periodic import Periodic
from tests.factories.shop import Shop

PERIODIC = [job for job in jobs.JOBS if job.every_s is not None]


@pytest.fixture
def connection(app: Flask, redis_url: str) -> Iterator[Redis]:
    """This worker's Redis, emptied."""
    assert app
    made = queues.connect(redis_url)
    made.flushdb()
    yield made
    made.flushdb()
    made.close()


def _worker(redis_url: str | None, queue: str = "periodic", due: Due | None = None) -> Periodic:
    """Of a worker of its own."""
    return Periodic(queue, Shared(redis_url, name="jobs"), due or Due(), threading.Event())


def _instead(monkeypatch: pytest.MonkeyPatch, job: jobs.Job, work: Callable[[], None]) -> None:
    monkeypatch.setitem(jobs.BY_NAME, job.name, replace(job, work=work))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the jobs that were run; they do nothing else."""
    made: list[str] = []
    for job in PERIODIC:
        _instead(monkeypatch, job, partial(made.append, job.name))
    return made


def test_of_several_workers_one_runs_a_job(connection: Redis, redis_url: str, ran: list[str]) -> None:
    for name in (*queues.WORKER_QUEUES, queues.FILES):
        for worker in (_worker(redis_url, name), _worker(redis_url, name)):
            worker.step()

    assert sorted(ran) == sorted(job.name for job in PERIODIC)
    assert connection.dbsize()


def test_a_job_is_run_again_when_its_time_has_come(
    connection: Redis,
    redis_url: str,
    ran: list[str],
    wait_until: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(due_work, "due_jobs", lambda: due_work.LOOKED_FOR)
    due = Due()
    due.look()
    worker = _worker(redis_url, "polling", due)
    pause_s = worker.step()
    assert 0 < pause_s <= 2
    assert worker.step() <= 2

    wait_until(lambda: worker.step() and len(ran) > 1, what="the second run")

    assert connection.keys("bursar:claimed:*")


def test_a_job_of_a_killed_worker_is_run_before_long(connection: Redis, redis_url: str, ran: list[str]) -> None:
    [job] = [job for job in PERIODIC if job.queue == "fetch_keys"]
    assert periodic._claim(connection, job)
    worker = _worker(redis_url, "fetch_keys")
    worker.step()
    assert ran == []
    assert 0 < connection.ttl(f"bursar:claimed:{job.name}") <= periodic.CLAIMED_S

    connection.delete(f"bursar:claimed:{job.name}")  # as when that is over
    _worker(redis_url, "fetch_keys").step()

    assert ran == [job.name]


def test_without_redis_jobs_run(app: Flask, ran: list[str]) -> None:
    assert app

    _worker("redis://127.0.0.1:1/0").step()

    assert set(ran) == {job.name for job in PERIODIC if job.queue == "periodic"}


def test_a_job_that_fails_stops_no_other(
    connection: Redis, redis_url: str, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no luck")

    _instead(monkeypatch, jobs.BY_NAME["count_metrics"], fail)

    pause_s = _worker(redis_url).step()

    assert pause_s > 0
    assert len(ran) == len([job for job in PERIODIC if job.queue == "periodic"]) - 1
    found = heartbeats.read()
    assert found is not None
    assert {each.job: each.error for each in found.heartbeats}["count_metrics"] == "RuntimeError('no luck')"
    assert connection.exists("bursar:claimed:count_metrics")


def test_told_to_stop_it_begins_no_other_job(
    connection: Redis, redis_url: str, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    _instead(monkeypatch, jobs.BY_NAME["count_metrics"], stopping.set)

    Periodic("periodic", Shared(redis_url, name="jobs"), Due(), stopping).run()

    assert ran == []
    assert connection.exists("bursar:claimed:count_metrics")


def test_a_job_without_work_waits_for_it_and_is_swept(
    connection: Redis, redis_url: str, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: set[str] = set()
    passed_s = 0.0
    monkeypatch.setattr(due_work, "due_jobs", lambda: frozenset(found))
    monkeypatch.setattr("time.monotonic", lambda: passed_s)
    due = Due()
    worker = _worker(redis_url, "fetch_keys", due)

    def ran_at(moment_s: float) -> int:
        nonlocal passed_s
        passed_s = moment_s
        connection.flushdb()  # claims are timed by Redis
        due.look()
        worker.step()
        return len(ran)

    assert ran_at(0) == 1, "at the start"
    assert ran_at(10) == 1, "there is nothing to do"
    found.add("fetch_platform_keys")
    assert ran_at(11) == 2, "within a second of its time"
    found.clear()
    assert [ran_at(20), ran_at(40), ran_at(42)] == [2, 2, 3], "and once in half a minute"


@pytest.mark.parametrize("name", [*queues.WORKER_QUEUES, queues.FILES])
def test_no_job_that_hangs_delays_a_delivery(
    connection: Redis, redis_url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(QuietWorker, "_install_signal_handlers", lambda _: None)  # this process's are pytest's
    hangs, answers = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        answers.wait(60)

    for each in PERIODIC:
        _instead(monkeypatch, each, hang)
    beside = threading.Thread(target=_worker(redis_url, name).step, daemon=True)
    beside.start()
    try:
        assert hangs.wait(60)
        order_id = shop.place()
        attempt_id = shop.pay(order_id)
        shop.approve(attempt_id)
        shop.notice(attempt_id)

        relay.wake(connection)
        make_worker(connection).work(burst=True, logging_level="ERROR")

        assert shop.order(order_id).status == OrderStatus.FULFILLED
        assert beside.is_alive()
    finally:
        answers.set()
        beside.join(60)
