"""What a chain consists of: objects, and what each of them hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Stage = Literal["request", "order", "object", "part", "movement", "channel", "ledger", "event", "message"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True)
class Link:
    """What an object hangs on, and how much of the money went this way, where that is known."""

    id: str
    amount_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One object of a chain. `note` says what a picture of it has no room for."""

    id: str
    kind: str
    stage: Stage
    title: str
    status: str
    at: datetime
    amount_minor: int | None = None
    currency: str | None = None
    came_from: tuple[Link, ...] = ()
    note: str = ""
