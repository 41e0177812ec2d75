"""Working off what is due, one piece after another: one piece's trouble is its own, and none waits for all of them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence

from app.core.log import get_logger

# The worker has money to move in between: a company that does not answer must not hold it for all its payments.
BUDGET_S = 10.0
Piece = tuple[uuid.UUID, uuid.UUID]


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
            try:
                done += work(*piece)
            except Exception as error:  # whatever it is, it must not stop the others
                get_logger().warning("due_failed", business_id=str(piece[0]), row_id=str(piece[1]), error=repr(error))
    return done
