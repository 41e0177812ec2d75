"""Tables of the payments noun."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import context
from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import MAX_MINOR
from app.domain.payments.detail_models import RefundLine as RefundLine
from app.domain.payments.detail_models import TransactionDetail as TransactionDetail

KINDS = "('charge', 'deduction', 'refund', 'top_up', 'withdrawal', 'transfer', 'payout')"
# The kinds that pay for orders: a charge with the buyer present, a deduction under a contract; then the same in SQL. A
# query of what is undecided says it in the same words, or misses the index.
PAYING_KINDS, PAYING = ("charge", "deduction"), "('charge', 'deduction')"
FOR_ORDERS, UNDECIDED = f"kind IN {PAYING}", "next_poll_at IS NOT NULL"
NOTICE_KINDS = "('contract', 'dispute', 'payment_method', 'payout', 'bill')"
_ACCOUNTS, _SUBJECT = ("business_id", "channel_account_id", "id"), ("business_id", "subject_id")
_EXTERNAL, _ATTEMPT = ("business_id", "channel_account_id", "external_id"), ("business_id", "attempt_id")
_PAGE, _UNDONE = ("created_at", "id"), "status <> 'succeeded'"
_REFUNDED, _OPEN = "kind = 'refund' AND status = 'succeeded'", f"{FOR_ORDERS} AND status = 'open'"

_OF_ONE, _NUMBER = ("business_id", "transaction_id"), ("business_id", "channel_account_id", "channel_ref")
_IS_UNDECIDED = "status IN ('ready', 'pending', 'unknown')"
_MEANS, _ADDRESS = ("business_id", "means_hash", "decided_at"), ("business_id", "address_hash", "decided_at")
_IS_DECLINE = "means_hash IS NOT NULL AND status = 'failed'"
_IS_TRY = "address_hash IS NOT NULL AND decided_at IS NOT NULL"


class ChannelAccount(Tenant, Base):
    """A business's settings for one channel; secrets in `settings` are encrypted one by one."""

    __tablename__ = "channel_accounts"
    noun = "channel account"
    guard = BusinessRows(audit=Audit(ignored=("platform_keys", "keys_due_at", "keys_not_before", "keys_attempts")))
    __table_args__ = (
        Index("uq_channel_accounts_name", "business_id", "channel", "name", unique=True),
        Index("ix_channel_accounts_keys_due", "keys_due_at", postgresql_where="keys_due_at IS NOT NULL"),
    )

    channel: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]]
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    priority: Mapped[int] = mapped_column(Integer, default=100)
    # The company's keys, as its channel fetched them; when to fetch them next, not before when, and in vain how often.
    platform_keys: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    keys_due_at: Mapped[datetime | None] = mapped_column(default=None)
    keys_not_before: Mapped[datetime | None] = mapped_column(default=None)
    keys_attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # When a connection test with these settings last succeeded.
    connected_at: Mapped[datetime | None] = mapped_column(default=None)


class ChannelTerms(Tenant, Base):
    """An account's own limits and cost in one currency; what is empty does not limit, or is not known."""

    __tablename__ = "channel_terms"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        Index("uq_channel_terms_currency", "business_id", "channel_account_id", "currency", unique=True),
        CheckConstraint(f"min_minor BETWEEN 1 AND {MAX_MINOR}", name="min"),
        CheckConstraint(f"max_minor BETWEEN coalesce(min_minor, 1) AND {MAX_MINOR}", name="max"),
        CheckConstraint("daily_minor > 0", name="daily"),
        CheckConstraint("fee_bps BETWEEN 0 AND 10000", name="fee_bps"),
        CheckConstraint(f"fee_fixed_minor BETWEEN 0 AND {MAX_MINOR}", name="fee_fixed"),
    )

    channel_account_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    min_minor: Mapped[int | None] = mapped_column(default=None)
    max_minor: Mapped[int | None] = mapped_column(default=None)
    daily_minor: Mapped[int | None] = mapped_column(default=None)
    # The first day whose counters hold every attempt (day_totals.py); before it, and while empty, attempts are summed.
    totals_from: Mapped[date | None] = mapped_column(Date, default=None)
    fee_bps: Mapped[int | None] = mapped_column(Integer, default=None)
    fee_fixed_minor: Mapped[int | None] = mapped_column(default=None)


class RoutingRule(Tenant, Base):
    """Which payments go to which accounts, or (`direction` outgoing) by which accounts withdrawals and payouts leave;
    the smallest priority is asked first. `targets` are objects of `account_id` and `weight`. Minutes are of the day in
    the business's zone. `version` counts its changes."""

    __tablename__ = "routing_rules"
    noun = "rule"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        tenant_key("products", "product_id"),
        tenant_key("skus", "sku_id"),
        Index("ix_routing_rules_order", "business_id", "priority", "id"),
        CheckConstraint("currency IS NOT NULL OR (min_minor IS NULL AND max_minor IS NULL)", name="amount_currency"),
        CheckConstraint("min_minor >= 0 AND max_minor >= coalesce(min_minor, 0)", name="amount"),
        CheckConstraint("(from_minute IS NULL) = (until_minute IS NULL)", name="hours"),
        CheckConstraint("from_minute BETWEEN 0 AND 1439 AND until_minute BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint("direction IN ('incoming', 'outgoing')", name="direction"),
        CheckConstraint(
            "direction = 'incoming' OR (scene IS NULL AND product_id IS NULL AND sku_id IS NULL)", name="outgoing"
        ),
    )

    name: Mapped[str]
    priority: Mapped[int] = mapped_column(Integer, default=100)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    direction: Mapped[str] = mapped_column(default="incoming", server_default="incoming")
    currency: Mapped[str | None] = mapped_column(default=None)
    min_minor: Mapped[int | None] = mapped_column(default=None)
    max_minor: Mapped[int | None] = mapped_column(default=None)
    scene: Mapped[str | None] = mapped_column(default=None)
    from_minute: Mapped[int | None] = mapped_column(Integer, default=None)
    until_minute: Mapped[int | None] = mapped_column(Integer, default=None)
    product_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    sku_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    targets: Mapped[list[Any]]
    exclusive: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class PaymentTransaction(Tenant, Base):
    """One movement of money that is wanted. A refund names the attempt whose money it returns."""

    __tablename__ = "payment_transactions"
    guard = BusinessRows(audit=Audit(only="INSERT", where=f"NEW.kind NOT IN {PAYING}"))
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("status IN ('open', 'succeeded', 'failed', 'cancelled', 'returned')", name="status"),
        CheckConstraint("status <> 'returned' OR kind IN ('withdrawal', 'payout')", name="returned"),
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_MINOR}", name="amount"),
        CheckConstraint("(kind = 'refund') = (charge_attempt_id IS NOT NULL)", name="charge"),
        CheckConstraint("(kind IN ('withdrawal', 'payout')) = (payee IS NOT NULL)", name="payee"),
        CheckConstraint("partner_id IS NULL OR kind = 'payout'", name="partner"),
        tenant_key("partners", "partner_id"),
        Index("ix_payment_transactions_order", "business_id", "order_id"),
        Index("ix_payment_transactions_buyer", "business_id", "buyer_reference", "created_at"),
        Index("ix_payment_transactions_created", "business_id", "created_at", "id"),
        # Lists of what is not the rule: kinds other than charges, and what did not succeed (yet).
        Index("ix_payment_transactions_kind", "business_id", "kind", *_PAGE, postgresql_where="kind <> 'charge'"),
        Index("ix_payment_transactions_undone", "business_id", "status", *_PAGE, postgresql_where=_UNDONE),
        Index("ix_payment_transactions_refunds", "business_id", "status", *_PAGE, postgresql_where="kind = 'refund'"),
        Index("ix_payment_transactions_refunded", "business_id", "decided_at", "id", postgresql_where=_REFUNDED),
        Index("uq_payment_transactions_open_charge", "business_id", "order_id", unique=True, postgresql_where=_OPEN),
        # What operators moved, in whichever business.
        Index("ix_payment_transactions_operators", "actor", "created_at", postgresql_where="actor LIKE 'operator:%'"),
    )

    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(Integer, default=1)
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    charge_attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    # The first of the refunds that were asked for as one, when this one returns what came from another source.
    split_of: Mapped[uuid.UUID | None] = mapped_column(default=None)
    # Whose wallet gives or gets, and for a transfer whose wallet gets.
    buyer_reference: Mapped[str | None] = mapped_column(default=None)
    # The partner that a payout is for; None: it is the merchant's own.
    partner_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    counter_reference: Mapped[str | None] = mapped_column(default=None)
    # Of a withdrawal or payout: whose account outside gets the money, as `account` and `name`.
    payee: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    actor: Mapped[str]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)


class PaymentAttempt(Tenant, Base):
    """One try at one channel account. Its id, as shown, is the company's idempotency key."""

    __tablename__ = "payment_attempts"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("payment_transactions", "transaction_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        CheckConstraint("status IN ('ready', 'pending', 'unknown', 'succeeded', 'failed', 'cancelled')", name="status"),
        # I23: what is not decided has a moment at which it is asked about.
        CheckConstraint("(status IN ('ready', 'pending', 'unknown')) = (next_poll_at IS NOT NULL)", name="polled"),
        Index("ix_payment_attempts_transaction", "business_id", "transaction_id"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_payment_attempts_created", "business_id", *_PAGE),
        Index("ix_payment_attempts_surplus", "business_id", *_PAGE, postgresql_where="applied IS false"),
        # Lists of what is not the rule; undecided payments are few, undecided refunds may be many.
        Index("ix_payment_attempts_undone", "business_id", "status", *_PAGE, postgresql_where=_UNDONE),
        Index("ix_payment_attempts_undecided", "business_id", *_PAGE, postgresql_where=f"{UNDECIDED} AND {FOR_ORDERS}"),
        # What an account took today, for a daily limit that was set today.
        Index("ix_payment_attempts_account", "business_id", "channel_account_id", "created_at"),
        Index("ix_payment_attempts_poll", "business_id", "next_poll_at", postgresql_where=UNDECIDED),
        Index("ix_payment_attempts_recheck", "business_id", "recheck_at", postgresql_where="recheck_at IS NOT NULL"),
        Index("uq_payment_attempts_channel_ref", *_NUMBER, unique=True, postgresql_where="channel_ref IS NOT NULL"),
        # Who slows down whoever tries one means after another (workflow/steps/payments/count_declines.py).
        Index("ix_payment_attempts_means", *_MEANS, postgresql_where=_IS_DECLINE),
        Index("ix_payment_attempts_address", *_ADDRESS, postgresql_where=_IS_TRY),
        # The buyer is never offered a second payment while one is undecided.
        Index("uq_payment_attempts_undecided", *_OF_ONE, unique=True, postgresql_where=_IS_UNDECIDED),
        # An order is paid at most once (I8).
        Index(
            "uq_payment_attempts_applied", *_OF_ONE, unique=True, postgresql_where="status = 'succeeded' AND applied"
        ),
    )

    transaction_id: Mapped[uuid.UUID]
    # The request that made it, which may come again; the order's lock keeps it from making two.
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    # Its transaction's, which never changes: kept here for the lists.
    kind: Mapped[str]
    channel_account_id: Mapped[uuid.UUID]
    channel: Mapped[str]
    scene: Mapped[str]
    status: Mapped[str] = mapped_column(default="ready")
    version: Mapped[int] = mapped_column(Integer, default=1)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    channel_ref: Mapped[str | None] = mapped_column(default=None)
    action: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    decline_code: Mapped[str | None] = mapped_column(default=None)
    # False for money that came too late or twice: it is not the order's and goes back.
    applied: Mapped[bool] = mapped_column(Boolean, default=True)
    poll_count: Mapped[int] = mapped_column(Integer, default=0)
    next_poll_at: Mapped[datetime | None] = mapped_column(default=None)
    # A payout that succeeded is asked about again, for it may have come back.
    recheck_at: Mapped[datetime | None] = mapped_column(default=None)
    journal_id: Mapped[uuid.UUID]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    # Keyed hashes: of the payer's card or account where the company names it, and of where the buyer called from.
    means_hash: Mapped[int | None] = mapped_column(default=None)
    address_hash: Mapped[int | None] = mapped_column(default=None)
    # The day on which it counts towards its account's daily limit; None where there was no limit when it began.
    limit_day: Mapped[date | None] = mapped_column(Date, default=None)


class RoutingDecision(Tenant, Base):
    """Why an attempt went where it went: every account in order, with what spoke for and against it. Its id is the
    attempt's. Append-only."""

    __tablename__ = "routing_decisions"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (tenant_key("payment_attempts", "id"),)

    requested_channel: Mapped[str | None] = mapped_column(default=None)
    candidates: Mapped[list[Any]]


class ChannelExchange(Tenant, Base):
    """One request to a company and its answer, secrets masked: about an attempt, or else about what a channel account
    has besides (a contract or a bill, its `subject_id`). Append-only."""

    __tablename__ = "channel_exchanges"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        CheckConstraint("(attempt_id IS NULL) = (channel_account_id IS NOT NULL)", name="about"),
        CheckConstraint("subject_id IS NULL OR attempt_id IS NULL", name="subject"),
        Index("ix_channel_exchanges_attempt", "business_id", "attempt_id"),
        Index("ix_channel_exchanges_created", "business_id", "created_at"),
        Index("ix_channel_exchanges_account", *_ACCOUNTS, postgresql_where="channel_account_id IS NOT NULL"),
        Index("ix_channel_exchanges_subject", *_SUBJECT, postgresql_where="subject_id IS NOT NULL"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    operation: Mapped[str]
    method: Mapped[str]
    url: Mapped[str]
    request: Mapped[str]
    response: Mapped[str]
    http_status: Mapped[int | None] = mapped_column(Integer, default=None)
    duration_ms: Mapped[int] = mapped_column(Integer)
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)
    channel_account_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    subject_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class ChannelNotice(Tenant, Base):
    """A notice as it came in, believed or not, with the verdict (I28). One that is about no movement of money has a
    `kind`, the company's own number of its subject, and in `details` what it says. Append-only."""

    __tablename__ = "channel_notices"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        CheckConstraint("verdict IN ('accepted', 'duplicate', 'refused')", name="verdict"),
        CheckConstraint(f"kind IN {NOTICE_KINDS}", name="kind"),
        CheckConstraint("(kind IS NULL) = (subject_ref IS NULL AND details IS NULL)", name="about"),
        Index("uq_channel_notices_accepted", *_EXTERNAL, unique=True, postgresql_where="verdict = 'accepted'"),
        Index("ix_channel_notices_attempt", "business_id", "attempt_id"),
        Index("ix_channel_notices_created", "business_id", "created_at"),
        Index("ix_channel_notices_subject", *_SUBJECT, postgresql_where="subject_id IS NOT NULL"),
        Index("ix_channel_notices_kind", "business_id", "kind", *_PAGE, postgresql_where="kind IS NOT NULL"),
    )

    channel_account_id: Mapped[uuid.UUID]
    external_id: Mapped[str | None] = mapped_column(default=None)
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    raw: Mapped[bytes]
    verdict: Mapped[str]
    reason: Mapped[str]
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)
    kind: Mapped[str | None] = mapped_column(default=None)
    # Its contract of ours, where it is about one.
    subject_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    subject_ref: Mapped[str | None] = mapped_column(default=None)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)


class BankTransfer(Tenant, Base):
    """What a person says came to the bank account, or was sent from it, for an attempt; a second person confirms it.
    One that came and fits nothing goes back, which again one person does and another confirms."""

    __tablename__ = "bank_transfers"
    noun = "transfer"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("payment_attempts", "attempt_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint(
            "status IN ('recorded', 'confirmed', 'rejected', 'returning', 'sent_back', 'returned')", name="status"
        ),
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_MINOR}", name="amount"),
        # Four eyes: whoever said it is not the one who confirms it. One may take back what one said.
        CheckConstraint(
            "coalesce(decided_by <> recorded_by, false) OR status IN ('recorded', 'rejected')", name="second_person"
        ),
        CheckConstraint(
            "status <> 'returned' OR coalesce(return_decided_by <> returned_by, false)", name="second_person_back"
        ),
        Index(
            "uq_bank_transfers_open", "business_id", "attempt_id", unique=True, postgresql_where="status = 'recorded'"
        ),
        Index("uq_bank_transfers_confirmed", *_ATTEMPT, unique=True, postgresql_where="status = 'confirmed'"),
        # One line of the bank's statement is one transfer.
        Index(
            "uq_bank_transfers_reference",
            "business_id",
            "channel_account_id",
            "bank_reference",
            unique=True,
            postgresql_where="status <> 'rejected'",
        ),
        Index("ix_bank_transfers_attempt", "business_id", "attempt_id"),
        Index("ix_bank_transfers_status", "business_id", "status", "created_at"),
    )

    attempt_id: Mapped[uuid.UUID]
    channel_account_id: Mapped[uuid.UUID]
    direction: Mapped[str]
    status: Mapped[str] = mapped_column(default="recorded")
    version: Mapped[int] = mapped_column(Integer, default=1)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    # The bank's own number of it, the day it was booked, and who is at its other end.
    bank_reference: Mapped[str]
    booked_on: Mapped[date] = mapped_column(Date)
    counterparty: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str]
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    return_reference: Mapped[str | None] = mapped_column(default=None)
    returned_on: Mapped[date | None] = mapped_column(Date, default=None)
    returned_by: Mapped[str | None] = mapped_column(default=None)
    return_decided_by: Mapped[str | None] = mapped_column(default=None)
