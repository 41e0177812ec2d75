"""The ground: events and their handlers, idempotency, histories of states, and the audit log with its seals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key
from app.core.db.roles import APP_ROLE, ERASER_ROLE, SYSTEM_ROLE

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "idempotency_keys",
    "event_listeners",
    "outbox_events",
    "handled_events",
    "state_changes",
    "audit_entries",
    "audit_seals",
)

# What the seal of an entry is made of: every column, in a form that no setting changes.
ENTRY_TEXT = r"""
CREATE FUNCTION bursar_entry_text(entry audit_entries) RETURNS text LANGUAGE sql STABLE AS $$
SELECT concat_ws(E'\x1f', entry.business_id, entry.id, floor(extract(epoch FROM entry.created_at) * 1000000)::bigint,
    entry.actor, entry.address, entry.request_id, entry.action, entry.subject_table, entry.subject_id,
    entry.before::text, entry.after::text) $$
"""

# Each seal beside what it should be. An entry in which a buyer was erased counts as what it said when it was sealed.
SEALS_NOW = f"""
CREATE VIEW audit_seals_now WITH (security_invoker = true) AS
SELECT s.business_id, s.id, s.number, s.through_id, s.entries, s.hash, s.signature,
       made.entries AS entries_now, made.hash AS hash_now,
       s.number = 1 OR p.id IS NOT NULL AS follows
FROM audit_seals s
LEFT JOIN audit_seals p ON p.business_id = s.business_id AND p.number = s.number - 1
CROSS JOIN LATERAL (
    SELECT count(*) AS entries, encode(sha256(convert_to(coalesce(p.hash, '') || coalesce(string_agg(
        coalesce(e.erased_hash, encode(sha256(convert_to(bursar_entry_text(e), 'UTF8')), 'hex')),
        '' ORDER BY e.id), ''), 'UTF8')), 'hex') AS hash
    FROM audit_entries e WHERE e.business_id = s.business_id AND e.id <= s.through_id
        AND e.id > coalesce(p.through_id, '00000000-0000-0000-0000-000000000000')
) made
;
GRANT SELECT ON audit_seals_now TO {APP_ROLE}, {SYSTEM_ROLE}
"""


def upgrade() -> None:
    _idempotency_keys()
    _event_listeners()
    _outbox_events()
    _handled_events()
    _state_changes()
    _audit_entries()
    _audit_seals()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)
    for statement in (ENTRY_TEXT, SEALS_NOW, f"GRANT UPDATE (erased_hash) ON audit_entries TO {ERASER_ROLE}"):
        op.execute(statement)


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        *tenant_columns(),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("claimed_by", sa.UUID()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("answer", postgresql.JSONB()),
        sa.Index("uq_idempotency_keys_key", "business_id", "route", "key", unique=True),
    )


def _event_listeners() -> None:
    op.create_table(
        "event_listeners",
        *tenant_columns(),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
    )


def _outbox_events() -> None:
    op.create_table(
        "outbox_events",
        *tenant_columns(),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("listener_ids", postgresql.ARRAY(sa.UUID())),
        sa.Column("fanned_out_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('pending', 'done', 'dead')", name="status"),
        sa.Index("uq_outbox_events_sequence", "business_id", "aggregate_id", "sequence", unique=True),
        sa.Index("ix_outbox_events_due", "business_id", "due_at", postgresql_where=sa.text("status = 'pending'")),
        sa.Index(
            "ix_outbox_events_dead", "business_id", "created_at", "id", postgresql_where=sa.text("status = 'dead'")
        ),
        sa.Index(
            "ix_outbox_events_not_fanned_out",
            "business_id",
            "id",
            postgresql_where=sa.text("listener_ids IS NOT NULL AND fanned_out_at IS NULL"),
        ),
    )


def _handled_events() -> None:
    op.create_table(
        "handled_events",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("event_id", sa.UUID(), primary_key=True),
        sa.Column("handler", sa.Text(), primary_key=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("outbox_events", "event_id"),
    )


def _state_changes() -> None:
    op.create_table(
        "state_changes",
        *tenant_columns(),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("row_id", sa.UUID(), nullable=False),
        sa.Column("from_state", sa.Text()),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Index("uq_state_changes_row", "business_id", "row_id", "version", unique=True),
    )


def _audit_entries() -> None:
    op.create_table(
        "audit_entries",
        *tenant_columns(),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("erased_hash", sa.Text()),
        sa.CheckConstraint("action IN ('created', 'changed', 'removed')", name="action"),
        sa.Index("ix_audit_entries_actor", "business_id", "actor", "id"),
        sa.Index("ix_audit_entries_subject", "business_id", "subject_id", "id"),
        sa.Index("ix_audit_entries_table", "business_id", "subject_table", "id"),
    )


def _audit_seals() -> None:
    op.create_table(
        "audit_seals",
        *tenant_columns(),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("through_id", sa.UUID(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Index("uq_audit_seals_number", "business_id", "number", unique=True),
    )


def downgrade() -> None:
    op.execute("DROP VIEW audit_seals_now")
    op.execute("DROP FUNCTION bursar_entry_text(audit_entries)")
    for table in reversed(TABLES):
        op.drop_table(table)
