"""python -m app.worker: run jobs until told to stop."""

from __future__ import annotations

from redis import Redis
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from app import start
from app.core.settings import Settings
from app.worker import queues


class QuietWorker(SimpleWorker):
    """Jobs run in this process: a fork each would cost ten times the job. A killed worker loses nothing, since
    events and undecided payments are found again in the database."""

    def teardown(self) -> None:
        """Leave Redis as it is when it cannot be reached on the way out."""
        try:
            super().teardown()
        except OSError:
            self.log.warning("Redis was gone at the end")


def make_worker(connection: Redis) -> QuietWorker:
    """A worker of every queue. It reads JSON alone: nothing put into Redis can make it run other code."""
    every = [queues.queue(name, connection) for name in queues.NAMES]
    return QuietWorker(every, connection=connection, serializer=JSONSerializer)


def main() -> None:
    """Run the worker in the foreground."""
    settings = Settings.from_env()
    start(settings)
    worker = make_worker(queues.connect(settings.redis_url))
    print("worker ready", flush=True)  # noqa: T201 (the supervisor waits for this line)
    worker.work(logging_level="WARNING", with_scheduler=False)


if __name__ == "__main__":
    main()
