"""The request log: one request, and a page of them for programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.insights.requests.models import RequestLog

WholeLog = RequestLog  # for those who show one
logs = db.table(RequestLog)
# Without what only the page of one request shows.
LIGHT = tuple(column for column in logs.columns if column.name not in ("request_body", "response_body"))


class LogHead(db.JoinedRow):
    """A request without its bodies, the columns of LIGHT."""

    id: uuid.UUID
    business_id: uuid.UUID
    created_at: datetime
    method: str
    operation: str
    route: str
    path: str
    status: int
    duration_ms: int
    key_id: uuid.UUID
    api_version: str
    idempotency_key: str | None
    replayed: bool
    error_code: str | None
    address: str
    agent: str


@dataclass(frozen=True)
class LogFilter:
    """Which requests; `outcome` is succeeded, refused (4xx), failed (5xx), limited (429) or replayed."""

    outcome: str = ""
    operation: str = ""
    method: str = ""
    error_code: str = ""
    idempotency_key: str = ""
    key_id: uuid.UUID | None = None

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """The conditions for them, the business aside."""
        found = [logs.columns[name] == value for name in _SAME if (value := getattr(self, name))]
        if self.key_id is not None:
            found.append(logs.c.key_id == self.key_id)
        return [*found, *OUTCOMES.get(self.outcome, ())]


_SAME = ("operation", "method", "error_code", "idempotency_key")
_ERRORS = logs.c.status >= 400
OUTCOMES: dict[str, Sequence[ColumnElement[bool]]] = {
    "succeeded": (logs.c.status < 400,),
    "refused": (_ERRORS, logs.c.status < 500),
    "failed": (_ERRORS, logs.c.status >= 500),
    "limited": (_ERRORS, logs.c.status == 429),
    "replayed": (logs.c.replayed.is_(True),),
}


def list_logs(business_id: uuid.UUID, filters: LogFilter, *, after: After, limit: int) -> list[LogHead]:
    """Requests without their bodies, newest first, one more than `limit`."""
    statement = db.select_as(LogHead, select(*LIGHT))
    statement = statement.where(logs.c.business_id == business_id, *filters.conditions())
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, logs, after, limit)))


def get_log(business_id: uuid.UUID, request_id: uuid.UUID) -> RequestLog:
    """One request with its bodies.

    Raises:
        NotFound: there is none, or it is no longer kept.
    """
    with db.reading(business_id):
        found = db.first(select(logs).where(logs.c.business_id == business_id, logs.c.id == request_id))
    if found is None:
        raise NotFound("not_found", "No such request in the log, or it is no longer kept.")
    return found


def around(business_id: uuid.UUID, row: RequestLog, *, most: int = 10) -> list[LogHead]:
    """Other requests with the same Idempotency-Key, newest first."""
    if row.idempotency_key is None:
        return []
    found = list_logs(business_id, LogFilter(idempotency_key=row.idempotency_key), after=None, limit=most)
    return [each for each in found if each.id != row.id][:most]
