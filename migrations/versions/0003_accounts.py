"""Accounts: businesses, people and what they sign in with, memberships, keys, approvals, and erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "businesses",
    "users",
    "roles",
    "memberships",
    "visits",
    "invitations",
    "approvals",
    "api_keys",
    "portal_sessions",
    "totp_secrets",
    "recovery_codes",
    "passkeys",
    "used_challenges",
    "erasures",
    "retention_progress",
)


def upgrade() -> None:
    _businesses()
    _users()
    _roles()
    _memberships()
    _visits()
    _invitations()
    _approvals()
    _api_keys()
    _portal_sessions()
    _totp_secrets()
    _recovery_codes()
    _passkeys()
    _used_challenges()
    _erasures()
    _retention_progress()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _businesses() -> None:
    op.create_table(
        "businesses",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("twin_id", sa.UUID()),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("allowed_origins", postgresql.JSONB(), nullable=False),
        sa.Column("pay_deadline_s", sa.Integer(), nullable=False),
        sa.Column("split_by", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text()),
        sa.Column("website", sa.Text()),
        sa.Column("logo_key", sa.Text()),
        sa.Column("logo_widths", postgresql.JSONB(), nullable=False),
        sa.Column("logo_height", sa.Integer(), nullable=False),
        sa.Column("appearance", postgresql.JSONB(), nullable=False),
        sa.Column("auto_confirm_s", sa.Integer(), nullable=False),
        sa.Column("approval_limits", postgresql.JSONB(), nullable=False),
        sa.Column("requires_second_factor", sa.Boolean(), nullable=False),
        sa.Column("large_refunds", postgresql.JSONB(), nullable=False),
        sa.Column("retention", postgresql.JSONB(), nullable=False),
        sa.Column("channels_need_approval", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["twin_id"], ["businesses.id"]),
        sa.CheckConstraint("mode IN ('test', 'live')", name="mode"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("uq_users_email", "email", unique=True),
    )


def _roles() -> None:
    op.create_table(
        "roles",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.JSONB(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.Index("uq_roles_name", "business_id", "name", unique=True, postgresql_where=sa.text("archived_at IS NULL")),
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        *tenant_columns(),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("role_id", sa.UUID()),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.Column("sponsored_by", postgresql.ARRAY(sa.UUID()), nullable=False, server_default="{}"),
        sa.Column("sponsored_at", sa.DateTime(timezone=True)),
        sa.Column("confirmed_by", sa.UUID()),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("ownership_ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"]),
        tenant_key("roles", "role_id"),
        sa.CheckConstraint("(role = 'custom') = (role_id IS NOT NULL)", name="role"),
        sa.CheckConstraint("(sponsored_by = '{}') = (sponsored_at IS NULL)", name="sponsored"),
        sa.CheckConstraint(
            ("(confirmed_by IS NULL) = (confirmed_at IS NULL) AND confirmed_by <> ALL (sponsored_by || user_id)"),
            name="confirmed",
        ),
        sa.Index("uq_memberships_user", "business_id", "user_id", unique=True),
        sa.Index("ix_memberships_role", "business_id", "role_id", postgresql_where=sa.text("role_id IS NOT NULL")),
        sa.Index("ix_memberships_user_id", "user_id"),
    )


def _visits() -> None:
    op.create_table(
        "visits",
        *tenant_columns(),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("may_change", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= created_at", name="ended"),
        sa.Index("ix_visits_user", "business_id", "user_id", "ends_at"),
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        *tenant_columns(),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("role_id", sa.UUID()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("principals", postgresql.ARRAY(sa.UUID()), nullable=False, server_default="{}"),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("accepted_by", sa.UUID()),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"]),
        tenant_key("roles", "role_id"),
        sa.CheckConstraint("(role = 'custom') = (role_id IS NOT NULL)", name="role"),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ended"),
        sa.CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted"),
        sa.Index(
            "uq_invitations_waiting",
            "business_id",
            "email",
            unique=True,
            postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
        sa.Index("ix_invitations_created", "business_id", "created_at", "id"),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("subject_id", sa.UUID()),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("secrets", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requester_principals", postgresql.ARRAY(sa.UUID()), nullable=False, server_default="{}"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decider_principals", postgresql.ARRAY(sa.UUID()), nullable=False, server_default="{}"),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint(
            (
                "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'channel', "
                "'transition', 'limits', 'erasure')"
            ),
            name="kind",
        ),
        sa.CheckConstraint(
            (
                "amount_minor IS NOT NULL AND currency IS NOT NULL OR kind NOT IN ('refund', 'payout', "
                "'withdrawal', 'transfer', 'top_up')"
            ),
            name="amount",
        ),
        sa.CheckConstraint("secrets = '{}'::jsonb OR status IN ('requested', 'approved')", name="secrets"),
        sa.CheckConstraint(
            "status IN ('requested', 'approved', 'rejected', 'expired', 'done', 'failed')", name="status"
        ),
        sa.CheckConstraint("decided_by IS DISTINCT FROM requested_by", name="somebody_else"),
        sa.CheckConstraint("NOT requester_principals && decider_principals", name="others"),
        sa.CheckConstraint("(decided_by IS NOT NULL) = (status NOT IN ('requested', 'expired'))", name="decided"),
        sa.Index("uq_approvals_transaction", "business_id", "transaction_id", unique=True),
        sa.Index("ix_approvals_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_approvals_subject", "business_id", "subject_id", postgresql_where=sa.text("subject_id IS NOT NULL")
        ),
        sa.Index(
            "ix_approvals_open",
            "business_id",
            "expires_at",
            postgresql_where=sa.text("status IN ('requested', 'approved')"),
        ),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("public_text", sa.Text()),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("principals", postgresql.ARRAY(sa.UUID()), nullable=False, server_default="{}"),
        sa.Column("addresses", postgresql.JSONB(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("replaced_by", sa.UUID()),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_address", sa.Text()),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('secret', 'publishable', 'restricted')", name="kind"),
        sa.CheckConstraint("(kind = 'restricted') = (scopes <> '[]')", name="scopes"),
        sa.CheckConstraint("public_text IS NULL OR kind = 'publishable'", name="public_text"),
        sa.Index("uq_api_keys_hash", "secret_hash", "business_id", unique=True),
    )


def _portal_sessions() -> None:
    op.create_table(
        "portal_sessions",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reauthenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.Index("uq_portal_sessions_token", "token_hash", unique=True),
        sa.Index("ix_portal_sessions_user", "user_id", "last_seen_at"),
        sa.Index("ix_portal_sessions_seen", "last_seen_at"),
    )


def _totp_secrets() -> None:
    op.create_table(
        "totp_secrets",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.Index("uq_totp_secrets_user", "user_id", unique=True),
    )


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.Index("uq_recovery_codes_number", "user_id", "number", unique=True),
    )


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.Index("uq_passkeys_credential", "credential_id", unique=True),
        sa.Index("ix_passkeys_user", "user_id"),
    )


def _used_challenges() -> None:
    op.create_table(
        "used_challenges",
        sa.Column("challenge_hash", sa.Text(), primary_key=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("ix_used_challenges_used", "used_at"),
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        *tenant_columns(),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("ciphertext", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.UUID()),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(finished_at IS NULL) = (ciphertext <> '{}'::jsonb)", name="forgotten"),
        sa.CheckConstraint("agreed IN ('approved', 'alone', 'operator')", name="agreed"),
        sa.CheckConstraint("(agreed = 'approved') = (approval_id IS NOT NULL)", name="approved"),
        sa.Index("ix_erasures_created", "business_id", "created_at", "id"),
    )


def _retention_progress() -> None:
    op.create_table(
        "retention_progress",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("ran_at", sa.DateTime(timezone=True)),
        sa.Column("through", postgresql.JSONB(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
    )


def downgrade() -> None:
    op.execute("DROP POLICY of_this_business ON users")  # it reads memberships and visits
    for table in reversed(TABLES):
        op.drop_table(table)
