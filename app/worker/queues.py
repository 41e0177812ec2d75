"""The queues, by tier, so that money never waits for reports, nor for whoever is called outside."""

from __future__ import annotations

from contextlib import suppress

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError, InvalidJobOperation
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

MONEY = "money"  # what follows events; the relay puts it, and a worker's main thread does nothing else
# Each of these has a thread of its own in a worker: what needs our own database alone; merchants' systems, companies
# that are asked, close payments or hand out keys, the mail server; what people set going that takes long: things done
# to many orders; test clocks, for which any of this is done; and contracts that renew.
WORKER_QUEUES = (
    "periodic",
    "merchant_calls",
    "polling",
    "close_payments",
    "fetch_keys",
    "mail",
    "bulk",
    "test_clocks",
    "renewals",
)
FILES = "files"  # that came in, or go out, have a process of their own: what they cost nobody else pays
JOB_TIMEOUT_S = 120
LOST_AFTER_S = 30  # a job that was put, and one that began, longer ago is not waited for
_ALIVE = "bursar:alive:"


def connect(url: str) -> Redis:
    """A connection that waits out a restart of Redis."""
    retry = Retry(ExponentialBackoff(cap=2, base=0.1), 20)
    return Redis.from_url(
        url, retry=retry, retry_on_error=[RedisConnectionError, RedisTimeoutError], health_check_interval=15
    )


def queue(connection: Redis) -> Queue:
    """The one queue in Redis, MONEY. The jobs of the others are periodic, and nobody puts them (see periodic.py)."""
    return Queue(MONEY, connection=connection, serializer=JSONSerializer)


def count_workers(connection: Redis) -> int:
    """How many worker processes serve the queue, at least 1; one that was killed counts until others have noticed."""
    return max(1, SimpleWorker.count(queue=queue(connection)))


def enqueue_once(connection: Redis, job: str, *arguments: str, job_id: str) -> bool:
    """Put a job of the table into the queue unless one with this id is waiting or running; whether it was put."""
    target = queue(connection)
    known = target.fetch_job(job_id)
    if known is not None:
        if _is_alive(known, target, connection):
            return False
        with suppress(InvalidJobOperation):  # it ended since it was fetched
            known.delete()
    try:
        target.enqueue(
            "app.worker.jobs.run",
            job,
            *arguments,
            job_id=job_id,
            job_timeout=JOB_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=3600,
            unique=True,
        )
    except DuplicateJobError:
        if target.fetch_job(job_id) is None:
            # Nobody can run what is left of this job (Redis was emptied while it ran): the next look puts a whole one.
            connection.delete(Job.key_for(job_id))
        return False
    mark_alive(connection, job_id)
    return True


def mark_alive(connection: Redis, job_id: str) -> None:
    """Take this job for alive for LOST_AFTER_S from now. How long that is Redis measures by itself: what RQ writes down
    are the clocks of hosts, and one that was wrong would keep a lost job alive for hours."""
    connection.set(_ALIVE + job_id, 1, ex=LOST_AFTER_S)


def _is_alive(job: Job, target: Queue, connection: Redis) -> bool:
    """Whether the job still waits or runs. A worker that was killed leaves its job "started" in Redis, or taken out
    of the queue and still "queued"; nobody would do its work for minutes. Should it run after all, then twice at
    once, which every job bears."""
    try:
        status = job.get_status()
    except InvalidJobOperation:  # it ended since it was fetched
        return False
    if status not in ("queued", "started", "deferred", "scheduled"):
        return False
    if connection.exists(_ALIVE + job.id):
        return True
    return status == "queued" and target.get_job_position(job) is not None
