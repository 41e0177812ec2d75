"""How the payment companies have been doing: calls of the last hours, the latest errors, and what breakers did."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text

from app.core import clock, db
from app.core.limits import breaker
from app.domain.payments.breaker_changes import BreakerChange
from app.domain.payments.models import ChannelAccount
from app.domain.payments.routing import breaker_key

MAX_ROWS = 100
LATEST = 15
_WORST_FIRST: tuple[breaker.State, ...] = ("open", "probing", "half_open", "closed")


class _Calls(db.JoinedRow):
    """The calls of one operation of an account within the span."""

    channel_account_id: uuid.UUID
    operation: str
    calls: int
    successes: int
    p50_ms: int
    p99_ms: int


class ErrorRow(db.JoinedRow):
    """A call that was not answered well."""

    operation: str
    http_status: int | None
    duration_ms: int
    created_at: datetime
    response: str
    order_id: uuid.UUID | None
    channel_account_id: uuid.UUID
    succeeded: bool


# The newest calls of the span, at most so many that the page stays quick. A page that only the buyer opens is no call.
_RECENT = """
SELECT e.operation, e.http_status, e.duration_ms, e.created_at, e.response, x.order_id, p.channel_account_id,
  coalesce(e.http_status, 0) NOT IN (0, 401, 403, 429) AND e.http_status < 500 AS succeeded
FROM channel_exchanges e
JOIN payment_attempts p ON p.business_id = e.business_id AND p.id = e.attempt_id
JOIN payment_transactions x ON x.business_id = p.business_id AND x.id = p.transaction_id
WHERE e.business_id = :business_id AND e.created_at >= :since
  AND NOT (e.http_status IS NULL AND e.duration_ms = 0 AND e.response = '')
ORDER BY e.created_at DESC LIMIT 50000
"""
_CALL_STATS = db.select_as(
    _Calls,
    text(f"""
WITH recent AS ({_RECENT})
SELECT channel_account_id, operation, count(*) AS calls, count(*) FILTER (WHERE succeeded) AS successes,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
  percentile_disc(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99_ms
FROM recent GROUP BY channel_account_id, operation ORDER BY operation
"""),  # noqa: S608 (our own text)
)
_ERRORS = db.select_as(
    ErrorRow,
    text(f"""
WITH recent AS ({_RECENT})
SELECT * FROM recent WHERE NOT succeeded ORDER BY created_at DESC LIMIT {LATEST}
"""),  # noqa: S608 (our own text)
)


@dataclass(frozen=True)
class Operation:
    """One operation of an account: its breaker now, and its calls within the span."""

    name: str
    state: breaker.State
    calls: int
    successes: int
    p50_ms: int | None
    p99_ms: int | None

    @property
    def percent(self) -> int | None:
        """Of a hundred calls so many were answered well."""
        return self.successes * 100 // self.calls if self.calls else None


@dataclass(frozen=True)
class AccountHealth:
    """An account and its operations that were used, or whose breaker is not closed."""

    row: ChannelAccount
    operations: tuple[Operation, ...]

    @property
    def state(self) -> breaker.State:
        """The worst of its breakers."""
        return min((operation.state for operation in self.operations), key=_WORST_FIRST.index, default="closed")


@dataclass(frozen=True)
class Health:
    """The page: accounts by priority, the latest errors and changes, newest first."""

    accounts: tuple[AccountHealth, ...]
    errors: tuple[ErrorRow, ...]
    changes: tuple[BreakerChange, ...]
    names: dict[uuid.UUID, str]


def health(business_id: uuid.UUID, *, hours: int, operations: tuple[str, ...]) -> Health:
    """How the business's channel accounts did within the last hours; `operations` are those that breakers know."""
    since = clock.now() - timedelta(hours=hours)
    values = {"business_id": business_id, "since": since}
    accounts, changes = db.table(ChannelAccount), db.table(BreakerChange)
    with db.reading(business_id):
        rows = db.rows(
            select(accounts)
            .where(accounts.c.business_id == business_id)
            .order_by(accounts.c.priority, accounts.c.id)
            .limit(MAX_ROWS)
        )
        stats = db.rows(_CALL_STATS, **values)
        errors = db.rows(_ERRORS, **values)
        history = db.rows(
            select(changes)
            .where(changes.c.business_id == business_id)
            .order_by(changes.c.created_at.desc(), changes.c.id.desc())
            .limit(LATEST)
        )
    # Breakers are asked after the reading: they may live elsewhere.
    keys = {(row.id, name): breaker_key(row.id, name) for row in rows for name in operations}
    states = breaker.current().states(keys.values())
    by_account: dict[uuid.UUID, dict[str, _Calls]] = defaultdict(dict)
    for stat in stats:
        by_account[stat.channel_account_id][stat.operation] = stat
    return Health(
        accounts=tuple(
            AccountHealth(
                row, _operations(by_account[row.id], {name: states[keys[row.id, name]] for name in operations})
            )
            for row in rows
        ),
        errors=tuple(errors),
        changes=tuple(history),
        names={row.id: row.name for row in rows},
    )


def _operations(stats: dict[str, _Calls], states: dict[str, breaker.State]) -> tuple[Operation, ...]:
    shown = []
    for name in dict.fromkeys([*states, *stats]):
        stat, state = stats.get(name), states.get(name, "closed")
        if stat is not None:
            shown.append(Operation(name, state, stat.calls, stat.successes, stat.p50_ms, stat.p99_ms))
        elif state != "closed":
            shown.append(Operation(name, state, 0, 0, None, None))
    return tuple(shown)
