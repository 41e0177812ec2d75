"""Plans, and contracts that renew by themselves; orders name the contract whose cycle they pay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_TABLES = ("plans", "plan_prices", "contracts", "contract_consents", "contract_cycles")
_MAX = 99_999_999_999
_AMOUNTS = " AND ".join(f"({name} IS NULL OR {name} BETWEEN 0 AND {_MAX})" for name in ("unit_minor", "intro_minor"))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _plans()
    _contracts()
    op.add_column("orders", sa.Column("contract_id", sa.UUID()))
    op.create_foreign_key(
        op.f("fk_orders_business_id_contract_id"),
        "orders",
        "contracts",
        ["business_id", "contract_id"],
        ["business_id", "id"],
    )
    op.create_index(
        "ix_orders_contract", "orders", ["business_id", "contract_id"], postgresql_where="contract_id IS NOT NULL"
    )
    _cycles()
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("contract_cycles")
    op.drop_index("ix_orders_contract", "orders")
    op.drop_constraint(op.f("fk_orders_business_id_contract_id"), "orders")
    op.drop_column("orders", "contract_id")
    for table in ("contract_consents", "contracts", "plan_prices", "plans"):
        op.drop_table(table)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.UUID(), nullable=null)


def _plans() -> None:
    op.create_table(
        "plans",
        *tenant_columns(),
        _id("sku_id"),
        _text("code"),
        _text("name"),
        _text("status"),
        _int("version"),
        _text("interval_unit"),
        _int("interval_count"),
        _int("trial_days"),
        _int("intro_cycles"),
        _int("cycle_count", null=True),
        _int("anchor_day", null=True),
        _int("max_quantity"),
        _text("catch_up"),
        sa.Column("retry_days", postgresql.JSONB(), nullable=False),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status"),
        sa.CheckConstraint(
            "interval_unit IN ('day', 'week', 'month', 'quarter', 'year') AND interval_count BETWEEN 1 AND 366",
            name="interval",
        ),
        sa.CheckConstraint("trial_days BETWEEN 0 AND 730 AND intro_cycles BETWEEN 0 AND 120", name="begin"),
        sa.CheckConstraint("cycle_count IS NULL OR cycle_count BETWEEN 1 AND 1200", name="cycle_count"),
        sa.CheckConstraint("anchor_day IS NULL OR anchor_day BETWEEN 1 AND 31", name="anchor_day"),
        sa.CheckConstraint("anchor_day IS NULL OR trial_days = 0", name="aligned"),
        sa.CheckConstraint("max_quantity BETWEEN 1 AND 1000", name="quantity"),
        sa.CheckConstraint("catch_up IN ('current', 'all', 'none')", name="catch_up"),
        sa.CheckConstraint("jsonb_array_length(retry_days) <= 20", name="retry_days"),
        sa.Index("uq_plans_code", "business_id", "code", unique=True),
        sa.Index("ix_plans_created", "business_id", "created_at", "id"),
        sa.Index("ix_plans_sku", "business_id", "sku_id", "created_at", "id"),
    )
    op.create_table(
        "plan_prices",
        *tenant_columns(),
        _id("plan_id"),
        _text("currency"),
        _big("unit_minor"),
        _big("intro_minor", null=True),
        tenant_key("plans", "plan_id"),
        sa.CheckConstraint(_AMOUNTS, name="amounts"),
        sa.Index("uq_plan_prices_currency", "business_id", "plan_id", "currency", unique=True),
    )


def _contracts() -> None:
    op.create_table(
        "contracts",
        *tenant_columns(),
        _id("plan_id"),
        _id("sku_id"),
        _text("status"),
        _int("version"),
        _text("end_reason", null=True),
        _text("buyer_reference"),
        _text("buyer_email", null=True),
        _text("buyer_phone", null=True),
        _text("locale"),
        _text("channel"),
        _int("quantity"),
        _text("currency"),
        _big("unit_minor"),
        _big("intro_minor", null=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        _at("anchor_at"),
        _int("anchor_number"),
        _int("anchor_day", null=True),
        _text("time_zone"),
        _at("runs_from"),
        _at("started_at", null=True),
        _at("ended_at", null=True),
        _int("next_cycle"),
        _at("next_due_at", null=True),
        _at("acts_at", null=True),
        _int("try_count"),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        _text("cancelled_by", null=True),
        _at("paused_at", null=True),
        _at("resumes_at", null=True),
        tenant_key("plans", "plan_id"),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint(
            "status IN ('pending', 'trialing', 'active', 'paused', 'past_due', 'ended')",
            name="status",
        ),
        sa.CheckConstraint(
            "end_reason IS NULL OR end_reason IN ('cancelled', 'expired', 'unpaid', 'revoked_at_channel', 'replaced')",
            name="end_reason",
        ),
        sa.CheckConstraint(
            "(status = 'ended') = (end_reason IS NOT NULL) AND (status = 'ended') = (ended_at IS NOT NULL)",
            name="ended",
        ),
        sa.CheckConstraint("status <> 'ended' OR (acts_at IS NULL AND next_due_at IS NULL)", name="over"),
        sa.CheckConstraint("(status = 'paused') = (paused_at IS NOT NULL)", name="paused"),
        sa.CheckConstraint("paused_at IS NOT NULL OR resumes_at IS NULL", name="resumes"),
        sa.CheckConstraint(_AMOUNTS, name="amounts"),
        sa.CheckConstraint("quantity > 0 AND try_count >= 0 AND next_cycle >= 0", name="positive"),
        sa.Index("ix_contracts_created", "business_id", "created_at", "id"),
        sa.Index("ix_contracts_status", "business_id", "status", "created_at", "id"),
        sa.Index("ix_contracts_buyer", "business_id", "buyer_reference", "created_at", "id"),
        sa.Index("ix_contracts_plan", "business_id", "plan_id", "created_at", "id"),
        sa.Index("ix_contracts_acts", "acts_at", "business_id", postgresql_where="acts_at IS NOT NULL"),
    )
    op.create_table(
        "contract_consents",
        *tenant_columns(),
        _id("contract_id"),
        _text("given_to"),
        _text("locale"),
        _text("terms"),
        _text("terms_hash"),
        _text("buyer_ip", null=True),
        tenant_key("contracts", "contract_id"),
        sa.CheckConstraint("given_to IN ('page', 'merchant')", name="given_to"),
        sa.CheckConstraint("terms_hash = encode(sha256(convert_to(terms, 'UTF8')), 'hex')", name="terms_hash"),
        sa.Index("ix_contract_consents_contract", "business_id", "contract_id", "created_at"),
    )


def _cycles() -> None:
    op.create_table(
        "contract_cycles",
        *tenant_columns(),
        _id("contract_id"),
        _int("number"),
        _text("status"),
        _int("version"),
        _at("starts_at"),
        _at("ends_at"),
        _at("due_at"),
        _big("amount_minor"),
        _text("currency"),
        _id("order_id", null=True),
        _at("paid_at", null=True),
        _text("last_error", null=True),
        tenant_key("contracts", "contract_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("status IN ('due', 'paid', 'unpaid', 'skipped', 'refunded')", name="status"),
        sa.CheckConstraint("ends_at > starts_at", name="period"),
        sa.CheckConstraint(f"amount_minor BETWEEN 0 AND {_MAX}", name="amount"),
        sa.CheckConstraint("(status = 'skipped') = (order_id IS NULL)", name="order"),
        sa.CheckConstraint("(status IN ('paid', 'refunded')) = (paid_at IS NOT NULL)", name="paid"),
        sa.Index("uq_contract_cycles_number", "business_id", "contract_id", "number", unique=True),
        sa.Index("uq_contract_cycles_order", "business_id", "order_id", unique=True),
        sa.Index(
            "uq_contract_cycles_due",
            "business_id",
            "contract_id",
            unique=True,
            postgresql_where="status = 'due'",
        ),
        sa.Index("ix_contract_cycles_created", "business_id", "created_at", "id"),
    )
