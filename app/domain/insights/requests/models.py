"""Tables of the requests noun."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant


class RequestLog(Tenant, Base):
    """One request with a key. `id` is the request's own, as in X-Request-Id; `operation` is the API's name for it and
    `route` its path with names for ids. Bodies are masked, and left out when they are long or no JSON."""

    __tablename__ = "request_logs"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        Index("ix_request_logs_created", "business_id", "created_at", "id"),
        Index("ix_request_logs_errors", "business_id", "created_at", "id", postgresql_where="status >= 400"),
        Index("ix_request_logs_key", "business_id", "key_id", "created_at", "id"),
        Index("ix_request_logs_operation", "business_id", "operation", "created_at", "id"),
        Index(
            "ix_request_logs_idempotency",
            "business_id",
            "idempotency_key",
            "created_at",
            "id",
            postgresql_where="idempotency_key IS NOT NULL",
        ),
        Index(
            "ix_request_logs_error_code",
            "business_id",
            "error_code",
            "created_at",
            "id",
            postgresql_where="error_code IS NOT NULL",
        ),
        Index("ix_request_logs_age", "created_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    method: Mapped[str]
    operation: Mapped[str]
    route: Mapped[str]
    path: Mapped[str]
    status: Mapped[int] = mapped_column(Integer)
    duration_ms: Mapped[int] = mapped_column(Integer)
    key_id: Mapped[uuid.UUID]
    api_version: Mapped[str]
    idempotency_key: Mapped[str | None] = mapped_column(default=None)
    replayed: Mapped[bool]
    error_code: Mapped[str | None] = mapped_column(default=None)
    address: Mapped[str]
    agent: Mapped[str]
    request_body: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    response_body: Mapped[dict[str, Any] | None] = mapped_column(default=None)
