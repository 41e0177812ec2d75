"""The contracts behind each metric of contracts: the sums of these lists are the metrics."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text

from app.core import clock, db, paging
from app.core.errors import Invalid
from app.core.paging import Key
from app.domain.signing.mrr import MovementKind
from app.read.subscriptions.contract_metrics import DUE_CYCLES, HORIZONS, month_span

PAGE = 50
MAX_EXPORT = 50_000
METRICS = (
    "mrr",
    *(str(kind) for kind in MovementKind),
    "recovered",
    "unrecovered",
    "converted",
    "unconverted",
    *(f"upcoming_{days}" for days in HORIZONS),
)


class MetricContract(db.JoinedRow):
    """A contract that a metric counts: when, and what; `row_id` is the row that is counted."""

    contract_id: uuid.UUID
    row_id: uuid.UUID
    at: datetime
    minor: int
    currency: str
    buyer_reference: str
    plan_name: str
    status: str


_CYCLES = """
SELECT contract_id, id AS row_id, {at} AS at, amount_minor AS minor FROM contract_cycles
WHERE business_id = :business AND currency = :currency AND {at} >= :since AND {at} < :until AND {which}
"""
_CONVERTED = """
number = 0 AND status IN ('paid', 'refunded') AND ends_at <= :now AND {isnt} EXISTS (
    SELECT FROM contract_cycles y WHERE y.business_id = contract_cycles.business_id
    AND y.contract_id = contract_cycles.contract_id AND y.number > 0 AND y.status IN ('paid', 'refunded'))
"""
_MOVED = """
SELECT contract_id, id AS row_id, occurred_at AS at, amount_minor AS minor FROM mrr_movements
WHERE business_id = :business AND currency = :currency AND occurred_at >= :since AND occurred_at < :until
    AND kind = '{kind}'
"""
_ENDED = """ AND EXISTS (SELECT FROM contracts e WHERE e.business_id = contract_cycles.business_id
    AND e.id = contract_cycles.contract_id AND e.status = 'ended')"""
_EXPECTED = """
SELECT contract_id, contract_id AS row_id, min(at) AS at, sum(minor)::bigint AS minor FROM ({due}) due_cycle
GROUP BY contract_id
"""
_COUNTED: dict[str, str] = {
    "mrr": "SELECT id AS contract_id, id AS row_id, created_at AS at, mrr_minor AS minor FROM contracts"
    " WHERE business_id = :business AND currency = :currency AND mrr_minor > 0",
    **{str(kind): _MOVED.format(kind=kind) for kind in MovementKind},
    "recovered": _CYCLES.format(at="refused_at", which="status IN ('paid', 'refunded')"),
    "unrecovered": _CYCLES.format(at="refused_at", which="status = 'unpaid'"),
    "converted": _CYCLES.format(at="ends_at", which=_CONVERTED.format(isnt="")),
    "unconverted": _CYCLES.format(at="ends_at", which=_CONVERTED.format(isnt="NOT") + _ENDED),
    **{f"upcoming_{days}": _EXPECTED.format(due=DUE_CYCLES) for days in HORIZONS},
}
_LIST = """
SELECT counted.contract_id, counted.row_id, counted.at, counted.minor, c.currency, c.buyer_reference,
       p.name AS plan_name, c.status
FROM ({counted}) counted
JOIN contracts c ON c.business_id = :business AND c.id = counted.contract_id
JOIN plans p ON p.business_id = c.business_id AND p.id = c.plan_id
WHERE CAST(:after_at AS timestamptz) IS NULL OR (counted.at, counted.row_id) < (:after_at, :after_id)
ORDER BY counted.at DESC, counted.row_id DESC LIMIT :limit
"""
_STATEMENTS = {
    name: db.select_as(MetricContract, text(_LIST.format(counted=counted))) for name, counted in _COUNTED.items()
}


def list_behind(
    business_id: uuid.UUID, metric: str, *, currency: str, month: date, zone: str, after: Key | None, limit: int
) -> Sequence[MetricContract]:
    """The contracts that the metric (one of METRICS) counts, the newest first, and one more than `limit`. MRR and
    income to come are those of now; the others are of the month."""
    since, until = month_span(month, zone)
    now = clock.now()
    if metric.startswith("upcoming_"):
        until = now + timedelta(days=int(metric.removeprefix("upcoming_")))
    given = {"business": business_id, "currency": currency, "limit": limit + 1}
    given |= {"after_at": after[0] if after else None, "after_id": after[1] if after else uuid.UUID(int=0)}
    statement = _STATEMENTS[metric]
    asked = {name: value for name, value in (("since", since), ("until", until), ("now", now)) if _asks(metric, name)}
    with db.reading(business_id):
        return db.rows(statement, **given, **asked)


def whole_behind(
    business_id: uuid.UUID, metric: str, *, currency: str, month: date, zone: str
) -> Sequence[MetricContract]:
    """All of it, for a file.

    Raises:
        Invalid: there are more than MAX_EXPORT.
    """
    found = list_behind(business_id, metric, currency=currency, month=month, zone=zone, after=None, limit=MAX_EXPORT)
    if len(found) > MAX_EXPORT:
        text = f"The list has more than {MAX_EXPORT:,} rows, too many for a file. Read it by API, page by page."
        raise Invalid("invalid_list", text)
    return found


def page_behind(
    business_id: uuid.UUID, metric: str, *, currency: str, month: date, zone: str, cursor: str
) -> paging.Page[MetricContract]:
    """A page of it."""
    after = paging.key_of(cursor)
    found = list_behind(business_id, metric, currency=currency, month=month, zone=zone, after=after, limit=PAGE)
    shown = tuple(found[:PAGE])
    following = paging.cursor_of(shown[-1].at, shown[-1].row_id) if len(found) > PAGE else None
    return paging.Page(shown, following)


def _asks(metric: str, name: str) -> bool:
    return f":{name}" in _COUNTED[metric]
