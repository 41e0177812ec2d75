"""Webhooks on their way out. The deliveries are their own queue, in PostgreSQL; no job is made of them, so that a slow
endpoint takes no worker's time and a flushed Redis delays nothing.

One thread looks for what is due, twice for nothing being harmless; an endpoint's turn runs in a thread of its lane:
those that answer never wait for those in trouble, nor for those that nobody has heard of yet.
"""

from __future__ import annotations

import threading
import time
import uuid

from app.core import clock_check, context, db, outbox
from app.core.errors import Unavailable
from app.core.log import get_logger
from app.worker.due import Due
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.send_webhooks import LANES, Lane, due_endpoints, take_turn

# Endpoints of a lane whose turn it is at once. A hundred that hang leave room: each holds one idle thread, and neither
# a connection to the database nor one that anybody else would use.
PLACES = 128
PAUSE_S = 0.2
PAUSE_IN_TROUBLE_S = 1.0
SWEEP_S = 30.0  # for what the looks may miss


class Sender:
    """Sends what is due until told to stop. Any number of them, in any number of processes, may run at once."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._now: dict[Lane, set[uuid.UUID]] = {lane: set() for lane in LANES}
        self._lock = threading.Lock()

    def run(self, stopping: threading.Event, due: Due) -> None:
        """Send what `due` finds, which runs in another thread."""
        swept_s = -SWEEP_S
        while not stopping.is_set():
            pause_s = PAUSE_S
            try:
                with context.work(job="webhooks"):
                    if not clock_check.may_work("webhooks"):
                        pause_s = PAUSE_IN_TROUBLE_S
                    elif due.has("webhooks") or time.monotonic() - swept_s >= SWEEP_S:
                        swept_s = time.monotonic()
                        self.step()
                    else:
                        due.wait(SWEEP_S)
                        continue
            except Unavailable as error:
                get_logger().warning("hooks_wait", error=repr(error))
                pause_s = PAUSE_IN_TROUBLE_S
            except Exception as error:  # whatever it is, the next look may be luckier
                get_logger().warning("hooks_failed", error=repr(error))
                pause_s = PAUSE_IN_TROUBLE_S
            stopping.wait(pause_s)

    def step(self) -> int:
        """Make the deliveries that are to be made, and begin the turns that are due; how many were begun."""
        with db.system_reading():
            unpublished = outbox.businesses_with_unpublished_events()
        for business_id in unpublished:
            make_deliveries(business_id)
        return sum(self._begin(lane) for lane in LANES)

    def at_work(self) -> frozenset[uuid.UUID]:
        """The endpoints whose turn it is in this process."""
        with self._lock:
            return frozenset().union(*self._now.values())

    def _begin(self, lane: Lane) -> int:
        with self._lock:
            taken = frozenset(self._now[lane])
        free = self._places - len(taken)
        due = due_endpoints(lane, limit=free, besides=taken) if free > 0 else []
        for business_id, endpoint_id in due:
            with self._lock:
                self._now[lane].add(endpoint_id)
            # Not waited for at the end of the process: its lease ends, and it is sent again.
            threading.Thread(target=self._turn, args=[lane, business_id, endpoint_id], daemon=True).start()
        return len(due)

    def _turn(self, lane: Lane, business_id: uuid.UUID, endpoint_id: uuid.UUID) -> None:
        try:
            with context.work(business_id=str(business_id), endpoint_id=str(endpoint_id)):
                take_turn(business_id, endpoint_id)
        except Exception as error:  # one endpoint's trouble is its own; its lease ends by itself
            get_logger().warning("hooks_turn_failed", endpoint_id=str(endpoint_id), error=repr(error))
        finally:
            with self._lock:
                self._now[lane].discard(endpoint_id)
