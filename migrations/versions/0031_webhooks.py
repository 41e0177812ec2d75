"""Endpoints that events are sent to, and each event's way to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
HOW_IT_DOES = ("due_at", "leased_until", "held_until", "failures", "failing_since", "succeeded_at", "error")
PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    op.add_column("outbox_events", sa.Column("wanted_by", postgresql.ARRAY(sa.UUID()), nullable=True))
    op.add_column("outbox_events", _moment("told_at"))
    untold = sa.text("wanted_by IS NOT NULL AND told_at IS NULL")
    op.create_index("ix_outbox_events_untold", "outbox_events", ["business_id", "id"], postgresql_where=untold)
    op.create_table("event_listeners", sa.Column("topics", _texts(), nullable=False), *_key("event_listeners"))
    _endpoints()
    _deliveries()
    _tries()
    for name in ("event_listeners", "webhook_deliveries", "webhook_tries"):
        for statement in guards.tenant_table(name, prunable=True):
            op.execute(statement)
    for statement in guards.tenant_table("webhook_endpoints"):
        op.execute(statement)
    for statement in guards.noted_table("webhook_endpoints", secret=("secrets",), ignored=HOW_IT_DOES):
        op.execute(statement)


def _endpoints() -> None:
    name = "webhook_endpoints"
    op.create_table(
        name,
        _text("status"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("url"),
        _text("description"),
        sa.Column("topics", _texts(), nullable=False),
        sa.Column("in_order", sa.Boolean(), nullable=False),
        sa.Column("secrets", JSON, nullable=False),
        _moment("before_until"),
        _text("paused_because", nullable=True),
        *(_moment(each) for each in ("due_at", "leased_until", "held_until")),
        sa.Column("failures", sa.Integer(), nullable=False),
        *(_moment(each) for each in ("failing_since", "succeeded_at")),
        _text("error", nullable=True),
        *_key(name),
        _check(name, "status", "status IN ('enabled', 'paused', 'removed')"),
        _check(name, "paused_because", "paused_because IN ('hand', 'failing', 'gone')"),
        _check(name, "paused", "(status = 'paused') = (paused_because IS NOT NULL)"),
        _check(name, "failing", "failures >= 0 AND (failures > 0) = (failing_since IS NOT NULL)"),
    )
    due = sa.text("status = 'enabled' AND due_at IS NOT NULL")
    op.create_index("ix_webhook_endpoints_due", name, ["due_at"], postgresql_where=due)


def _deliveries() -> None:
    name = "webhook_deliveries"
    op.create_table(
        name,
        *(sa.Column(each, sa.UUID(), nullable=False) for each in ("endpoint_id", "event_id")),
        _text("topic"),
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        *(_text(each) for each in ("origin", "actor", "status")),
        *(sa.Column(each, sa.Integer(), nullable=False) for each in ("version", "tries")),
        _moment("next_try_at"),
        sa.Column("http_status", sa.Integer(), nullable=True),
        _text("error", nullable=True),
        _moment("delivered_at"),
        *_key(name),
        _points_to(name, "endpoint_id", "webhook_endpoints"),
        _points_to(name, "event_id", "outbox_events"),
        _check(name, "status", "status IN ('pending', 'delivered', 'failed', 'skipped')"),
        _check(name, "origin", "origin IN ('event', 'replay')"),
        _check(name, "tried", "(status = 'pending') = (next_try_at IS NOT NULL)"),
    )
    event, of = ["business_id", "endpoint_id", "event_id"], ["business_id", "endpoint_id"]
    first = sa.text("origin = 'event'")
    op.create_index("uq_webhook_deliveries_event", name, event, unique=True, postgresql_where=first)
    numbered = [*of, "object_id", "sequence", "id"]
    op.create_index("ix_webhook_deliveries_object", name, numbered, postgresql_where=PENDING)
    op.create_index("ix_webhook_deliveries_due", name, [*of, "next_try_at", "id"], postgresql_where=PENDING)
    op.create_index("ix_webhook_deliveries_endpoint", name, [*of, "created_at", "id"])
    op.create_index("ix_webhook_deliveries_created", name, ["business_id", "created_at", "id"])
    op.create_index("ix_webhook_deliveries_event", name, ["business_id", "event_id"])


def _tries() -> None:
    name = "webhook_tries"
    op.create_table(
        name,
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("url"),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("answer_headers", JSON, nullable=False),
        _text("answer"),
        _text("error", nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        *_key(name),
        _points_to(name, "delivery_id", "webhook_deliveries"),
    )
    op.create_index("uq_webhook_tries_number", name, ["business_id", "delivery_id", "number"], unique=True)


def _texts() -> postgresql.ARRAY[str]:
    return postgresql.ARRAY(sa.Text())


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _points_to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    there = [f"{other}.business_id", f"{other}.id"]
    return sa.ForeignKeyConstraint(["business_id", column], there, name=op.f(f"fk_{table}_business_id_{column}"))


def _key(table: str) -> tuple[sa.SchemaItem, ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for name in ("webhook_tries", "webhook_deliveries", "webhook_endpoints", "event_listeners"):
        op.drop_table(name)
    op.drop_index("ix_outbox_events_untold", "outbox_events")
    for column in ("told_at", "wanted_by"):
        op.drop_column("outbox_events", column)
