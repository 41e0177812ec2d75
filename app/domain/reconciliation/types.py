"""What a kind of cases is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Level = Literal["warning", "urgent"]
# How old an open case is when it is raised again: to those who work on cases, then to those who manage the business.
Ladder = tuple[timedelta, timedelta]


@dataclass(frozen=True, kw_only=True)
class CaseKind:
    """One kind of cases. `subject` is the prefix of what it is about, `says` what happened, `closes` what resolves it
    without anybody; `facts` are (what it is called, key of the case's details); `mends` are offered in this order."""

    key: str
    title: str
    says: str
    closes: str
    subject: str
    level: Level
    ladder: Ladder
    mends: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
