"""python -m app.worker.files: look through files that came in, and write lists as files, until told to stop.

It runs below all others (nice), so that on a small machine paying does not wait for a spreadsheet.
"""

from __future__ import annotations

import os
import signal
import threading

from app import start
from app.core import log
from app.core.limits.shared import Shared
from app.core.settings import Settings, said_plainly
from app.worker import queues
from app.worker.due import Due
from app.worker.periodic import Periodic

NICE = 5


def main() -> None:
    """Run this worker in the foreground."""
    with said_plainly():
        settings = Settings.from_env()
    start(settings)
    os.nice(NICE)
    stopping, due = threading.Event(), Due(pause_s=1.0)

    def stop(*_: object) -> None:
        stopping.set()
        due.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log.announce("files ready")  # the supervisor waits for this line
    threading.Thread(target=due.run, args=[stopping], daemon=True).start()
    Periodic(queues.FILES, Shared(settings.redis_url, name="jobs"), due, stopping, process="files").run()


if __name__ == "__main__":
    main()
