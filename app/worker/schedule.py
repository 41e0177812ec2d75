"""python -m app.worker.schedule: start the periodic jobs. Two of these at once are harmless: a job that is waiting
or running is not put again, and every job may run twice."""

from __future__ import annotations

import signal
import threading
import time

from redis import Redis
from redis.exceptions import RedisError

from app import connect
from app.core import log
from app.core.log import get_logger
from app.core.process import right_time
from app.core.settings import Settings, said_plainly
from app.worker import queues

# Job → every so many seconds.
PERIODS_S = {
    "ask_undecided": 2.0,
    "deliver_due": 2.0,
    "send_mail": 2.0,
    "settle_reservations": 2.0,
    "close_due": 5.0,
    "learn_keys": 2.0,
    "keep_schedules": 5.0,
    "count_due": 4.0,
    "raise_alerts": 10.0,
    "send_reports": 60.0,
    "tell_alerts": 5.0,
    "complete_due": 30.0,
    "expire_coupons": 60.0,
    "seal_audit_log": 30.0,
    "roll_up_ledger": 60.0,
    "keep_approvals": 15.0,
    "import_due": 1.0,
    "export_due": 1.0,
    "bulk_due": 1.0,
    "sweep_files": 600.0,
    "prune_personal": 60.0,
    "prune_old": 3600.0,
}
# Those that call outside, take long or read files, with the queue they go to: whoever hangs there holds up nobody else.
CALL_OUTSIDE = {
    "deliver_due": "outside",
    "bulk_due": "long",
    "prune_personal": "long",
    "import_due": "files",
    "export_due": "files",
    "sweep_files": "files",
    "send_mail": "mailing",
    "tell_alerts": "mailing",
    "settle_reservations": "outside",
    "ask_undecided": "asking",
    "close_due": "closing",
    "learn_keys": "fetching",
}


def queue_of(job: str) -> str:
    """The queue that a periodic job goes to."""
    return CALL_OUTSIDE.get(job, "periodic")


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
    due = dict.fromkeys(PERIODS_S, 0.0)
    while not stopping.is_set():
        if right_time.may_work("scheduler"):
            _put_due(due, connection)
        stopping.wait(0.25)


def _put_due(due: dict[str, float], connection: Redis) -> None:
    """Put every job whose time has come, by this process's count of time and no clock."""
    moment = time.monotonic()
    for job, period_s in PERIODS_S.items():
        if due[job] <= moment:
            due[job] = moment + period_s
            try:
                queues.enqueue_once(queue_of(job), connection, job, job_id=f"periodic-{job}")
            except RedisError as error:
                get_logger().warning("scheduler_waits", error=repr(error))


if __name__ == "__main__":
    main()
