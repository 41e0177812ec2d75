"""Working off what is due: one piece's trouble is its own, and none waits for all of them."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextvars import copy_context
from dataclasses import dataclass

from app.core.log import get_logger

# The worker has money to move in between: a company that does not answer must not hold it for all its payments.
BUDGET_S = 10.0
Piece = tuple[uuid.UUID, uuid.UUID]
# Who is asked about pieces, such as a channel account or a business: whoever hangs holds up its own pieces only.
Lane = uuid.UUID
LANES = 8
MOST_OF_ONE_BUSINESS = 3
LOOK_AGAIN_S = 0.5  # while a lane is busy, others may become due
LAST_START_S = 30.0  # a job has an end, whoever hangs


@dataclass(frozen=True)
class Busy:
    """Lanes in which somebody works now, and businesses that have all the lanes that one may have."""

    lanes: Collection[Lane]
    full: Collection[uuid.UUID]


def work_off(find: Callable[[], Sequence[Piece]], work: Callable[[uuid.UUID, uuid.UUID], bool]) -> int:
    """Do `work` for each (business, row) that `find` finds, batch after batch until it finds nothing new or the time
    is over; for how many it was true. What fails is written down and found again the next time."""
    ends_s = time.monotonic() + BUDGET_S
    seen: set[Piece] = set()
    done = 0
    while found := [piece for piece in find() if piece not in seen]:
        for piece in found:
            if time.monotonic() > ends_s:
                return done
            seen.add(piece)
            done += _do(work, piece)
    return done


def work_off_in_lanes(
    find: Callable[[Busy], Sequence[tuple[Lane, Piece]]], work: Callable[[uuid.UUID, uuid.UUID], bool]
) -> int:
    """As `work_off`, with the lanes beside one another: a piece waits for those of its own lane only. `find` is given
    what is busy, and leaves it out. No business has more than a few of the lanes. A piece is taken up once in
    BUDGET_S."""
    last_start_s = time.monotonic() + LAST_START_S
    finished: queue.SimpleQueue[tuple[Lane, int]] = queue.SimpleQueue()
    busy: dict[Lane, uuid.UUID] = {}  # and whose it is
    seen: dict[Piece, float] = {}
    done = 0

    def run(lane: Lane, pieces: Sequence[Piece]) -> None:
        count, ends_s = 0, time.monotonic() + BUDGET_S
        try:
            for piece in pieces:
                if time.monotonic() > ends_s:
                    break
                count += _do(work, piece)
        finally:
            finished.put((lane, count))

    while True:
        moment_s = time.monotonic()
        if moment_s < last_start_s and len(busy) < LANES:
            of_each = Counter(busy.values())
            full = {each for each, count in of_each.items() if count >= MOST_OF_ONE_BUSINESS}
            for lane, pieces in _by_lane(find(Busy(list(busy), full)), seen, moment_s, of_each).items():
                busy[lane] = pieces[0][0]
                # What it is in the middle of when the process stops is done again, as after a kill.
                threading.Thread(target=copy_context().run, args=(run, lane, pieces), daemon=True).start()
        if not busy:
            return done
        try:
            lane, count = finished.get(timeout=LOOK_AGAIN_S)
        except queue.Empty:
            continue
        del busy[lane]
        done += count


def _by_lane(
    found: Sequence[tuple[Lane, Piece]], seen: dict[Piece, float], moment_s: float, of_each: Counter[uuid.UUID]
) -> dict[Lane, list[Piece]]:
    """What is found by lane, for as many lanes as are free, without what was found a moment ago and is still there.
    `of_each` is how many lanes each business has."""
    lanes: dict[Lane, list[Piece]] = {}
    for lane, piece in found:
        if moment_s - seen.get(piece, -BUDGET_S) < BUDGET_S:
            continue
        if lane not in lanes:
            if of_each.total() >= LANES or of_each[piece[0]] >= MOST_OF_ONE_BUSINESS:
                continue
            of_each[piece[0]] += 1
        seen[piece] = moment_s
        lanes.setdefault(lane, []).append(piece)
    return lanes


def _do(work: Callable[[uuid.UUID, uuid.UUID], bool], piece: Piece) -> bool:
    try:
        return work(*piece)
    except Exception as error:  # whatever it is, it must not stop the others
        get_logger().warning("due_failed", business_id=str(piece[0]), row_id=str(piece[1]), error=repr(error))
        return False
