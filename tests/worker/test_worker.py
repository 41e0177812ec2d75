from __future__ import annotations

import inspect
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Job, JobStatus
from rq.serializers import PickleSerializer
from rq.timeouts import TimerDeathPenalty
from sqlalchemy import func, select

from app.core import db, outbox
from app.core.db.models import HandledEvent, OutboxEvent
from app.core.ids import new_id
from app.domain.catalog.models import Product
from app.worker import jobs, queues, relay
from app.worker.__main__ import QuietWorker, make_worker, serve
from tests.factories.business import make_business

TOPIC = "test.happened"
PERIODIC = [job for job in jobs.JOBS if job.every_s is not None]


@pytest.fixture
def connection(redis_url: str) -> Iterator[Redis]:
    """This worker's Redis, emptied."""
    made = queues.connect(redis_url)
    made.flushdb()
    yield made
    made.flushdb()
    made.close()


@pytest.fixture
def business(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[uuid.UUID]:
    """A business whose events have one handler, which makes a product; nobody else's events are due."""
    assert app

    def work(event: outbox.Event) -> None:
        with db.phase("test.effect", event.business_id):
            db.add(Product, name="effect")

    monkeypatch.setattr(jobs, "SUBSCRIBERS", {TOPIC: (("work", work),)})
    _nothing_due()
    yield make_business()
    _nothing_due()


def _nothing_due() -> None:
    with db.system_phase("test.clear"):
        db.run(OutboxEvent.__table__.update().where(OutboxEvent.status == "pending").values(status="done"))


def _emit(business_id: uuid.UUID) -> None:
    with db.phase("test.emit", business_id):
        outbox.emit(TOPIC, aggregate_id=new_id(), payload={})


def _effects(business_id: uuid.UUID) -> tuple[int, int]:
    with db.reading(business_id):
        return (
            int(db.scalar(select(func.count()).select_from(Product))),
            int(db.scalar(select(func.count()).select_from(HandledEvent))),
        )


def _work_off(connection: Redis) -> None:
    stored = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    make_worker(connection).work(burst=True, logging_level="ERROR")
    for number, handler in stored.items():
        signal.signal(number, handler)


def test_the_relay_puts_one_job_for_each_business_with_due_events(connection: Redis, business: uuid.UUID) -> None:
    other = make_business()
    for each in (business, business, other):
        _emit(each)

    put = [relay.wake(connection), relay.wake(connection)]

    assert put == [2, 0]
    assert sorted(queues.queue(connection).job_ids) == sorted([f"drain-{business}", f"drain-{other}"])


def test_a_woken_worker_hands_the_events_on(connection: Redis, business: uuid.UUID) -> None:
    _emit(business)
    relay.wake(connection)

    _work_off(connection)

    assert _effects(business) == (1, 1)
    assert relay.wake(connection) == 0
    assert connection.exists(f"rq:job:drain-{business}") == 0


def test_a_job_that_is_in_the_queue_twice_does_its_work_once(connection: Redis, business: uuid.UUID) -> None:
    _emit(business)
    for _ in range(2):
        queues.queue(connection).enqueue("app.worker.jobs.run", "drain", str(business), job_timeout=60)

    _work_off(connection)

    assert _effects(business) == (1, 1)


def test_a_flushed_redis_loses_nothing(connection: Redis, business: uuid.UUID) -> None:
    _emit(business)
    assert relay.wake(connection) == 1
    connection.flushdb()

    assert relay.wake(connection) == 1
    _work_off(connection)

    assert _effects(business) == (1, 1)


def test_a_redis_without_room_ends_no_worker(
    fresh_redis_url: str, business: uuid.UUID, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuietWorker, "_install_signal_handlers", lambda _: None)  # they are the main thread's
    monkeypatch.setattr(QuietWorker, "death_penalty_class", TimerDeathPenalty)
    link = queues.connect(fresh_redis_url)
    _emit(business)
    queues.queue(link).enqueue("app.worker.jobs.run", "drain", str(business), job_timeout=60)
    link.config_set("maxmemory", "1")
    refused = link.info("stats")["total_error_replies"]

    threading.Thread(target=serve, args=[fresh_redis_url], daemon=True).start()
    wait_until(lambda: link.info("stats")["total_error_replies"] > refused, what="a worker that finds no room")
    link.config_set("maxmemory", "0")

    wait_until(lambda: _effects(business) == (1, 1), what="the job")


@pytest.mark.parametrize("status", [JobStatus.STARTED, JobStatus.QUEUED])
def test_a_job_whose_worker_was_killed_is_put_again_before_long(
    connection: Redis, business: uuid.UUID, status: JobStatus
) -> None:
    _emit(business)
    relay.wake(connection)
    _claimed_by_a_dead_worker(connection, business, status, since=datetime.now(UTC))
    assert relay.wake(connection) == 0  # it may well be running

    _later(connection)

    assert relay.wake(connection) == 1
    _work_off(connection)
    assert _effects(business) == (1, 1)


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=-1)], ids=["ahead", "behind"])
@pytest.mark.parametrize("status", [JobStatus.STARTED, JobStatus.QUEUED])
def test_a_host_whose_clock_was_wrong_neither_keeps_a_lost_job_nor_doubles_a_living_one(
    connection: Redis, business: uuid.UUID, status: JobStatus, off: timedelta
) -> None:
    _emit(business)
    relay.wake(connection)
    _claimed_by_a_dead_worker(connection, business, status, since=datetime.now(UTC) + off)

    soon = relay.wake(connection)
    _later(connection)
    late = relay.wake(connection)

    assert (soon, late) == (0, 1)


def test_a_job_that_ends_between_two_questions_does_not_end_the_relay(
    connection: Redis, business: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    _emit(business)
    relay.wake(connection)
    fetch = Queue.fetch_job

    def fetch_as_it_ends(target: Queue, job_id: str) -> Job | None:
        found = fetch(target, job_id)
        if found is not None:
            found.delete()
        return found

    monkeypatch.setattr(Queue, "fetch_job", fetch_as_it_ends)

    assert relay.wake(connection) == 1
    assert queues.queue(connection).job_ids == [f"drain-{business}"]


def test_what_is_left_of_a_job_in_an_emptied_redis_keeps_no_events(connection: Redis, business: uuid.UUID) -> None:
    _emit(business)
    connection.hset(Job.key_for(f"drain-{business}"), "last_heartbeat", "2026-01-01T00:00:00Z")

    put = [relay.wake(connection), relay.wake(connection)]
    _work_off(connection)

    assert put == [0, 1]
    assert _effects(business) == (1, 1)


def test_the_relay_outlives_a_worker_that_ends_its_jobs_at_once(
    connection: Redis, redis_url: str, business: uuid.UUID
) -> None:
    """Real jobs that do nothing, so that they end at any moment of the relay's questions."""
    others = [make_business() for _ in range(8)]
    stopping = threading.Event()

    def end_jobs() -> None:
        link = queues.connect(redis_url)
        while not stopping.is_set():
            for job_id in queues.queue(link).job_ids:
                job = queues.queue(link).fetch_job(job_id)
                with suppress(InvalidJobOperation):  # the other one was quicker
                    if job is not None:
                        job.delete()

    for each in others:
        _emit(each)
    enders = [threading.Thread(target=end_jobs) for _ in range(2)]
    for ender in enders:
        ender.start()
    try:
        put = sum(relay.wake(connection) for _ in range(60))
    finally:
        stopping.set()
        for ender in enders:
            ender.join(60)
        _work_off(connection)

    assert put > len(others)
    assert business


def _later(connection: Redis) -> None:
    """As when LOST_AFTER_S are over: what Redis was to keep for so long is gone."""
    for key in connection.scan_iter("bursar:alive:*"):
        assert 0 < connection.ttl(key) <= queues.LOST_AFTER_S
        connection.delete(key)


def test_a_job_that_waits_long_in_a_full_queue_is_not_put_twice(connection: Redis, business: uuid.UUID) -> None:
    _emit(business)
    relay.wake(connection)
    [job] = queues.queue(connection).jobs
    job.enqueued_at = datetime.now(UTC) - timedelta(hours=1)
    job.save()
    _later(connection)

    assert relay.wake(connection) == 0


def _claimed_by_a_dead_worker(connection: Redis, business_id: uuid.UUID, status: JobStatus, *, since: datetime) -> None:
    """As a worker leaves a job that is killed in the middle of it, or just before it begins."""
    job = queues.queue(connection).fetch_job(f"drain-{business_id}")
    assert job is not None
    queues.queue(connection).remove(job)
    job.enqueued_at = since
    job.started_at = since if status is JobStatus.STARTED else None
    job.save()
    job.set_status(status)


def test_a_job_of_pickled_words_is_not_run(connection: Redis, business: uuid.UUID, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    Queue("money", connection=connection, serializer=PickleSerializer).enqueue(Path.touch, trace)

    _work_off(connection)

    assert not trace.exists()
    assert business


def test_every_job_has_a_consumer_and_every_queue_a_job() -> None:
    assert len(jobs.BY_NAME) == len(jobs.JOBS)
    assert {job.queue for job in jobs.JOBS} == {queues.MONEY, *queues.WORKER_QUEUES, queues.FILES}
    assert {job.queue for job in PERIODIC} == {*queues.WORKER_QUEUES, queues.FILES}, "money waits for none of them"


def test_periodic_jobs_need_no_words_and_the_relay_puts_the_others() -> None:
    for job in jobs.JOBS:
        every = inspect.signature(job.work).parameters.values()
        needs = [each.name for each in every if each.default is inspect.Parameter.empty]
        assert needs == ([] if job.every_s is not None else ["business_id"]), job.name
        assert job.every_s is None or job.every_s > 0
