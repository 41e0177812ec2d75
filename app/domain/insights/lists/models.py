"""Tables of the lists noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import context
from app.core.clock import now
from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.files.store import FileKey


class SavedView(Tenant, Base):
    """A list as somebody wants to see it again: filters as they stand in its address, order and columns. Without a
    person a program keeps it for everybody."""

    __tablename__ = "saved_views"
    noun = "view"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        Index("uq_saved_views_name", "business_id", "listing", "user_id", "name", unique=True),
        Index("ix_saved_views_shared", "business_id", "listing", postgresql_where=text("shared")),
        Index(
            "uq_saved_views_nobodys",
            "business_id",
            "listing",
            "name",
            unique=True,
            postgresql_where=text("user_id IS NULL"),
        ),
        Index("ix_saved_views_newest", "business_id", "created_at", "id", postgresql_where=text("shared")),
        CheckConstraint("user_id IS NOT NULL OR shared", name="nobodys"),
    )

    listing: Mapped[str]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), default=None)
    name: Mapped[str]
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    oldest_first: Mapped[bool] = mapped_column(Boolean, default=False)
    by_amount: Mapped[bool] = mapped_column(Boolean, default=False)
    columns: Mapped[list[Any]] = mapped_column(default=list)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ListColumns(Tenant, Base):
    """The columns of a list that one person wants to see where no view says otherwise."""

    __tablename__ = "list_columns"
    guard = BusinessRows(audit=None)
    __table_args__ = (Index("uq_list_columns_user", "business_id", "user_id", "listing", unique=True),)

    listing: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    columns: Mapped[list[Any]] = mapped_column(default=list)


class Export(Tenant, Base):
    """A list on its way into a file: exactly what was asked, by whom, and how far it came. `after_at` (of a
    list by amount `after_minor`) and `after_id` are the last row that was written."""

    __tablename__ = "exports"
    noun = "export"
    guard = BusinessRows(
        audit=Audit(ignored=("after_at", "after_id", "parts", "step", "attempt_count", "key"), only="INSERT"),
        prunable=True,
    )
    __table_args__ = (
        CheckConstraint("format IN ('csv', 'xlsx', 'zip')", name="format"),
        CheckConstraint("finished_at IS NULL OR problem = ''", name="over"),
        CheckConstraint("key IS NULL OR finished_at IS NOT NULL", name="file"),
        Index("ix_exports_holder", "business_id", "holder", "created_at", "id"),
        Index("ix_exports_due", "created_at", postgresql_where=text("finished_at IS NULL AND problem = ''")),
        Index("ix_exports_created", "created_at"),
    )

    # The person (usr_…) or key (key:key_…) who asked, and alone may fetch it.
    holder: Mapped[str]
    listing: Mapped[str]
    format: Mapped[str]
    filters: Mapped[dict[str, Any]]
    columns: Mapped[list[Any]]
    oldest_first: Mapped[bool] = mapped_column(Boolean, default=False)
    by_amount: Mapped[bool] = mapped_column(Boolean, default=False)
    time_zone: Mapped[str]
    sees_buyers: Mapped[bool] = mapped_column(Boolean)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    after_at: Mapped[datetime | None] = mapped_column(default=None)
    after_minor: Mapped[int | None] = mapped_column(default=None)
    after_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    parts: Mapped[int] = mapped_column(Integer, default=0)
    # Of an archive: at which of its tables it is.
    step: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    key: Mapped[str | None] = mapped_column(FileKey(), default=None)
    bytes: Mapped[int | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    problem: Mapped[str] = mapped_column(default="")
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)


class ExportPart(Tenant, Base):
    """Some rows of an export, as CSV, or of a table of an archive, as JSON lines with the table's `name`; put together
    at its end."""

    __tablename__ = "export_parts"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        tenant_key("exports", "export_id"),
        Index("uq_export_parts_number", "business_id", "export_id", "number", unique=True),
    )

    export_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(default="", server_default="")
    key: Mapped[str] = mapped_column(FileKey())


class BulkRun(Tenant, Base):
    """One thing done to many orders because somebody said so."""

    __tablename__ = "bulk_runs"
    noun = "run"
    guard = BusinessRows(audit=Audit(only="INSERT"))
    __table_args__ = (
        CheckConstraint("action IN ('close', 'poll', 'note', 'receipt', 'webhooks')", name="action"),
        Index("ix_bulk_runs_actor", "business_id", "actor", "created_at", "id"),
        Index("ix_bulk_runs_due", "created_at", postgresql_where=text("finished_at IS NULL")),
    )

    actor: Mapped[str]
    action: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    orders: Mapped[int] = mapped_column(Integer)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)


class BulkRow(Tenant, Base):
    """One order of it, and what came of it: nothing yet, done, not needed, or refused and why."""

    __tablename__ = "bulk_rows"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("bulk_runs", "run_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("result IN ('done', 'skipped', 'refused')", name="result"),
        Index("uq_bulk_rows_order", "business_id", "run_id", "order_id", unique=True),
        Index("ix_bulk_rows_open", "business_id", "run_id", "number", postgresql_where=text("result IS NULL")),
    )

    run_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    order_id: Mapped[uuid.UUID]
    result: Mapped[str | None] = mapped_column(default=None)
    message: Mapped[str] = mapped_column(default="")
