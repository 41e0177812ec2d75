"""What a phase reads when its work is done, such as the answer to who asked for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Read = TypeVar("Read")


def _nothing() -> None:
    """Nothing is read ahead."""


@dataclass(frozen=True)
class LastRead(Generic[Read]):
    """`read` is called at the end of a phase, and `announce` before it locks anything: it names what `read` will need
    (`db.ahead`), which then travels with the lock."""

    read: Callable[[], Read]
    announce: Callable[[], None] = _nothing
