"""Rows that one order left, and the same rows again for another order: with ids, moments and a buyer of its own.

Nothing here knows what an order consists of. What an order left are the rows that name it, the rows that name those,
and so on; what they name besides (products, accounts) is the business's own, and is named again.
"""

from __future__ import annotations

import json
import re
import uuid
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import exists, func, literal_column, select, text

from app.core import db, ids
from app.core.db import bulk
from app.core.db.guards import BusinessRows, marks_of
from app.domain.fulfilment import members
from app.domain.fulfilment.models import BuyerMembership, Entitlement

# What no order consists of: what other processes write about it, and what has a secret or a request behind it.
LEFT_OUT = frozenset(
    {
        *("audit_entries", "audit_seals", "breaker_changes", "channel_notices", "idempotency_keys", "mails"),
        *("credit_notes", "receipts", "request_logs", "webhook_attempts", "webhook_deliveries", "ledger_snapshots"),
    }
)
CHUNK = 2_000  # rows in one statement
_MILLISECOND = timedelta(milliseconds=1)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)"
_DAY = r'(?<=")\d{4}-\d\d-\d\d(?=")'
_TOKEN = rf"{_UUID}|(?<![0-9a-f])[0-9a-f]{{32}}(?![0-9a-f])|(?<=_)[0-9a-hjkmnp-tv-z]{{26}}|{_MOMENT}|{_DAY}"
Look = dict[str, list[dict[str, Any]]]
Kind = Literal["id", "hex", "shown", "moment", "day", "name"]


@dataclass(frozen=True)
class Slot:
    """A place in a row's text that differs from order to order: `key` is an id, a moment or a name, which began in the
    `stage`-th of the order's stages; of a day it is when that stage began, and how many days after it."""

    kind: Kind
    key: Any
    stage: int = 0


@dataclass(frozen=True)
class Lived:
    """What one order left, as texts with places to fill in, by table. `begun` is when each of its stages began."""

    begun: tuple[datetime, ...]
    own: frozenset[uuid.UUID]
    texts: Mapping[str, Sequence[tuple[str | Slot, ...]]]


def look(business_id: uuid.UUID) -> Look:
    """Every row of the business that an order may consist of, by table, parents before children; in a reading of it."""
    seen: Look = {}
    for name in _tables():
        table = db.Base.metadata.tables[name].alias("t")
        whole = select(func.to_jsonb(literal_column("t")).label("row")).select_from(table)
        if found := [each.row for each in db.rows(whole.where(table.c.business_id == business_id))]:
            seen[name] = found
    return seen


def lived(
    seen: Look,
    roots: Collection[uuid.UUID],
    begun: Sequence[datetime],
    *,
    known: Mapping[uuid.UUID, uuid.UUID],
    names: Collection[str],
) -> Lived:
    """What the order left, of all that was `seen`: the rows of the `roots`, and those that name them. `known` are ids
    of the business it was lived in, and what they are where the rows are written; `names` are texts of its own."""
    rows = _of_order(seen, {str(root) for root in roots})
    own = frozenset(uuid.UUID(row["id"]) for each in rows.values() for row in each if "id" in row)
    token = re.compile("|".join([*map(re.escape, sorted(names, key=len, reverse=True)), _TOKEN]))
    reader = _Reader(token, tuple(begun), own, known, frozenset(names))
    return Lived(tuple(begun), own, {table: [reader.read(row) for row in each] for table, each in rows.items()})


def written(
    one: Lived, begins: Sequence[datetime], names: Mapping[str, str], fixed: Mapping[uuid.UUID, uuid.UUID] | None = None
) -> Iterator[tuple[str, str]]:
    """(table, row as JSON) of the same order again, whose stages begin at other moments and whose names are others.
    `fixed` are new ids that are known already."""
    by_ms = [(moment - was) // _MILLISECOND for moment, was in zip(begins, one.begun, strict=True)]
    new = {own: ids.moved(own, by_ms[_stage(one.begun, ids.made_at(own))]) for own in one.own} | dict(fixed or {})
    for table, rows in one.texts.items():
        for row in rows:
            filled = (each if isinstance(each, str) else _fill(each, new, by_ms, names) for each in row)
            yield table, "".join(filled)


def write(rows: Mapping[str, Sequence[str]]) -> int:
    """Write rows of the open phase, as JSON by table; how many. Buyers become members by the time that they got."""
    count = 0
    for name in _tables():
        given = rows.get(name, ())
        for start in range(0, len(given), CHUNK):
            count += bulk.insert_text(name, given[start : start + CHUNK])
    if rows.get(Entitlement.__tablename__):
        _sum_up_members()
    return count


_JOINED = text(
    "UPDATE buyer_memberships m SET created_at = e.since FROM (SELECT buyer_reference, product_id,"
    " min(granted_at) AS since FROM entitlements WHERE business_id = :business GROUP BY 1, 2) e"
    " WHERE m.business_id = :business AND m.buyer_reference = e.buyer_reference AND m.product_id = e.product_id"
    " AND m.created_at > e.since"
)


def _sum_up_members() -> None:
    """Orders that are written again know nothing of one another; times of one buyer and product follow each other."""
    table, known = db.table(Entitlement), db.table(BuyerMembership)
    is_member = exists().where(
        known.c.business_id == table.c.business_id,
        known.c.buyer_reference == table.c.buyer_reference,
        known.c.product_id == table.c.product_id,
    )
    found = db.rows(
        select(table.c.buyer_reference, table.c.product_id)
        .where(table.c.business_id == db.here(), ~is_member)
        .distinct()
    )
    pairs = [(row.buyer_reference, row.product_id) for row in found]
    for start in range(0, len(pairs), CHUNK):
        for member in members.locked(pairs[start : start + CHUNK]).values():
            members.rewrite(member, max(row.revoked_at or row.granted_at for row in member.rows))
            db.flush()  # short statements, however many members there are
    db.run(_JOINED, business=db.here())


@cache
def _tables() -> tuple[str, ...]:
    """Parents before children. What is neither a row with an id nor of one, says how far somebody has come."""
    guards = marks_of(db.Base)
    rows = [each for each in db.Base.metadata.sorted_tables if "id" in each.c or each.foreign_keys]
    owned = [each.name for each in rows if isinstance(guards.get(each.name), BusinessRows)]
    return tuple(name for name in owned if name not in LEFT_OUT)


def _of_order(seen: Look, reached: set[str]) -> Look:
    """The rows that name what is reached, until there is no more of them."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    size = -1
    while size != len(reached):
        size = len(reached)
        for table, rows in seen.items():
            taken = found.setdefault(table, {})
            for number, row in enumerate(rows):
                if number in taken or not _names_any(row, reached):
                    continue
                taken[number] = row
                if "id" in row:
                    reached.add(row["id"])
    return {table: [taken[number] for number in sorted(taken)] for table, taken in found.items() if taken}


def _names_any(row: Mapping[str, Any], reached: set[str]) -> bool:
    return any(isinstance(value, str) and value in reached for name, value in row.items() if name != "business_id")


def _stage(begun: Sequence[datetime], moment: datetime | None) -> int:
    return 0 if moment is None else max(bisect_right(begun, moment + _MILLISECOND) - 1, 0)


@dataclass(frozen=True)
class _Reader:
    """Finds what differs from order to order in the text of a row."""

    token: re.Pattern[str]
    begun: tuple[datetime, ...]
    own: frozenset[uuid.UUID]
    known: Mapping[uuid.UUID, uuid.UUID]
    names: frozenset[str]

    def read(self, row: dict[str, Any]) -> tuple[str | Slot, ...]:
        """The row's text, cut where it differs."""
        made = row.get("created_at") or row.get("handled_at")
        stage = _stage(self.begun, datetime.fromisoformat(made) if made else None)
        written, parts, at = json.dumps(row, ensure_ascii=False), list[str | Slot](), 0
        for match in self.token.finditer(written):
            parts += [written[at : match.start()], self._slot(match[0], stage)]
            at = match.end()
        return (*parts, written[at:])

    def _slot(self, token: str, stage: int) -> str | Slot:
        if token in self.names:
            return Slot("name", token)
        if len(token) == 10:
            began = self.begun[stage]
            return Slot("day", (began, date.fromisoformat(token) - began.date()), stage)
        if "T" in token:
            moment = datetime.fromisoformat(token)
            if moment < self.begun[0] - timedelta(minutes=1):
                return token  # of something older than the order
            # What is still to come counts from the stage that said so.
            is_past = moment <= self.begun[-1] + timedelta(minutes=2)
            return Slot("moment", moment, _stage(self.begun, moment) if is_past else stage)
        if len(token) == 26:
            value = ids.try_parse(f"x_{token}")
            kind: Kind = "shown"
        else:
            value, kind = uuid.UUID(token), "id" if "-" in token else "hex"
        if value is None or (value not in self.own and value not in self.known):
            return token
        return Slot(kind, value) if value in self.own else _as(kind, self.known[value])


def _fill(slot: Slot, new: Mapping[uuid.UUID, uuid.UUID], by_ms: Sequence[int], names: Mapping[str, str]) -> str:
    if slot.kind == "name":
        return names[slot.key]
    if slot.kind == "moment":
        moment: datetime = slot.key + timedelta(milliseconds=by_ms[slot.stage])
        return moment.isoformat()
    if slot.kind == "day":
        began, days = slot.key
        return str((began + timedelta(milliseconds=by_ms[slot.stage])).date() + days)
    return _as(slot.kind, new[slot.key])


def _as(kind: Kind, value: uuid.UUID) -> str:
    if kind == "shown":
        return ids.show("x", value)[2:]
    return value.hex if kind == "hex" else str(value)
