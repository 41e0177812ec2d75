"""python -m app.worker.files: look through files that came in, and write lists as files, until told to stop.

It runs below all others (nice), so that on a small machine paying does not wait for a spreadsheet.
"""

from __future__ import annotations

import os
import sys

from app import start
from app.core.settings import Settings, said_plainly
from app.worker import queues
from app.worker.__main__ import serve

NICE = 5


def main() -> None:
    """Run this worker in the foreground."""
    with said_plainly():
        settings = Settings.from_env()
    start(settings)
    os.nice(NICE)
    sys.stdout.write("files ready\n")  # the supervisor waits for this line
    sys.stdout.flush()
    serve(settings.redis_url, queues.FILE_QUEUES)


if __name__ == "__main__":
    main()
