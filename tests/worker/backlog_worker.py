"""`python -m tests.worker.backlog_worker`: a worker whose one handler writes down who did what, and after what.

Its first event waits until `WORKERS` workers have one each. With `DIES_AT` it is killed in the middle of that event.
"""

from __future__ import annotations

import os
import signal
from itertools import count

from sqlalchemy import func, select

from app import start
from app.core import db, outbox
from app.core.settings import Settings
from app.domain.catalog.models import Product
from app.worker import jobs, queues
from app.worker.__main__ import serve
from ops import child

TOPIC = "test.happened"
BEGUN = "test:begun"


def main() -> None:
    settings = Settings.from_env()
    start(settings)
    link, numbers = queues.connect(settings.redis_url), count(1)
    workers, dies_at = int(os.environ["WORKERS"]), int(os.environ.get("DIES_AT", "0"))

    def work(event: outbox.Event) -> None:
        number = next(numbers)
        if number == 1:
            link.sadd(BEGUN, os.getpid())
            assert child.wait_until(lambda: link.scard(BEGUN) == workers, limit_s=60, pause_s=0.02)
        with db.phase("test.effect", event.business_id):
            products = db.table(Product)
            mine = products.c.name.startswith(str(event.aggregate_id))
            before = db.scalar(select(func.count()).select_from(products).where(mine))
            db.add(Product, name=f"{event.aggregate_id} {event.sequence} {before} {os.getpid()}")
            db.flush()
            if number == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    jobs.SUBSCRIBERS = {TOPIC: (("work", work),)}
    serve(settings.redis_url)


if __name__ == "__main__":
    main()
