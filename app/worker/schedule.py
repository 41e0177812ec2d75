"""python -m app.worker.schedule: start the periodic jobs of jobs.py. Two of these at once are harmless: a job that is
waiting or running is not put again, and every job may run twice. Why not RQ's cron: docs/decisions/0040."""

from __future__ import annotations

import signal
import threading
import time

from redis import Redis
from redis.exceptions import RedisError

from app import connect
from app.core import clock_check, log
from app.core.log import get_logger
from app.core.settings import Settings, said_plainly
from app.worker import jobs, queues


def main() -> None:
    """Run the scheduler in the foreground until SIGTERM or SIGINT."""
    with said_plainly():
        settings = Settings.from_env()
    connect(settings)
    connection = queues.connect(settings.redis_url)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    log.announce("scheduler ready")  # the supervisor waits for this line
    due = {job: 0.0 for job in jobs.JOBS if job.every_s is not None}
    while not stopping.is_set():
        if clock_check.may_work("scheduler"):
            _put_due(due, connection)
        stopping.wait(0.25)


def _put_due(due: dict[jobs.Job, float], connection: Redis) -> None:
    """Put every job whose time has come, by this process's count of time and no clock."""
    moment = time.monotonic()
    for job, at_s in due.items():
        if at_s <= moment:
            assert job.every_s is not None  # only these are in `due`
            due[job] = moment + job.every_s
            try:
                queues.enqueue_once(job.queue, connection, job.name, job_id=f"periodic-{job.name}")
            except RedisError as error:
                get_logger().warning("scheduler_waits", error=repr(error))


if __name__ == "__main__":
    main()
