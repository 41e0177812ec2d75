"""python -m app.worker.relay: look for due events and wake workers for each business that has some.

This is also the sweep: an event whose worker died is due again after a while, and is found here like a new one.
"""

from __future__ import annotations

import signal
import threading
import uuid
from math import ceil

from redis import Redis
from redis.exceptions import RedisError

from app import connect
from app.core import clock_check, db, log, outbox_due
from app.core.changes import Changes
from app.core.errors import Unavailable
from app.core.log import get_logger
from app.core.settings import Settings, said_plainly
from app.worker import queues

PAUSE_S = 0.2
PAUSE_IN_TROUBLE_S = 1.0


def wake(connection: Redis, changes: Changes | None = None) -> int:
    """Put drain jobs for each business with due events, how many were put: one for each hundred of them, and no more
    than there are workers. With `changes`, only when they are worth a look."""
    if changes is not None and not changes.are_worth_a_look():
        return 0
    with db.system_reading():
        due = outbox_due.by_business()
    if changes is not None and due:
        changes.look_again()  # their events may become more than the jobs know of, and Redis may lose the jobs
    most = queues.count_workers(connection) if any(number > outbox_due.BATCH for number in due.values()) else 1
    return sum(
        queues.enqueue_once(connection, "drain", str(business_id), job_id=job_id)
        for business_id, number in due.items()
        for job_id in _job_ids(business_id, min(ceil(number / outbox_due.BATCH), most))
    )


def _job_ids(business_id: uuid.UUID, number: int) -> list[str]:
    return [f"drain-{business_id}{f'-{place}' if place else ''}" for place in range(number)]


def main() -> None:
    """Run the relay in the foreground until SIGTERM or SIGINT."""
    with said_plainly():
        settings = Settings.from_env()
    connect(settings)
    connection = queues.connect(settings.redis_url)
    stopping, changes = threading.Event(), Changes()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    log.announce("relay ready")  # the supervisor waits for this line
    while not stopping.is_set():
        pause_s = PAUSE_S
        try:
            if clock_check.may_work("relay"):
                wake(connection, changes)
        except (RedisError, Unavailable) as error:
            get_logger().warning("relay_waits", error=repr(error))
            pause_s = PAUSE_IN_TROUBLE_S
        except Exception as error:  # without a relay nothing is delivered: whatever it is, the next look may be luckier
            get_logger().warning("relay_failed", error=repr(error))
            pause_s = PAUSE_IN_TROUBLE_S
        stopping.wait(pause_s)


if __name__ == "__main__":
    main()
