"""Everything about one order on one page: money, lines, payments with their exchanges, ledger, deliveries, notes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, func, select

from app.core import db
from app.core.db.models import StateChange
from app.core.db.typed import Model
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.checkout.agreements.models import Agreement
from app.domain.fulfilment.models import Delivery, DownloadRight, DownloadUse, Entitlement, Grant
from app.domain.ledger.models import LedgerJournal
from app.domain.marketing.models import CouponUse, PromotionUse
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import AgreementAcceptance, Order, OrderNote
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.reservations.states import OPEN
from app.domain.orders.states import PAYABLE, REFUNDABLE, OrderStatus
from app.domain.payments.models import PAYING_KINDS, PaymentTransaction
from app.domain.payments.states import UNDECIDED, AttemptStatus, TransactionStatus
from app.domain.reconciliation.models import Case
from app.lib.some import some
from app.read.ledger.journals import Journal, with_entries
from app.read.orders.order_lines import Part, lines_of, parts_of
from app.read.orders.order_messages import mails_about, webhooks_about
from app.read.orders.order_rows import AcceptanceRow, DeliveryRow, LineRow, WebhookRow
from app.read.payments.attempts import Attempt, Transaction, attempts_of, with_archived
from app.read.related import MAX_ROWS, changes_of

_LINES = db.prepared(lines_of().limit(MAX_ROWS))


@dataclass(frozen=True)
class MoneySummary:
    """The order's money in minor units of its currency."""

    currency: str
    total_minor: int
    paid_minor: int
    refunded_minor: int
    returning_minor: int  # refunds that are asked for and not decided

    @property
    def kept_minor(self) -> int:
        """What is left of the payment once refunds under way succeed."""
        return self.paid_minor - self.refunded_minor - self.returning_minor

    @property
    def refundable_minor(self) -> int:
        """What may still be refunded: paid, less refunded, less on its way."""
        return max(0, self.kept_minor)


@dataclass(frozen=True)
class Source:
    """Where an order's money comes from; `name` is empty for the buyer's balance while its share is only held."""

    name: str
    amount_minor: int
    refunded_minor: int
    status: str


@dataclass(frozen=True)
class OrderPage:
    """One order and all that hangs on it; every sequence is oldest first."""

    order: Order
    money: MoneySummary
    lines: tuple[LineRow, ...]
    transactions: tuple[Transaction, ...]
    journals: tuple[Journal, ...]
    deliveries: tuple[DeliveryRow, ...]
    agreements: tuple[AcceptanceRow, ...]
    discounts: tuple[PromotionUse, ...]
    coupons: tuple[CouponUse, ...]
    notes: tuple[OrderNote, ...]
    cases: tuple[Case, ...]
    changes: tuple[StateChange, ...]
    reservations: tuple[Reservation, ...]
    mails: tuple[Mail, ...]
    webhooks: tuple[WebhookRow, ...]
    approvals: tuple[Approval, ...]

    @property
    def waiting_minor(self) -> int:
        """Refunds that somebody else has to approve first."""
        return sum(
            row.amount_minor or 0
            for row in self.approvals
            if row.kind == "refund" and row.status == ApprovalStatus.REQUESTED
        )

    @property
    def discount_minor(self) -> int:
        """What promotions and coupons took off."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What paid the order, or is to pay it now, when that is more than one: from outside first."""
        back: dict[uuid.UUID, int] = defaultdict(int)
        for each in self.transactions:
            if each.row.kind == "refund" and each.row.status == TransactionStatus.SUCCEEDED:
                back[some(each.row.charge_attempt_id)] += each.row.amount_minor
        tries = [try_ for each in self.transactions if each.row.kind in PAYING_KINDS for try_ in each.attempts]
        found = [
            Source(attempt.account_name, attempt.row.amount_minor, back[attempt.row.id], attempt.row.status)
            for attempt in sorted(tries, key=lambda each: each.row.channel == "wallet")
            if attempt.row.applied and attempt.row.status in (*UNDECIDED, AttemptStatus.SUCCEEDED)
        ]
        held = [Source("", some(row.amount_minor), 0, "reserved") for row in self.reservations if _is_share(row)]
        whole = [*found, *held]
        return tuple(whole) if len(whole) > 1 else ()

    @property
    def is_refundable(self) -> bool:
        """Whether a refund may be asked for now."""
        return self.order.status in REFUNDABLE and self.money.refundable_minor > 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is delivered and refunded on its own."""
        return parts_of(self.lines)

    @property
    def is_closable(self) -> bool:
        """Whether it may be closed by hand now."""
        return self.order.status in PAYABLE

    @property
    def is_completable(self) -> bool:
        """Whether somebody may say now that the goods arrived."""
        return self.order.status == OrderStatus.FULFILLED

    @property
    def undecided(self) -> tuple[Attempt, ...]:
        """Attempts whose end nobody knows yet."""
        return tuple(
            attempt
            for transaction in self.transactions
            for attempt in transaction.attempts
            if attempt.row.status in UNDECIDED
        )

    @property
    def pollable(self) -> tuple[Attempt, ...]:
        """Those of them that a company can be asked about."""
        return tuple(attempt for attempt in self.undecided if not attempt.is_manual)

    @property
    def manual_attempts(self) -> tuple[Attempt, ...]:
        """Those of them that people have to find out about."""
        return tuple(attempt for attempt in self.undecided if attempt.is_manual)


def order_page(business_id: uuid.UUID, order_id: uuid.UUID) -> OrderPage:
    """The order with everything about it.

    Raises:
        NotFound: the business has no such order.
    """
    with db.reading(business_id):
        order = db.get(Order, order_id)
        transactions = _transactions(business_id, order_id)
        deliveries = _deliveries(business_id, order_id)
        subjects = [order_id, *(delivery.id for delivery in deliveries)]
        approvals = _approvals(business_id, order_id)
        objects = [*subjects, *(transaction.row.id for transaction in transactions)]
        subjects += [row.id for row in approvals]
        for transaction in transactions:
            subjects += [transaction.row.id, *(attempt.row.id for attempt in transaction.attempts)]
            subjects += [statement.id for attempt in transaction.attempts for statement in attempt.transfers]
        page = OrderPage(
            order=order,
            money=_money(order, transactions),
            lines=tuple(db.rows(_LINES, orders=[order_id])),
            transactions=transactions,
            journals=with_entries(
                business_id, _of_order(LedgerJournal, business_id, order_id, LedgerJournal.created_at)
            ),
            deliveries=deliveries,
            agreements=_agreements(business_id, order_id),
            discounts=_of_order(PromotionUse, business_id, order_id, PromotionUse.id),
            coupons=_of_order(CouponUse, business_id, order_id, CouponUse.id),
            notes=_of_order(OrderNote, business_id, order_id, OrderNote.created_at),
            cases=_of_order(Case, business_id, order_id, Case.created_at),
            changes=changes_of(business_id, subjects),
            reservations=_of_order(Reservation, business_id, order_id, Reservation.created_at),
            mails=mails_about(business_id, order_id),
            webhooks=webhooks_about(business_id, objects),
            approvals=approvals,
        )
    return replace(page, transactions=with_archived(business_id, page.transactions))


def _is_share(row: Reservation) -> bool:
    return row.kind == "wallet" and row.status in OPEN


def _approvals(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[Approval, ...]:
    table = db.table(Approval)
    query = select(table).where(table.c.business_id == business_id, table.c.subject_id == order_id)
    return tuple(db.rows(query.order_by(table.c.created_at).limit(MAX_ROWS)))


def _of_order(model: type[Model], business_id: uuid.UUID, order_id: uuid.UUID, order_by: Any) -> tuple[Model, ...]:
    table = db.table(model)
    query = select(table).where(table.columns.business_id == business_id, table.columns.order_id == order_id)
    return tuple(db.rows(query.order_by(order_by).limit(MAX_ROWS)))


def _money(order: Order, transactions: Sequence[Transaction]) -> MoneySummary:
    returning = sum(
        transaction.row.amount_minor
        for transaction in transactions
        if transaction.row.kind == "refund"
        and transaction.row.status == TransactionStatus.OPEN
        and any(attempt.row.applied for attempt in transaction.attempts)
    )
    return MoneySummary(order.currency, order.total_minor, order.paid_minor, order.refunded_minor, returning)


def _transactions(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[Transaction, ...]:
    rows = _of_order(PaymentTransaction, business_id, order_id, PaymentTransaction.created_at)
    attempts = attempts_of(business_id, [row.id for row in rows]) if rows else {}
    return tuple(Transaction(row, tuple(attempts.get(row.id, ()))) for row in rows)


def _deliveries(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[DeliveryRow, ...]:
    deliveries, entitlements, grants = db.table(Delivery), db.table(Entitlement), db.table(Grant)
    uses, rights = db.table(DownloadUse), db.table(DownloadRight)
    fetched = (
        select(func.sum(uses.c.used))
        .join(rights, and_(rights.c.business_id == uses.c.business_id, rights.c.id == uses.c.right_id))
        .where(uses.c.business_id == deliveries.c.business_id, rights.c.delivery_id == deliveries.c.id)
    )
    query = (
        select(
            deliveries,
            entitlements.c.id.label("entitlement_id"),
            entitlements.c.status.label("entitlement_status"),
            entitlements.c.starts_at,
            entitlements.c.ends_at,
            entitlements.c.level,
            *(
                grants.columns[name]
                for name in ("granted", "currency", "clawed_back", "owed", "written_off", "revoked_at")
            ),
            fetched.scalar_subquery().label("fetched"),
        )
        .outerjoin(
            entitlements,
            and_(entitlements.c.business_id == deliveries.c.business_id, entitlements.c.delivery_id == deliveries.c.id),
        )
        .outerjoin(
            grants, and_(grants.c.business_id == deliveries.c.business_id, grants.c.delivery_id == deliveries.c.id)
        )
        .where(deliveries.c.business_id == business_id, deliveries.c.order_id == order_id)
        .order_by(deliveries.c.created_at)
        .limit(MAX_ROWS)
    )
    return tuple(db.rows(db.select_as(DeliveryRow, query)))


def _agreements(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[AcceptanceRow, ...]:
    accepted, agreements = db.table(AgreementAcceptance), db.table(Agreement)
    query = (
        select(accepted, agreements.c.title, agreements.c.revision, agreements.c.code)
        .join(
            agreements,
            and_(agreements.c.business_id == accepted.c.business_id, agreements.c.id == accepted.c.agreement_id),
        )
        .where(accepted.c.business_id == business_id, accepted.c.order_id == order_id)
        .order_by(accepted.c.created_at)
        .limit(MAX_ROWS)
    )
    return tuple(db.rows(db.select_as(AcceptanceRow, query)))
