"""Processing what is due: one item's trouble is its own, and none waits for all of them."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextvars import copy_context
from dataclasses import dataclass

from app.core import context
from app.core.log import get_logger

# The worker has money to move in between: a company that does not answer must not hold it for all its payments.
BUDGET_S = 10.0
# The business, the row, and the request that caused it, where the row knows one.
DueItem = tuple[uuid.UUID, uuid.UUID] | tuple[uuid.UUID, uuid.UUID, uuid.UUID | None]
# Who is asked about items, such as a channel account or a business: whoever hangs holds up its own items only.
Partition = uuid.UUID
MAX_PARTITIONS = 8
MAX_OF_ONE_BUSINESS = 3
LOOK_AGAIN_S = 0.5  # while a partition is busy, others may become due
LAST_START_S = 30.0  # a job has an end, whoever hangs


@dataclass(frozen=True)
class Busy:
    """Partitions in which somebody works now, and businesses that have all the partitions that one may have."""

    partitions: Collection[Partition]
    full: Collection[uuid.UUID]


def process(find: Callable[[], Sequence[DueItem]], work: Callable[[uuid.UUID, uuid.UUID], bool]) -> int:
    """Do `work` for each (business, row) that `find` finds, batch after batch until it finds nothing new or the time
    is over; for how many it was true. What fails is written down and found again the next time."""
    ends_s = time.monotonic() + BUDGET_S
    seen: set[DueItem] = set()
    done = 0
    while found := [item for item in find() if item not in seen]:
        for item in found:
            if time.monotonic() > ends_s:
                return done
            seen.add(item)
            done += _do(work, item)
    return done


def process_by_partition(
    find: Callable[[Busy], Sequence[tuple[Partition, DueItem]]], work: Callable[[uuid.UUID, uuid.UUID], bool]
) -> int:
    """As `process`, with the partitions beside one another: an item waits for those of its own partition only. `find`
    is given what is busy, and leaves it out. No business has more than a few of the partitions. An item is taken up
    once in BUDGET_S."""
    last_start_s = time.monotonic() + LAST_START_S
    finished: queue.SimpleQueue[tuple[Partition, int]] = queue.SimpleQueue()
    busy: dict[Partition, uuid.UUID] = {}  # and whose it is
    seen: dict[DueItem, float] = {}
    done = 0

    def run(partition: Partition, items: Sequence[DueItem]) -> None:
        count, ends_s = 0, time.monotonic() + BUDGET_S
        try:
            for item in items:
                if time.monotonic() > ends_s:
                    break
                count += _do(work, item)
        finally:
            finished.put((partition, count))

    while True:
        moment_s = time.monotonic()
        if moment_s < last_start_s and len(busy) < MAX_PARTITIONS:
            of_each = Counter(busy.values())
            full = {each for each, count in of_each.items() if count >= MAX_OF_ONE_BUSINESS}
            for partition, items in _by_partition(find(Busy(list(busy), full)), seen, moment_s, of_each).items():
                busy[partition] = items[0][0]
                # What it is in the middle of when the process stops is done again, as after a kill.
                threading.Thread(target=copy_context().run, args=(run, partition, items), daemon=True).start()
        if not busy:
            return done
        try:
            partition, count = finished.get(timeout=LOOK_AGAIN_S)
        except queue.Empty:
            continue
        del busy[partition]
        done += count


def _by_partition(
    found: Sequence[tuple[Partition, DueItem]], seen: dict[DueItem, float], moment_s: float, of_each: Counter[uuid.UUID]
) -> dict[Partition, list[DueItem]]:
    """What is found by partition, for as many as are free, without what was found a moment ago and is still there.
    `of_each` is how many partitions each business has."""
    partitions: dict[Partition, list[DueItem]] = {}
    for partition, item in found:
        if moment_s - seen.get(item, -BUDGET_S) < BUDGET_S:
            continue
        if partition not in partitions:
            if of_each.total() >= MAX_PARTITIONS or of_each[item[0]] >= MAX_OF_ONE_BUSINESS:
                continue
            of_each[item[0]] += 1
        seen[item] = moment_s
        partitions.setdefault(partition, []).append(item)
    return partitions


def _do(work: Callable[[uuid.UUID, uuid.UUID], bool], item: DueItem) -> bool:
    business_id, row_id, *request = item
    with context.item(request[0] if request else None, business_id=str(business_id), row_id=str(row_id)):
        try:
            return work(business_id, row_id)
        except Exception as error:  # whatever it is, it must not stop the others
            get_logger().warning("due_failed", error=repr(error))
            return False
