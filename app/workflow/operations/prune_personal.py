"""Removing personal data whose time is over, business by business, as each has chosen (domain/accounts/privacy/kinds).

Each business is gone through once a day. Rows are found by an index in pages of BATCH, each a transaction of its own;
how far a kind came is written down, so that what was emptied is not looked at every day again. Stopped in the middle
it goes on where it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, delete, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import clock, db, ids
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy import kinds
from app.domain.accounts.privacy.types import Kind, RetentionRule
from app.workflow.insights import make_export
from app.workflow.steps.operations import due
from app.workflow.steps.operations.note_pruned import progress, write
from app.workflow.webhooks import prune_deliveries

BATCH = 1000
MAX_BUSINESSES = 200
EVERY = timedelta(hours=20)  # a day, whenever in it the job runs
# What could not go when its time came, such as a checkout that was still open, can later: so far it is looked back.
LOOKS_BACK = timedelta(days=60)
_FORGET = text("SELECT bursar_forget(:business, :wanted, :names, :ids) AS changed").bindparams(
    bindparam("names", type_=ARRAY(String))
)
# Kinds that go in a way of their own.
_OTHERWISE: Mapping[str, Callable[[uuid.UUID, datetime], int]] = {
    "webhooks": prune_deliveries.prune_deliveries,
    "exports": make_export.forget_old,
}
# What goes in a business's turn; keys of idempotency go every hour (operations/prune), mails to people all at once.
_HERE = tuple(kind for kind in kinds.KINDS if kind.keep and (kind.rules or kind.key in _OTHERWISE))


def prune_due() -> int:
    """Go through the businesses whose last time was a day ago; in how many something was removed. Two at once do no
    harm."""
    return due.process(_due, lambda business_id, _: prune_business(business_id) > 0)


def prune_business(business_id: uuid.UUID) -> int:
    """Remove what this business has kept long enough; how many rows were removed or emptied."""
    moment = clock.now()
    with db.system_reading():
        chosen = kinds.chosen_of(db.first(select(db.table(Business)).where(db.table(Business).c.id == business_id)))
        known = db.first(select(progress).where(progress.c.business_id == business_id))
    through: dict[str, str] = dict(known.through) if known else {}
    rows: dict[str, int] = {}
    for kind in _HERE:
        before = moment - timedelta(days=kinds.days(chosen, kind.key))
        since = datetime.fromisoformat(through[kind.key]) if kind.key in through else None
        rows[kind.key] = _prune(business_id, kind, before, since, through)
        for number in range(len(kind.rules)):
            through.pop(_place(kind, number), None)
        through[kind.key] = max(before, since or before).isoformat()
        _note(business_id, through=through, rows=rows, ran_at=known.ran_at if known else None)
    _note(business_id, through=through, rows=rows, ran_at=moment)
    return sum(rows.values())


def _prune(
    business_id: uuid.UUID, kind: Kind, before: datetime, since: datetime | None, through: dict[str, str]
) -> int:
    if kind.key in _OTHERWISE:
        return _OTHERWISE[kind.key](business_id, before)
    since = since - LOOKS_BACK if since else None
    return sum(_apply(business_id, kind, number, before, since, through) for number in range(len(kind.rules)))


def _apply(
    business_id: uuid.UUID, kind: Kind, number: int, before: datetime, since: datetime | None, through: dict[str, str]
) -> int:
    """Rows are removed from the first on; columns are emptied since the last time, or from where that was stopped,
    which each page writes down."""
    rule, place = kind.rules[number], _place(kind, number)
    after, changed = ids.first_at(since) if since else uuid.UUID(int=0), 0
    at = since or datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    if stopped := through.get(place):
        moment, _, row_id = stopped.partition(" ")
        after, at = uuid.UUID(row_id), datetime.fromisoformat(moment)
    while True:
        with db.system_phase("prune_personal.page"):
            values: dict[str, Any] = {"business": business_id, "before": before, "most": BATCH}
            if rule.by == "id":
                values["before"] = ids.first_at(before)
            if rule.columns:
                values |= {"after": after} if rule.by == "id" else {"at": at, "after": after}
            found = db.rows(text(_page(rule)), **values)
            if found and rule.columns:
                parameters = {"wanted": rule.table, "names": list(rule.columns), "ids": [row.id for row in found]}
                changed += int(db.rows(_FORGET, business=business_id, **parameters)[0].changed)
                after, at = found[-1].id, found[-1].created_at
                through[place] = f"{at.isoformat()} {after}"
                write(business_id, {"through": through}, {})
            elif found:
                changed += _remove(business_id, rule.table, [row.id for row in found])
        if len(found) < BATCH:
            return changed


def _place(kind: Kind, number: int) -> str:
    """Under which name the place is kept that a rule of the kind has come to."""
    return f"{kind.key}/{number}"


def _page(rule: RetentionRule) -> str:
    """The next rows, the oldest first. (No word of it comes from outside.)"""
    key = "t.id" if rule.by == "id" else "t.created_at"
    where = f"t.business_id = :business AND {key} < :before"
    if rule.columns:
        where += " AND t.id > :after" if rule.by == "id" else " AND (t.created_at, t.id) > (:at, :after)"
    if rule.where:
        where += f" AND ({rule.where})"
    order = key if rule.by == "id" else f"{key}, t.id"
    return f"SELECT t.id, t.created_at FROM {rule.table} t WHERE {where} ORDER BY {order} LIMIT :most"  # noqa: S608


def _remove(business_id: uuid.UUID, name: str, ids: list[uuid.UUID]) -> int:
    table = db.Base.metadata.tables[name]
    return db.run(delete(table).where(table.c.business_id == business_id, table.c.id.in_(ids)))


def _note(business_id: uuid.UUID, **values: Any) -> None:
    with db.system_phase("prune_personal.note"):
        write(business_id, values, {})


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    businesses = db.table(Business)
    conditions = progress.c.business_id == businesses.c.id
    long_ago = or_(progress.c.ran_at.is_(None), progress.c.ran_at < clock.now() - EVERY)
    found = select(businesses.c.id).outerjoin(progress, conditions).where(long_ago)
    found = found.order_by(progress.c.ran_at.nulls_first(), businesses.c.id.desc())
    with db.system_reading():
        return [(row.id, row.id) for row in db.rows(found.limit(MAX_BUSINESSES))]
