"""Parts of tables by month: those to come are made, those that are over go.

The request log is emptied business by business (prune_personal); an empty month is dropped. Exchanges with payment
companies go into files of the store when all that was said in a month's is emptied, and then their month is dropped.
Every step can be repeated: a file that no row names is swept away, and what rows name is not written again.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, func, select, tuple_

from app.core import clock, db, ids
from app.core.db import partitions
from app.core.db.partitions import Part
from app.core.files import store
from app.core.log import get_logger
from app.domain.payments import archives
from app.domain.payments.archives import ExchangeArchive
from app.domain.payments.models import ChannelExchange

PIECE = 5000  # exchanges in a file: some hundred kilobytes
# Longer than any business may keep its request log.
LOGS_STAY = timedelta(days=93)
BUDGET_S = 60.0
exchanges = db.table(ChannelExchange)
files = db.table(ExchangeArchive)


def keep_parts() -> int:
    """Make the parts to come, and drop those that are over; how many came or went.

    Raises:
        Unavailable: the files cannot be reached.
    """
    changed = partitions.make_ahead()
    for part in partitions.older("request_logs", ids.first_at(clock.actual() - LOGS_STAY)):
        changed += partitions.drop(part.part)
    ends_s = time.monotonic() + BUDGET_S
    for part in partitions.older("channel_exchanges", ids.first_at(clock.actual() - archives.STAY)):
        changed += _archive(part, ends_s)
    return changed


def _archive(part: Part, ends_s: float) -> bool:
    """Write a month's exchanges into files and drop it; False while a business keeps what was said in one of them, or
    when the time is over: the next run goes on."""
    within = exchanges.c.id >= part.from_id, exchanges.c.id < part.until_id
    while time.monotonic() < ends_s:
        with db.system_reading():
            key = tuple_(exchanges.c.business_id, exchanges.c.id)
            page = select(exchanges).where(*within, key > tuple_(*_last(part)))
            found = db.rows(page.order_by(exchanges.c.business_id, exchanges.c.id).limit(PIECE))
        if any(row.request or row.response for row in found):
            return False
        for business_id, mine in groupby(found, key=lambda row: row.business_id):
            _write(business_id, list(mine))
        if len(found) < PIECE:
            return _drop(part)
    return False


def _last(part: Part) -> tuple[uuid.UUID, uuid.UUID]:
    """The business and id of the last exchange of the part that is in a file."""
    last = select(files.c.business_id, files.c.last_id).where(_of(part))
    found = db.first(last.order_by(files.c.business_id.desc(), files.c.last_id.desc()).limit(1))
    return (found.business_id, found.last_id) if found is not None else (uuid.UUID(int=0), uuid.UUID(int=0))


def _write(business_id: uuid.UUID, mine: Sequence[ChannelExchange]) -> None:
    """The file first, then the row that names it."""
    content = archives.packed({name: getattr(row, name) for name in archives.COLUMNS} for row in mine)
    key = store.new_key("exchanges", business_id)
    store.put(key, content)
    with db.phase("archive.write", business_id):
        db.add(
            ExchangeArchive,
            first_id=mine[0].id,
            last_id=mine[-1].id,
            rows=len(mine),
            key=key,
            sha256=hashlib.sha256(content).hexdigest(),
        )


def _drop(part: Part) -> bool:
    with db.system_reading():
        number = int(db.scalar(select(func.coalesce(func.sum(files.c.rows), 0)).where(_of(part))))
    dropped = partitions.drop(part.part, rows_kept=number)
    if not dropped:
        get_logger().warning("part_stays", part=part.part, rows_kept=number)
    return dropped


def _of(part: Part) -> ColumnElement[bool]:
    return (files.c.first_id >= part.from_id) & (files.c.first_id < part.until_id)
