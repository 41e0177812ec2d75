"""python -m app.worker: run jobs until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from app import start
from app.core import clock_check, log
from app.core.limits.shared import Shared
from app.core.log import get_logger
from app.core.settings import Settings, said_plainly
from app.worker import queues
from app.worker.due import Due
from app.worker.periodic import Periodic
from app.worker.webhook_sender import Sender

PAUSE_IN_TROUBLE_S = 1.0
PATIENCE_S = 5.0  # for the periodic jobs that run when we are to end


class QuietWorker(SimpleWorker):
    """Jobs run in this process: a fork each would cost ten times the job. A killed worker loses nothing, since
    events and undecided payments are found again in the database."""

    is_told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """On a signal: end after the job, and let no other worker go on (see serve)."""
        self.is_told_to_stop = True
        super().request_stop(signum, frame)

    def check_for_suspension(self, burst: bool) -> None:
        """Between two jobs: wait while this host's clock is wrong."""
        while not clock_check.may_work("worker") and not self._stop_requested and not burst:
            self.heartbeat()
            time.sleep(1)
        super().check_for_suspension(burst)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Say first that the job is being done (see queues.enqueue_once)."""
        queues.mark_alive(self.connection, job.id)
        super().execute_job(job, queue)

    def teardown(self) -> None:
        """Leave Redis as it is when it cannot be reached on the way out."""
        try:
            super().teardown()
        except OSError:
            self.log.warning("Redis was gone at the end")


def make_worker(connection: Redis) -> QuietWorker:
    """A worker of what follows events. It reads JSON alone: nothing put into Redis can make it run other code."""
    return QuietWorker([queues.queue(connection)], connection=connection, serializer=JSONSerializer)


def serve(url: str) -> None:
    """Do what the relay puts until told to stop. RQ ends a worker at an error of Redis that is no lost connection
    (no room, say); another one goes on then, and the job it was about to do is put again."""
    connection = queues.connect(url)
    while True:
        worker = make_worker(connection)
        try:
            worker.work(logging_level="WARNING", with_scheduler=False)
        except RedisError as error:
            get_logger().warning("worker_waits", error=repr(error))
        if worker.is_told_to_stop:
            return
        try:
            time.sleep(PAUSE_IN_TROUBLE_S)
        except StopRequested:
            return


def main() -> None:
    """Run the worker in the foreground."""
    with said_plainly():
        settings = Settings.from_env()
    start(settings)
    stopping, claims, due = threading.Event(), Shared(settings.redis_url, name="jobs"), Due()
    beside = [_begin(Periodic(name, claims, due, stopping).run, stopping) for name in queues.WORKER_QUEUES]
    _begin(partial(due.run, stopping), stopping)
    _begin(partial(Sender().run, stopping, due), stopping)
    log.announce("worker ready")  # the supervisor waits for this line
    serve(settings.redis_url)
    stopping.set()
    due.wake()
    ends_s = time.monotonic() + PATIENCE_S
    for each in beside:
        each.join(max(0.0, ends_s - time.monotonic()))


def _begin(work: Callable[[], None], stopping: threading.Event) -> threading.Thread:
    """Run it in a thread, which nobody waits for at the end longer than a moment: what it is in the middle of when the
    process stops is done again, as after a kill."""

    def whole() -> None:
        try:
            work()
        finally:
            if not stopping.is_set():
                # Half a worker would go unnoticed: the process ends, and whoever keeps it running starts a whole one.
                main_thread = threading.main_thread().ident
                assert main_thread is not None
                signal.pthread_kill(main_thread, signal.SIGTERM)

    thread = threading.Thread(target=whole, daemon=True)
    thread.start()
    return thread


if __name__ == "__main__":
    main()
