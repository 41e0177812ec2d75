"""The list of requests of merchants' programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.insights.requests.models import RequestLog
from app.read.accounts.keys import list_keys
from app.read.insights.request_logs import LIGHT, OUTCOMES, LogHead

VIEWS = {
    "all": "All",
    "succeeded": "Succeeded",
    "refused": "Refused",
    "failed": "Failed",
    "limited": "Rate limited",
    "replayed": "Replayed",
}
logs = db.table(RequestLog)


@dataclass(frozen=True)
class RequestRow:
    """One request; `key_name` is empty for a key that is not among the newest."""

    row: LogHead
    key_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def outcome(self) -> str:
        """A word for its status that pills have a color for."""
        return "succeeded" if self.row.status < 400 else "client_error" if self.row.status < 500 else "failed"


def read(request: ListRequest, after: Key | None, limit: int) -> list[RequestRow]:
    """Requests that were asked for, behind `after`."""
    statement = db.select_as(LogHead, select(*LIGHT))
    statement = statement.where(logs.c.business_id == request.business_id, *_conditions(request))
    with db.reading(request.business_id):
        found = db.rows(request.in_order(statement, logs.c.created_at, logs.c.id, after, limit))
        names = {key.id: key.name for key in list_keys(request.business_id)} if found else {}
    return [RequestRow(row, names.get(row.key_id, "")) for row in found]


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions = [*request.days(logs.c.created_at), *OUTCOMES.get(request.text("view"), ())]
    if key_id := ids.try_parse(request.text("key"), "key"):
        conditions.append(logs.c.key_id == key_id)
    for name in ("operation", "error_code"):
        if text := request.text(name):
            conditions.append(logs.columns[name] == text)
    if text := request.text("q"):
        request_id = ids.try_parse(text, "req")
        conditions.append(logs.c.idempotency_key == text if request_id is None else logs.c.id == request_id)
    return conditions


def _keys(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    return [(ids.show("key", key.id), key.name) for key in list_keys(business_id) if key.kind != "publishable"]


def _status(row: RequestRow) -> tuple[str, str]:
    return row.outcome, str(row.row.status)


REQUESTS = lists.add(
    Listing(
        name="requests",
        title="Requests",
        permission="keys.read",
        views=VIEWS,
        ordered_by="at",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Request id or Idempotency-Key"),
            Filter(key="key", title="Key", kind="choice", choices=_keys),
            Filter(key="operation", title="Operation", hint="create_refund"),
            Filter(key="error_code", title="Error code", hint="not_found"),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="request", title="Request", value=lambda row: f"{row.method} {row.route}"),
            Column(key="status", title="Status", kind="state", value=_status),
            Column(key="error", title="Error", kind="code", value=lambda row: row.error_code),
            Column(key="key", title="Key", value=lambda row: row.key_name),
            Column(key="took", title="ms", kind="number", value=lambda row: row.duration_ms),
            Column(key="at", title="When", kind="when", value=lambda row: row.created_at),
            Column(key="id", title="Id", kind="id", value=lambda row: ("req", row.id), default=False),
            Column(key="path", title="Path", kind="code", value=lambda row: row.path, default=False),
            Column(key="operation", title="Operation", kind="code", value=lambda row: row.operation, default=False),
            Column(
                key="idempotency_key",
                title="Idempotency-Key",
                kind="code",
                value=lambda row: row.idempotency_key,
                default=False,
            ),
            Column(key="replayed", title="Replayed", value=lambda row: "yes" if row.replayed else None, default=False),
            Column(key="address", title="Address", kind="code", value=lambda row: row.address, default=False),
            Column(key="agent", title="Program", value=lambda row: row.agent, default=False),
            Column(key="version", title="Version", kind="code", value=lambda row: row.api_version, default=False),
        ),
    )
)
