"""Exchanges with companies whose month lies in files (workflow/operations/archive), as rows of their table."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, text

from app.core import clock, db, ids
from app.core.files import store
from app.domain.payments import archives
from app.domain.payments.archives import ExchangeArchive
from app.domain.payments.models import ChannelExchange
from app.lib.some import some

# A company is asked about an attempt for so long, at most; and so many files are read for a page.
SPAN = timedelta(days=40)
MAX_FILES = 20
_ROWS = db.select_as(
    ChannelExchange,
    text(
        "SELECT x.* FROM json_populate_recordset(CAST(NULL AS channel_exchanges), CAST(:said AS json)) x"
        " ORDER BY x.created_at, x.id"
    ),
)


def of_attempts(business_id: uuid.UUID, attempt_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ChannelExchange]]:
    """What lies in files of these attempts, by attempt and oldest first. What was said is gone. No transaction is open.

    Raises:
        Unavailable: the files cannot be reached.
    """
    files = db.table(ExchangeArchive)
    before = ids.first_at(clock.actual() - archives.STAY)
    wanted = {str(each) for each in attempt_ids if each < before}
    made = [moment for each in wanted if (moment := ids.made_at(uuid.UUID(each))) is not None]
    if not made:
        return {}
    wide = files.c.last_id >= ids.first_at(min(made)), files.c.first_id < ids.first_at(max(made) + SPAN)
    query = select(files.c.key).where(files.c.business_id == business_id, *wide).order_by(files.c.first_id)
    with db.reading(business_id):
        keys = db.rows(query.limit(MAX_FILES))
    said = [
        {**line, "business_id": str(business_id)}
        for each in keys
        for line in archives.unpacked(store.get(each.key))
        if line["attempt_id"] in wanted
    ]
    found: dict[uuid.UUID, list[ChannelExchange]] = defaultdict(list)
    with db.reading(business_id):
        for row in db.rows(_ROWS, said=json.dumps(said)) if said else ():
            found[some(row.attempt_id)].append(row)
    return found
