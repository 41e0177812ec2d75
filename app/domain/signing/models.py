"""Tables of plans, contracts and their cycles."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import MAX_MINOR

_UNITS = "interval_unit IN ('day', 'week', 'month', 'quarter', 'year')"
_AMOUNTS = " AND ".join(
    f"({name} IS NULL OR {name} BETWEEN 0 AND {MAX_MINOR})" for name in ("unit_minor", "intro_minor")
)


class Plan(Tenant, Base):
    """What one SKU is sold for again and again. Its terms never change, so that every contract's can be read here;
    other terms are another plan. What is charged in which currency is in plan_prices."""

    __tablename__ = "plans"
    noun = "plan"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("skus", "sku_id"),
        CheckConstraint("status IN ('active', 'archived')", name="status"),
        CheckConstraint(f"{_UNITS} AND interval_count BETWEEN 1 AND 366", name="interval"),
        CheckConstraint("trial_days BETWEEN 0 AND 730 AND intro_cycles BETWEEN 0 AND 120", name="begin"),
        CheckConstraint("cycle_count IS NULL OR cycle_count BETWEEN 1 AND 1200", name="cycle_count"),
        CheckConstraint("anchor_day IS NULL OR anchor_day BETWEEN 1 AND 31", name="anchor_day"),
        CheckConstraint("anchor_day IS NULL OR trial_days = 0", name="aligned"),
        CheckConstraint("max_quantity BETWEEN 1 AND 1000", name="quantity"),
        CheckConstraint("catch_up IN ('current', 'all', 'none')", name="catch_up"),
        CheckConstraint("jsonb_array_length(retry_days) <= 20", name="retry_days"),
        CheckConstraint("cancel_refund IN ('none', 'proportional', 'full')", name="cancel_refund"),
        CheckConstraint("final_step IN ('end', 'pause')", name="final_step"),
        CheckConstraint("change_group IS NULL OR change_group <> ''", name="change_group"),
        Index("uq_plans_code", "business_id", "code", unique=True),
        Index("ix_plans_created", "business_id", "created_at", "id"),
        Index("ix_plans_sku", "business_id", "sku_id", "created_at", "id"),
    )

    sku_id: Mapped[uuid.UUID]
    code: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    version: Mapped[int] = mapped_column(Integer, default=1)
    interval_unit: Mapped[str]
    interval_count: Mapped[int] = mapped_column(Integer, default=1)
    trial_days: Mapped[int] = mapped_column(Integer, default=0)
    intro_cycles: Mapped[int] = mapped_column(Integer, default=0)
    cycle_count: Mapped[int | None] = mapped_column(Integer, default=None)
    # Periods begin on this day of the calendar; the first is shorter, and only its share is charged.
    anchor_day: Mapped[int | None] = mapped_column(Integer, default=None)
    max_quantity: Mapped[int] = mapped_column(Integer, default=1)
    # Which of the cycles that an outage left are charged: that of the present period, all, or none of them.
    catch_up: Mapped[str] = mapped_column(default="current")
    # A cycle that could not be charged is tried again so many days after each refusal.
    retry_days: Mapped[list[Any]]
    # What is given back of the running cycle when a contract is cancelled at once, and what becomes of a contract whose
    # cycle was refused for the last time.
    cancel_refund: Mapped[str] = mapped_column(default="none")
    final_step: Mapped[str] = mapped_column(default="end")
    # Buyers change by themselves between the plans of one group; None: they do not.
    change_group: Mapped[str | None] = mapped_column(default=None)


class PlanPrice(Tenant, Base):
    """What one unit costs in a cycle, in one currency; `intro_minor` in the plan's first `intro_cycles`."""

    __tablename__ = "plan_prices"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("plans", "plan_id"),
        CheckConstraint(_AMOUNTS, name="amounts"),
        Index("uq_plan_prices_currency", "business_id", "plan_id", "currency", unique=True),
    )

    plan_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    unit_minor: Mapped[int]
    intro_minor: Mapped[int | None] = mapped_column(default=None)


class Contract(Tenant, Base):
    """What a buyer signed. Prices are those in force for it; `anchor_*` is its calendar (calendar.Anchor).

    `next_cycle` is the number of the cycle that comes next, and `next_due_at` when; None when none comes any more.
    `acts_at` is when somebody must look at it next: a due cycle, another try, the end, the end of a pause."""

    __tablename__ = "contracts"
    noun = "contract"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("plans", "plan_id"),
        tenant_key("skus", "sku_id"),
        CheckConstraint(
            "status IN ('pending', 'trialing', 'active', 'paused', 'past_due', 'ended')",
            name="status",
        ),
        CheckConstraint(
            "end_reason IS NULL OR end_reason IN ('cancelled', 'expired', 'unpaid', 'revoked_at_channel', 'replaced')",
            name="end_reason",
        ),
        CheckConstraint(
            "(status = 'ended') = (end_reason IS NOT NULL) AND (status = 'ended') = (ended_at IS NOT NULL)",
            name="ended",
        ),
        CheckConstraint("status <> 'ended' OR (acts_at IS NULL AND next_due_at IS NULL)", name="over"),
        CheckConstraint("(status = 'paused') = (paused_at IS NOT NULL)", name="paused"),
        CheckConstraint("paused_at IS NOT NULL OR resumes_at IS NULL", name="resumes"),
        CheckConstraint(_AMOUNTS, name="amounts"),
        CheckConstraint("quantity > 0 AND try_count >= 0 AND next_cycle >= 0", name="positive"),
        CheckConstraint(f"credit_minor BETWEEN 0 AND {MAX_MINOR}", name="credit"),
        CheckConstraint("(blocked_at IS NULL) = (blocked_code IS NULL)", name="blocked"),
        CheckConstraint("mrr_minor >= 0", name="mrr"),
        Index("ix_contracts_created", "business_id", "created_at", "id"),
        Index("ix_contracts_status", "business_id", "status", "created_at", "id"),
        Index("ix_contracts_buyer", "business_id", "buyer_reference", "created_at", "id"),
        Index("ix_contracts_plan", "business_id", "plan_id", "created_at", "id"),
        Index(
            "ix_contracts_reminds",
            "next_due_at",
            "business_id",
            postgresql_where="next_due_at IS NOT NULL AND reminded_cycle < next_cycle",
        ),
        Index("ix_contracts_acts", "acts_at", "business_id", postgresql_where="acts_at IS NOT NULL"),
        Index("ix_contracts_mrr", "business_id", "currency", "created_at", "id", postgresql_where="mrr_minor > 0"),
        Index("ix_contracts_blocked", "business_id", "blocked_at", postgresql_where="blocked_at IS NOT NULL"),
    )

    plan_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="pending")
    version: Mapped[int] = mapped_column(Integer, default=1)
    end_reason: Mapped[str | None] = mapped_column(default=None)
    buyer_reference: Mapped[str]
    buyer_email: Mapped[str | None] = mapped_column(default=None)
    buyer_phone: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str]
    # How its cycles are paid: the channel that the buyer agreed to.
    channel: Mapped[str]
    # The account whose company deducts by its mandate; None for the buyer's wallet, which needs none.
    channel_account_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    quantity: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str]
    unit_minor: Mapped[int]
    intro_minor: Mapped[int | None] = mapped_column(default=None)
    # What was given back by changes and is not used yet: it pays for the next cycles.
    credit_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    anchor_at: Mapped[datetime]
    anchor_number: Mapped[int] = mapped_column(Integer, default=1)
    anchor_day: Mapped[int | None] = mapped_column(Integer, default=None)
    time_zone: Mapped[str]
    # No period begins before this: when it was signed, or resumed.
    runs_from: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    next_cycle: Mapped[int] = mapped_column(Integer)
    next_due_at: Mapped[datetime | None] = mapped_column(default=None)
    acts_at: Mapped[datetime | None] = mapped_column(default=None)
    # The last cycle whose charge its buyer was reminded of.
    reminded_cycle: Mapped[int] = mapped_column(Integer, default=-1, server_default="-1")
    # How often the open cycle was refused.
    try_count: Mapped[int] = mapped_column(Integer, default=0)
    # It was refused for good: only the buyer can still pay it.
    retries_over: Mapped[bool] = mapped_column(Boolean, default=False)
    # Since when its next cycle cannot be ordered, and why.
    blocked_at: Mapped[datetime | None] = mapped_column(default=None)
    blocked_code: Mapped[str | None] = mapped_column(default=None)
    cancel_at_period_end: Mapped[bool] = mapped_column(Boolean, default=False)
    cancelled_by: Mapped[str | None] = mapped_column(default=None)
    paused_at: Mapped[datetime | None] = mapped_column(default=None)
    resumes_at: Mapped[datetime | None] = mapped_column(default=None)
    # What it counts a month (mrr.py): the sum of its movements.
    mrr_minor: Mapped[int] = mapped_column(default=0, server_default="0")


class Mandate(Tenant, Base):
    """The buyer's leave, at the company of one account, to deduct what a contract costs. We call it like the contract;
    `contract_no` is the company's number, which deductions name. `action` is how the buyer goes on to agree.
    `is_unclear`: the company's last answer was lost. `next_poll_at`: it is asked (or told to end it) then."""

    __tablename__ = "mandates"
    noun = "mandate"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("contracts", "contract_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        CheckConstraint("status IN ('pending', 'active', 'ending', 'ended', 'failed')", name="status"),
        CheckConstraint("status <> 'active' OR (contract_no IS NOT NULL AND active_at IS NOT NULL)", name="active"),
        CheckConstraint("(status IN ('ended', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("ended_at IS NULL OR next_poll_at IS NULL", name="over"),
        CheckConstraint("poll_count >= 0 AND largest_minor > 0", name="positive"),
        Index("uq_mandates_contract", "business_id", "contract_id", unique=True),
        Index("ix_mandates_number", "business_id", "channel_account_id", "contract_no"),
        Index("ix_mandates_poll", "next_poll_at", "business_id", postgresql_where="next_poll_at IS NOT NULL"),
    )

    contract_id: Mapped[uuid.UUID]
    channel_account_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="pending")
    version: Mapped[int] = mapped_column(Integer, default=1)
    scene: Mapped[str]
    # The most that one deduction takes, as the buyer was told.
    largest_minor: Mapped[int]
    currency: Mapped[str]
    return_url: Mapped[str] = mapped_column(default="")
    contract_no: Mapped[str | None] = mapped_column(default=None)
    action: Mapped[dict[str, str] | None] = mapped_column(JSONB, default=None)
    decline_code: Mapped[str | None] = mapped_column(default=None)
    is_unclear: Mapped[bool] = mapped_column(Boolean, default=False)
    poll_count: Mapped[int] = mapped_column(Integer, default=0)
    next_poll_at: Mapped[datetime | None] = mapped_column(default=None)
    active_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class ContractConsent(Tenant, Base):
    """The evidence that a buyer agreed to be charged again and again: the terms in the words that were shown. The texts
    accepted with them are kept with the signing order. `given_to`: our page, or the merchant's own server, which
    answers for it."""

    __tablename__ = "contract_consents"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("contracts", "contract_id"),
        CheckConstraint("given_to IN ('page', 'merchant')", name="given_to"),
        CheckConstraint("terms_hash = encode(sha256(convert_to(terms, 'UTF8')), 'hex')", name="terms_hash"),
        Index("ix_contract_consents_contract", "business_id", "contract_id", "created_at"),
    )

    contract_id: Mapped[uuid.UUID]
    given_to: Mapped[str]
    locale: Mapped[str]
    terms: Mapped[str]
    terms_hash: Mapped[str]
    buyer_ip: Mapped[str | None] = mapped_column(default=None)


class ContractCycle(Tenant, Base):
    """One period of a contract and what it costs. `order_id` is the order that it is paid by; one that was skipped has
    none. `last_error` is why the last try was refused."""

    __tablename__ = "contract_cycles"
    noun = "cycle"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("contracts", "contract_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("status IN ('due', 'paid', 'unpaid', 'skipped', 'refunded')", name="status"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint(f"amount_minor BETWEEN 0 AND {MAX_MINOR}", name="amount"),
        CheckConstraint(f"credit_minor BETWEEN 0 AND {MAX_MINOR}", name="credit"),
        CheckConstraint("cut_at IS NULL OR (cut_at >= starts_at AND cut_at < ends_at)", name="cut"),
        CheckConstraint("(status = 'skipped') = (order_id IS NULL)", name="order"),
        CheckConstraint("(status IN ('paid', 'refunded')) = (paid_at IS NOT NULL)", name="paid"),
        Index("uq_contract_cycles_number", "business_id", "contract_id", "number", unique=True),
        Index("uq_contract_cycles_order", "business_id", "order_id", unique=True),
        # At most one is open: the next is charged when it is decided.
        Index(
            "uq_contract_cycles_due",
            "business_id",
            "contract_id",
            unique=True,
            postgresql_where="status = 'due'",
        ),
        Index("ix_contract_cycles_created", "business_id", "created_at", "id"),
        Index(
            "ix_contract_cycles_refused",
            "business_id",
            "refused_at",
            "id",
            postgresql_where="refused_at IS NOT NULL",
        ),
        Index("ix_contract_cycles_trials", "business_id", "ends_at", "id", postgresql_where="number = 0"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(default="due")
    version: Mapped[int] = mapped_column(Integer, default=1)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    due_at: Mapped[datetime]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    # How much of its price was paid by the contract's credit, besides the amount.
    credit_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    # When a change ended its period early: the next cycle begins then.
    cut_at: Mapped[datetime | None] = mapped_column(default=None)
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    paid_at: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(default=None)
    # The attempt of the present try, from the second on (renew_contracts.deduction_id).
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    # When it was first refused. It stays, so that what was recovered can be counted.
    refused_at: Mapped[datetime | None] = mapped_column(default=None)


class ContractChange(Tenant, Base):
    """A change of a contract’s plan, quantity or calendar, with all that it was said to cost. One that charges is paid
    by its order; `new_*` is the calendar that follows, `cycle_number` the cycle that begins with it."""

    __tablename__ = "contract_changes"
    noun = "change"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("contracts", "contract_id"),
        tenant_key("plans", "plan_id"),
        tenant_key("plans", "from_plan_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("status IN ('scheduled', 'charging', 'applied', 'cancelled', 'failed')", name="status"),
        CheckConstraint("at IN ('now', 'period_end')", name="at"),
        CheckConstraint("quantity > 0 AND from_quantity > 0 AND cycle_number >= 0", name="positive"),
        CheckConstraint("anchor_day IS NULL OR anchor_day BETWEEN 1 AND 31", name="anchor_day"),
        CheckConstraint(
            "charge_minor >= 0 AND credit_minor >= 0 AND used_minor >= 0 AND due_minor >= 0 AND unit_minor >= 0",
            name="amounts",
        ),
        CheckConstraint("charge_minor = used_minor + due_minor", name="sum"),
        CheckConstraint("status NOT IN ('charging') OR order_id IS NOT NULL", name="order"),
        CheckConstraint("(status IN ('applied', 'cancelled', 'failed')) = (decided_at IS NOT NULL)", name="decided"),
        # At most one is open: whoever comes second is told so.
        Index(
            "uq_contract_changes_open",
            "business_id",
            "contract_id",
            unique=True,
            postgresql_where="status IN ('scheduled', 'charging')",
        ),
        Index("uq_contract_changes_order", "business_id", "order_id", unique=True),
        Index("ix_contract_changes_created", "business_id", "contract_id", "created_at", "id"),
    )

    contract_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="scheduled")
    version: Mapped[int] = mapped_column(Integer, default=1)
    at: Mapped[str]
    actor: Mapped[str]
    from_plan_id: Mapped[uuid.UUID]
    from_quantity: Mapped[int] = mapped_column(Integer)
    plan_id: Mapped[uuid.UUID]
    quantity: Mapped[int] = mapped_column(Integer)
    unit_minor: Mapped[int]
    currency: Mapped[str]
    # The day of the month (of the week) on which periods begin from now on, where that is changed.
    anchor_day: Mapped[int | None] = mapped_column(Integer, default=None)
    effective_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cycle_number: Mapped[int] = mapped_column(Integer)
    new_anchor_at: Mapped[datetime]
    new_anchor_number: Mapped[int] = mapped_column(Integer)
    new_anchor_day: Mapped[int | None] = mapped_column(Integer, default=None)
    charge_minor: Mapped[int]
    credit_minor: Mapped[int]
    used_minor: Mapped[int]
    due_minor: Mapped[int]
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    failure_code: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)


class MrrMovement(Tenant, Base):
    """What a contract counts a month went up or down: written where its state, price, plan or quantity moves."""

    __tablename__ = "mrr_movements"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("contracts", "contract_id"),
        CheckConstraint("kind IN ('new', 'expansion', 'contraction', 'churn', 'reactivation')", name="kind"),
        CheckConstraint(
            "amount_minor <> 0 AND (amount_minor > 0) = (kind IN ('new', 'expansion', 'reactivation'))", name="amount"
        ),
        Index("uq_mrr_movements_new", "business_id", "contract_id", unique=True, postgresql_where="kind = 'new'"),
        Index("ix_mrr_movements_contract", "business_id", "contract_id", "occurred_at"),
        Index("ix_mrr_movements_occurred", "business_id", "occurred_at", "id"),
    )

    contract_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    occurred_at: Mapped[datetime]
