"""Numbers of receipts and of credit notes: each a sequence of the business, without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.domain.orders.receipts import rules
from app.domain.orders.receipts.models import CreditNoteCounter, ReceiptCounter
from app.lib.some import some

Counter = type[ReceiptCounter] | type[CreditNoteCounter]


class Number(TypedDict):
    """A number as a row has it: by itself, and as it is printed."""

    number: int
    begins_series: bool
    text: str


@dataclass(frozen=True)
class Series:
    """How the business wants the numbers: the pattern, what they begin at, and where its years begin."""

    pattern: str
    start: int
    time_zone: str


def held(counter: Counter) -> int:
    """The last number. The counter stays locked until the phase ends, so nobody else takes one meanwhile."""
    first = insert(counter).values(business_id=db.here(), last_number=0)
    db.run(first.on_conflict_do_nothing())
    rows = db.table(counter)
    return int(some(db.scalar(select(rows.c.last_number).where(rows.c.business_id == db.here()).with_for_update())))


def take(counter: Counter, last: int, series: Series) -> Number:
    """The number after `last`, as a row has it; `held` says which was the last one, and has to be called before."""
    number = max(last + 1, series.start)
    db.run(update(counter).where(counter.business_id == db.here()).values(last_number=number))
    year = clock.now().astimezone(ZoneInfo(series.time_zone)).year
    return {
        "number": number,
        "begins_series": number > last + 1 or last == 0,
        "text": rules.number_text(series.pattern, number, year=year),
    }
