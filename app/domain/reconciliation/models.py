"""Tables of the reconciliation noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key

_RESOLVED = "resolved_at IS NOT NULL AND resolved_by IS NOT NULL AND resolution <> ''"


class Case(Tenant, Base):
    """Something that people must look at: money or deliverables that cannot find their place by themselves.

    `subject_id` is what it is about, as its kind says; `amount_minor` is the money at risk. `version` counts its
    states, `revision` every change that people make or see. Until `cleared_at` no second case of the same kind and
    subject is opened: what a person resolved does not come back as long as it lasts.
    """

    __tablename__ = "cases"
    noun = "case"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint("status IN ('open', 'resolved')", name="status"),
        CheckConstraint(f"CASE status WHEN 'resolved' THEN {_RESOLVED} ELSE resolved_at IS NULL END", name="resolved"),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
        Index(
            "uq_cases_subject", "business_id", "kind", "subject_id", unique=True, postgresql_where="cleared_at IS NULL"
        ),
        Index("ix_cases_open", "business_id", "created_at", "id", postgresql_where="status = 'open'"),
        Index("ix_cases_created", "business_id", "created_at", "id"),
        Index("ix_cases_order", "business_id", "order_id", postgresql_where="order_id IS NOT NULL"),
        Index("ix_cases_escalates", "escalates_at", postgresql_where="status = 'open'"),
    )

    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(Integer, default=1)
    details: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(Integer, default=1)
    amount_minor: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str | None] = mapped_column(default=None)
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), default=None)
    snoozed_until: Mapped[datetime | None] = mapped_column(default=None)
    escalation: Mapped[int] = mapped_column(Integer, default=0)
    escalates_at: Mapped[datetime | None] = mapped_column(default=None)
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_by: Mapped[str | None] = mapped_column(default=None)
    resolution: Mapped[str] = mapped_column(default="")


class CaseActivity(Tenant, Base):
    """What was done about a case, and by whom: a comment, an assignment, a snooze, a mend. Append-only."""

    __tablename__ = "case_activities"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("cases", "case_id"),
        CheckConstraint("action IN ('comment', 'assigned', 'snoozed', 'mended', 'escalated')", name="action"),
        Index("ix_case_activities_case", "business_id", "case_id", "created_at", "id"),
    )

    case_id: Mapped[uuid.UUID]
    action: Mapped[str]
    body: Mapped[str]
    actor: Mapped[str]
