"""A phase as a function, which is done once more when it lost a race: nothing of the first try is left."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from app.core import db
from app.core.db.transient_errors import Contended
from app.core.log import get_logger

T = TypeVar("T")


class Again(db.VersionConflict):
    """Raised by work that must begin anew, since what it decided by was changed before it held the lock."""


def in_phase(name: str, business_id: uuid.UUID, work: Callable[[], T]) -> T:
    """What `work` answers, done in a phase of this name. When the database had to end it for another transaction
    (a deadlock, a serialization failure), or it asks for it itself (`Again`), it is done once more in a new phase: so
    it changes nothing but rows, and begins by reading them.

    Raises:
        Busy, Again: the same happened twice.
    """
    try:
        with db.phase(name, business_id):
            return work()
    except (Contended, Again) as lost:
        get_logger().info("phase_again", phase=name, why=type(lost).__name__)
    with db.phase(name, business_id):
        return work()
