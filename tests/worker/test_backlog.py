"""One merchant's many events, and two worker processes."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select, update

from app.core import clock, db, outbox, outbox_due, settings
from app.core.db.models import OutboxEvent
from app.core.ids import new_id
from app.domain.catalog.models import Product
from app.worker import queues, relay
from ops import child
from tests.factories.business import make_business
from tests.worker.backlog_worker import TOPIC

pytestmark = pytest.mark.usefixtures("own_database")
ROOT = Path(__file__).parents[2]
OBJECTS, EVENTS = 45, 7  # no multiple of a claim: some objects' events lie in two of them


@dataclass(frozen=True)
class Effect:
    """What a worker did for one event: its number, how many of its object's came before, and which worker."""

    object: str
    sequence: int
    before: int
    worker: int


@pytest.fixture
def backlog() -> uuid.UUID:
    """A business with events that nobody has taken yet, object by object."""
    business_id = make_business()
    for _ in range(OBJECTS):
        aggregate_id = new_id()
        for _ in range(EVENTS):
            with db.phase("test.emit", business_id):
                outbox.emit(TOPIC, aggregate_id=aggregate_id, payload={})
    return business_id


@pytest.fixture
def connection(fresh_redis_url: str) -> Redis:
    return queues.connect(fresh_redis_url)


@pytest.fixture
def worker(
    app_env: dict[str, str], fresh_redis_url: str, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    made: list[subprocess.Popen[bytes]] = []

    def start(**more: str) -> subprocess.Popen[bytes]:
        known = settings.current()
        urls = {"DATABASE_URL": known.database_url, "DATABASE_SYSTEM_URL": known.database_system_url}
        env = {**os.environ, **app_env, **urls, "REDIS_URL": fresh_redis_url, "WORKERS": "2", **more}
        command = (sys.executable, "-m", "tests.worker.backlog_worker")
        with (tmp_path / f"worker{len(made)}.log").open("wb") as output:
            made.append(child.start(command, env=env, cwd=ROOT, output=output))
        return made[-1]

    yield start
    for each in made:
        child.kill(each)


def test_two_workers_share_one_merchants_backlog(
    backlog: uuid.UUID, connection: Redis, worker: Callable[..., object], wait_until: Callable[..., None]
) -> None:
    for _ in range(2):
        worker()
    wait_until(lambda: queues.count_workers(connection) == 2, what="two workers")

    wait_until(lambda: relay.wake(connection) == 0 and not _pending(backlog), what="the backlog's end")

    effects = _effects(backlog)
    assert len(effects) == OBJECTS * EVENTS
    assert len({each.worker for each in effects}) == 2
    assert [each for each in effects if each.before != each.sequence - 1] == []


def test_a_worker_that_is_killed_leaves_its_events_to_the_other(
    backlog: uuid.UUID,
    connection: Redis,
    worker: Callable[..., subprocess.Popen[bytes]],
    wait_until: Callable[..., None],
) -> None:
    killed = worker(DIES_AT="20")
    worker()
    wait_until(lambda: queues.count_workers(connection) == 2, what="two workers")
    wait_until(lambda: relay.wake(connection) >= 0 and killed.poll() is not None, what="the worker's death")
    most_left = outbox_due.BATCH - 19 + EVENTS - 1  # what it had claimed, and what comes after that
    wait_until(lambda: relay.wake(connection) >= 0 and _pending(backlog) <= most_left, what="the other's end")
    left = _pending(backlog)

    _claims_are_over(backlog, connection)
    wait_until(lambda: relay.wake(connection) == 0 and not _pending(backlog), what="the backlog's end")

    effects = _effects(backlog)
    assert left > 0
    assert len(effects) == OBJECTS * EVENTS
    assert len([each for each in effects if each.worker == killed.pid]) == 19
    assert [each for each in effects if each.before != each.sequence - 1] == []


def test_no_more_jobs_are_put_than_there_are_workers(backlog: uuid.UUID, connection: Redis) -> None:
    assert _pending(backlog) == 315

    alone = relay.wake(connection)
    connection.sadd("rq:workers:money", "rq:worker:a", "rq:worker:b", "rq:worker:c")
    with_three = relay.wake(connection)
    connection.sadd("rq:workers:money", *(f"rq:worker:{each}" for each in range(9)))
    with_many = relay.wake(connection)

    assert (alone, with_three, with_many) == (1, 2, 1)  # four for 315 events


def _effects(business_id: uuid.UUID) -> list[Effect]:
    with db.reading(business_id):
        names = [row.name.split() for row in db.rows(select(db.table(Product)))]
    return [Effect(name, int(sequence), int(before), int(pid)) for name, sequence, before, pid in names]


def _pending(business_id: uuid.UUID) -> int:
    with db.reading(business_id):
        pending = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.status == "pending")
        return int(db.scalar(pending))


def _claims_are_over(business_id: uuid.UUID, connection: Redis) -> None:
    """As after CLAIM_S and LOST_AFTER_S."""
    for key in connection.scan_iter("bursar:alive:*"):
        connection.delete(key)
    with db.phase("test.later", business_id):
        db.run(update(OutboxEvent).where(OutboxEvent.status == "pending").values(due_at=clock.now()))
