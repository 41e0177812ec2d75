"""Exchanges of long ago, in files: gzipped lines of JSON, each an exchange without what was said in it, which is
emptied by then (domain/accounts/privacy/kinds, "exchanges"). So nothing in a file names anybody.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant
from app.core.files.store import FileKey

# So long they stay in the table: the time that most businesses keep what was said, and some to look at it in.
STAY = timedelta(days=600)
COLUMNS = ("id", "created_at", "attempt_id", "operation", "method", "http_status", "duration_ms", "request_id")


class ExchangeArchive(Tenant, Base):
    """A file with a business's exchanges from one id to another, in their order. Append-only."""

    __tablename__ = "exchange_archives"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        Index("uq_exchange_archives_first", "business_id", "first_id", unique=True),
        Index("ix_exchange_archives_last", "business_id", "last_id"),
    )

    first_id: Mapped[uuid.UUID]
    last_id: Mapped[uuid.UUID]
    rows: Mapped[int]
    key: Mapped[str] = mapped_column(FileKey)
    sha256: Mapped[str]


def packed(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """A file of these exchanges, each with COLUMNS."""
    text = "".join(json.dumps(dict(line), default=str, separators=(",", ":")) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def unpacked(content: bytes) -> list[dict[str, Any]]:
    """The exchanges of a file, in the order of their ids; what they said is empty."""
    gone = {"url": "", "request": "", "response": ""}
    return [{**json.loads(line), **gone} for line in gzip.decompress(content).splitlines()]
