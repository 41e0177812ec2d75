"""Tables of the business noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, false, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows, SharedRows
from app.core.db.models import Tenant, tenant_key
from app.core.files import store
from app.core.ids import new_id
from app.domain.accounts.business.api_versions import NEWEST
from app.domain.accounts.business.resources import OwnLimits
from app.domain.accounts.business.switch_kinds import OwnSwitches
from app.domain.accounts.business.tiers import TierLimits

_PEOPLE: ARRAY[uuid.UUID] = ARRAY(UUID(as_uuid=True))
_WAITING = "accepted_at IS NULL AND revoked_at IS NULL"


class Business(Base):
    """One seller in one mode; test and live are two rows that know each other."""

    __tablename__ = "businesses"
    guard = SharedRows(seen="id = current_business", audit=Audit())
    __table_args__ = (
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("alone_waits_h BETWEEN 1 AND 72", name="alone_waits_h"),
        CheckConstraint("suspended IN ('read_only', 'no_new_payments')", name="suspended"),
        CheckConstraint(
            "(suspended IS NULL) = (suspended_reason IS NULL) AND (suspended IS NULL) = (suspended_at IS NULL)",
            name="suspended_why",
        ),
        CheckConstraint("erased_at IS NULL OR closed_at IS NOT NULL", name="erased"),
        CheckConstraint("clears_on IN ('completion', 'payment')", name="clears_on"),
        CheckConstraint("order_numbers IN ('random', 'sequence')", name="order_numbers"),
        Index("uq_businesses_twin", "twin_id", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    mode: Mapped[str] = mapped_column(default="test")
    twin_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("businesses.id"), default=None)
    # Since when a live one may take payments; one in test mode needs no leave.
    activated_at: Mapped[datetime | None] = mapped_column(default=None)
    # What the operator took from it, and why: `read_only`, or `no_new_payments`.
    suspended: Mapped[str | None] = mapped_column(default=None)
    suspended_reason: Mapped[str | None] = mapped_column(default=None)
    suspended_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    erased_at: Mapped[datetime | None] = mapped_column(default=None)
    # Who it is by law: address and footer have several lines, the country is ISO 3166 alpha-2.
    legal_name: Mapped[str | None] = mapped_column(default=None)
    legal_address: Mapped[str | None] = mapped_column(default=None)
    country: Mapped[str | None] = mapped_column(default=None)
    tax_number: Mapped[str | None] = mapped_column(default=None)
    support_phone: Mapped[str | None] = mapped_column(default=None)
    receipt_footer: Mapped[str | None] = mapped_column(default=None)
    # Language tags and currencies that it sells in; empty for all.
    languages: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    currencies: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    allowed_origins: Mapped[list[Any]] = mapped_column(default=list)
    pay_deadline_s: Mapped[int] = mapped_column(Integer, default=1800)
    # How orders fall into parts: a strategy of domain/orders/splits.
    split_by: Mapped[str] = mapped_column(default="delivery_kind")
    # What buyers know it by: where they write to, its shop, and its logo as a file in each width.
    contact_email: Mapped[str | None] = mapped_column(default=None)
    website: Mapped[str | None] = mapped_column(default=None)
    logo_key: Mapped[str | None] = mapped_column(store.FileKey, default=None)
    logo_widths: Mapped[list[Any]] = mapped_column(default=list)
    logo_height: Mapped[int] = mapped_column(Integer, default=0)  # of the widest
    # How its panel looks (domain/business/appearance), and how often that was changed.
    appearance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    appearance_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    auto_confirm_s: Mapped[int] = mapped_column(Integer, default=604800)
    # From how much money on somebody else has to approve: kind → currency → minor units (see rules.py).
    approval_limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Whether its people need a second factor to sign in.
    requires_second_factor: Mapped[bool] = mapped_column(Boolean, default=False)
    # From how much on a refund raises an alert: currency → minor units.
    large_refunds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Whether adding a channel account, or changing where its money goes, takes two people.
    channels_need_approval: Mapped[bool] = mapped_column(Boolean, default=False)
    # Whether its only owner decides alone, after so many hours, what otherwise takes two (decide_alone.py).
    decides_alone: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    alone_waits_h: Mapped[int] = mapped_column(Integer, default=24, server_default="24")
    # For how many days after the payment people refund, and for which reasons; none for any: settings/.
    refund_window_days: Mapped[int | None] = mapped_column(Integer, default=None)
    # How many days before the end members are reminded of it: settings/.
    membership_reminder_days: Mapped[int | None] = mapped_column(Integer, default=7, server_default="7")
    # How many days before a charge buyers are reminded of it, and which mails they do not get: settings/.
    charge_reminder_days: Mapped[int | None] = mapped_column(Integer, default=3, server_default="3")
    silent_mails: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    refund_reasons: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Which kinds of cases are urgent (none: those of the registry), and which roles are alerted of a kind: settings/.
    urgent_cases: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    case_recipients: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # Whether receipts say which tax prices include, and how receipts are numbered: domain/orders/receipts.
    prices_include_tax: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    receipt_format: Mapped[str] = mapped_column(default="R-{number}", server_default="R-{number}")
    receipt_start: Mapped[int] = mapped_column(default=1, server_default="1")
    credit_note_format: Mapped[str] = mapped_column(default="C-{number}", server_default="C-{number}")
    credit_note_start: Mapped[int] = mapped_column(default=1, server_default="1")
    # Whether buyers can have receipts made out to a company, and how many days after paying at the latest.
    company_receipts: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    company_receipt_days: Mapped[int] = mapped_column(Integer, default=30, server_default="30")
    # How orders are numbered: domain/orders/numbers.py.
    order_numbers: Mapped[str] = mapped_column(default="random", server_default="random")
    order_number_format: Mapped[str] = mapped_column(default="{number}", server_default="{number}")
    order_number_start: Mapped[int] = mapped_column(default=1, server_default="1")
    # Who closes unpaid orders by hand (roles and `key`; none: whoever may change orders), and whether while a payment
    # is on its way: settings/.
    close_roles: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    close_while_paying: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    # Where buyers may be sent back to (none: anywhere), and where to when nobody says so.
    return_origins: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    return_url: Mapped[str | None] = mapped_column(default=None)
    # When calls to a company pause: so many failures of paying, or of asking, within a minute; and for how long first.
    breaker_failures: Mapped[int] = mapped_column(Integer, default=8, server_default="8")
    breaker_query_failures: Mapped[int] = mapped_column(Integer, default=8, server_default="8")
    breaker_pause_s: Mapped[int] = mapped_column(Integer, default=15, server_default="15")
    # How many channel accounts it has at most, how many a payment is tried at, and how often a webhook is sent.
    max_channel_accounts: Mapped[int] = mapped_column(Integer, default=100, server_default="100")
    accounts_tried: Mapped[int] = mapped_column(Integer, default=3, server_default="3")
    webhook_attempts: Mapped[int] = mapped_column(Integer, default=10, server_default="10")
    # Which alerts are mailed to people who have not chosen (none: those of their role).
    alert_defaults: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    # For how many days it keeps which kind of data: domain/accounts/privacy/kinds.
    keep_unpaid_days: Mapped[int] = mapped_column(Integer, default=90, server_default="90")
    keep_agreements_days: Mapped[int] = mapped_column(Integer, default=1095, server_default="1095")
    keep_risk_lists_days: Mapped[int] = mapped_column(Integer, default=365, server_default="365")
    keep_risk_decisions_days: Mapped[int] = mapped_column(Integer, default=90, server_default="90")
    keep_exchanges_days: Mapped[int] = mapped_column(Integer, default=540, server_default="540")
    keep_refused_days: Mapped[int] = mapped_column(Integer, default=30, server_default="30")
    keep_mails_days: Mapped[int] = mapped_column(Integer, default=180, server_default="180")
    keep_webhooks_days: Mapped[int] = mapped_column(Integer, default=30, server_default="30")
    keep_requests_days: Mapped[int] = mapped_column(Integer, default=30, server_default="30")
    keep_answers_days: Mapped[int] = mapped_column(Integer, default=2, server_default="2")
    keep_exports_days: Mapped[int] = mapped_column(Integer, default=7, server_default="7")
    keep_alerts_days: Mapped[int] = mapped_column(Integer, default=90, server_default="90")
    keep_invitations_days: Mapped[int] = mapped_column(Integer, default=90, server_default="90")
    # Of the request that opened it, where a program did: the same key with another body is refused.
    opening_hash: Mapped[str | None] = mapped_column(default=None)
    # When lines are divided among partners: domain/settlement.
    clears_on: Mapped[str] = mapped_column(default="completion", server_default="completion")
    # How much it may ask of a scenario where the operator has set so: domain/accounts/business/tiers.
    tier_limits: Mapped[TierLimits] = mapped_column(JSONB, default=dict, server_default="{}")
    # What the operator has switched off here, by kind, until when and why: domain/accounts/business/switches.
    switches: Mapped[OwnSwitches] = mapped_column(JSONB, default=dict, server_default="{}")
    # How much it may own where the operator has set so, why, and since when: domain/accounts/business/resources.
    resource_limits: Mapped[OwnLimits] = mapped_column(JSONB, default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(default=now)


# Whoever has, or had, a seat at the business or visited it: their names stand in its lists and its audit log.
_OF_THE_TEAM = " OR ".join(
    f"EXISTS (SELECT FROM {table} t WHERE t.business_id = current_business AND t.user_id = users.id)"
    for table in ("memberships", "visits")
)


class User(Base):
    """Somebody who signs in; belongs to no business, may act for several."""

    __tablename__ = "users"
    guard = SharedRows(seen=_OF_THE_TEAM, columns=("id", "email", "name", "is_operator", "created_at"), audit=None)
    __table_args__ = (Index("uq_users_email", "email", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    # Runs the installation, and may visit every business (workflow/accounts/people/visit_business.py).
    is_operator: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Role(Tenant, Base):
    """A role that a business has put together itself; `version` counts its changes. One that nobody has any more may be
    archived."""

    __tablename__ = "roles"
    noun = "role"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        Index("uq_roles_name", "business_id", "name", unique=True, postgresql_where="archived_at IS NULL"),
    )

    name: Mapped[str]
    permissions: Mapped[list[Any]] = mapped_column(default=list)
    # Up to how much money somebody of this role moves alone: kind → currency → minor units (types.Powers).
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    archived_at: Mapped[datetime | None] = mapped_column(default=None)


class Membership(Tenant, Base):
    """What a person may do for a business, until they leave; who comes back has the same row again. `sponsored_by` are
    the people who brought them, or gave them more to do, at `sponsored_at`: see independence.py."""

    __tablename__ = "memberships"
    noun = "member of the team"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("roles", "role_id"),
        CheckConstraint("(role = 'custom') = (role_id IS NOT NULL)", name="role"),
        CheckConstraint("(sponsored_by = '{}') = (sponsored_at IS NULL)", name="sponsored"),
        CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND confirmed_by <> ALL (sponsored_by || user_id)",
            name="confirmed",
        ),
        Index("uq_memberships_user", "business_id", "user_id", unique=True),
        Index("ix_memberships_role", "business_id", "role_id", postgresql_where="role_id IS NOT NULL"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    role_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    sponsored_by: Mapped[list[uuid.UUID]] = mapped_column(_PEOPLE, default=list, server_default="{}")
    sponsored_at: Mapped[datetime | None] = mapped_column(default=None)
    # The owner who has said that they are somebody of their own.
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    # When somebody else took the ownership, or the seat, of an owner.
    ownership_ended_at: Mapped[datetime | None] = mapped_column(default=None)


class Visit(Tenant, Base):
    """An operator in a seat of this business, from `created_at` to `ended_at`, at most to `ends_at`."""

    __tablename__ = "visits"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= created_at", name="ended"),
        Index("ix_visits_user", "business_id", "user_id", "ends_at"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str]
    may_change: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class Invitation(Tenant, Base):
    """Somebody is asked into the team, by a signed link that names this row and its `round`; inviting them once more
    makes every link before useless. It waits until it is accepted, revoked or too old."""

    __tablename__ = "invitations"
    noun = "invitation"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("roles", "role_id"),
        CheckConstraint("(role = 'custom') = (role_id IS NOT NULL)", name="role"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ended"),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted"),
        Index("uq_invitations_waiting", "business_id", "email", unique=True, postgresql_where=_WAITING),
        Index("ix_invitations_created", "business_id", "created_at", "id"),
    )

    email: Mapped[str]
    role: Mapped[str]
    role_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    round: Mapped[int] = mapped_column(Integer, default=1)
    invited_by: Mapped[str]
    # The people behind those who have invited this address.
    principals: Mapped[list[uuid.UUID]] = mapped_column(_PEOPLE, default=list, server_default="{}")
    invited_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    accepted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class Approval(Tenant, Base):
    """Something that one person asked for and another has to approve. `payload` is what was asked, with `secrets`
    beside it, encrypted, until it is decided; `transaction_id` is the movement it makes when it is approved (its own
    id, where no money moves), `subject_id` the order or channel account it is about. `requester_principals` and
    `decider_principals` are the people behind who asked and who decided; what is approved is not carried out before
    `not_before`. Where nobody else could decide, `decided_alone_by` showed a second factor at `second_factor_at`; that
    still nobody could was seen at `alone_checked_at`, just before it was carried out."""

    __tablename__ = "approvals"
    noun = "approval"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint(
            "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'membership', 'channel',"
            " 'transition', 'limits', 'erasure', 'closure', 'bank_transfer', 'payment_order', 'settlement',"
            " 'adjustment', 'business_erasure', 'split_rule', 'partner_payee', 'settlement_batch', 'risk_rules')",
            name="kind",
        ),
        CheckConstraint(
            "amount_minor IS NOT NULL AND currency IS NOT NULL"
            " OR kind NOT IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up')",
            name="amount",
        ),
        CheckConstraint("secrets = '{}'::jsonb OR status IN ('requested', 'approved')", name="secrets"),
        CheckConstraint("status IN ('requested', 'approved', 'rejected', 'expired', 'done', 'failed')", name="status"),
        CheckConstraint("decided_by IS DISTINCT FROM requested_by", name="somebody_else"),
        CheckConstraint("NOT requester_principals && decider_principals", name="others"),
        CheckConstraint("(decided_by IS NOT NULL) = (status NOT IN ('requested', 'expired'))", name="decided"),
        CheckConstraint(
            "(decided_alone_by IS NULL) = (second_factor_at IS NULL)"
            " AND (decided_alone_by IS NOT NULL) = coalesce(decided_by = 'system:waited', false)",
            name="alone",
        ),
        Index("uq_approvals_transaction", "business_id", "transaction_id", unique=True),
        Index("ix_approvals_created", "business_id", "created_at", "id"),
        Index("ix_approvals_subject", "business_id", "subject_id", postgresql_where="subject_id IS NOT NULL"),
        Index("ix_approvals_open", "business_id", "expires_at", postgresql_where="status IN ('requested', 'approved')"),
    )

    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="requested")
    version: Mapped[int] = mapped_column(Integer, default=1)
    amount_minor: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str | None] = mapped_column(default=None)
    subject_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    transaction_id: Mapped[uuid.UUID]
    payload: Mapped[dict[str, Any]]
    secrets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str]
    requested_by: Mapped[str]
    requester_principals: Mapped[list[uuid.UUID]] = mapped_column(_PEOPLE, default=list, server_default="{}")
    expires_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decider_principals: Mapped[list[uuid.UUID]] = mapped_column(_PEOPLE, default=list, server_default="{}")
    # What a key that approved might approve in a day then, in minor units or points.
    key_limit_minor: Mapped[int | None] = mapped_column(default=None)
    not_before: Mapped[datetime | None] = mapped_column(default=None)
    decided_alone_by: Mapped[str | None] = mapped_column(default=None)
    second_factor_at: Mapped[datetime | None] = mapped_column(default=None)
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)
    alone_checked_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decision: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")


class ApiKey(Tenant, Base):
    """A key for programs; of one for servers, only its hash is kept. `scopes` are what a restricted one may do (see
    scopes.py), `addresses` the networks it may be used from (all when there are none); `replaced_by` is the key that it
    was rolled to, `api_version` the API it was made for. `principals` are the people behind it: whoever could have its
    text, or let it do what it does."""

    __tablename__ = "api_keys"
    noun = "key"
    guard = BusinessRows(audit=Audit(secret=("secret_hash",), ignored=("last_used_at", "last_used_address")))
    __table_args__ = (
        CheckConstraint("kind IN ('secret', 'publishable', 'restricted')", name="kind"),
        CheckConstraint("(kind = 'restricted') = (scopes <> '[]')", name="scopes"),
        CheckConstraint("public_text IS NULL OR kind = 'publishable'", name="public_text"),
        Index("uq_api_keys_hash", "secret_hash", "business_id", unique=True),
    )

    name: Mapped[str]
    kind: Mapped[str]
    hint: Mapped[str]  # the first letters and the last four, to recognise it by
    secret_hash: Mapped[str]
    public_text: Mapped[str | None] = mapped_column(default=None)
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    principals: Mapped[list[uuid.UUID]] = mapped_column(_PEOPLE, default=list, server_default="{}")
    # Up to how much a day it may approve what others ask for: kind → currency → minor units; nothing when empty.
    approval_limits: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    addresses: Mapped[list[Any]] = mapped_column(default=list)
    api_version: Mapped[str] = mapped_column(default=NEWEST)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    replaced_by: Mapped[uuid.UUID | None] = mapped_column(default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    last_used_address: Mapped[str | None] = mapped_column(default=None)
    revoked: Mapped[bool] = mapped_column(Boolean, default=False)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
