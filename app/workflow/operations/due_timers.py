"""What time alone brings about for a business: the moments at which something is due, and the sweep that does it.

Workers run the sweeps for all businesses together, by everybody's time (worker/jobs.py). One with a test clock gets
them for itself, by its own time and in the order of these moments (advance_test_clock.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, func, literal, select, union_all

from app.core import clock, db
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.catalog.states import ProductStatus
from app.domain.fulfilment.models import BuyerMembership, Delivery
from app.domain.marketing.campaigns.models import Campaign
from app.domain.marketing.campaigns.states import OPEN, CampaignStatus
from app.domain.marketing.models import Coupon
from app.domain.marketing.states import CouponStatus
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.rules import CLOSING_GRACE
from app.domain.orders.states import PAYABLE, OrderStatus, SessionStatus
from app.domain.payments.channel_bills.models import ChannelBill
from app.domain.payments.disputes.models import Dispute
from app.domain.payments.models import PaymentAttempt
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus
from app.domain.settlement.partners.models import Partner
from app.domain.signing.models import Contract, Mandate
from app.workflow.catalog import schedule_products
from app.workflow.fulfilment import deliver_line, refresh_memberships
from app.workflow.marketing import expire_coupons, run_campaigns
from app.workflow.notifications import send_mail
from app.workflow.orders import close_orders, complete_orders, reserve_remotely
from app.workflow.payments import follow_disputes, poll_undecided, recheck_payouts
from app.workflow.payments.bills import compare_bills, fetch_bills
from app.workflow.settlement import close_batches
from app.workflow.subscriptions import follow_mandates, remind_charges, renew_contracts

Moments = Select[Any]
# Sweeps of areas that know this one; worker/jobs.py hands them in.
handed_in: dict[str, Callable[[], int]] = {}


@dataclass(frozen=True)
class Timer:
    """The job of worker/jobs.py by this name has something to do at each of the moments that `due` finds."""

    job: str
    work: Callable[[], int]
    due: tuple[Moments, ...]


def _of(model: Any, at: SQLColumnExpression[Any], *conditions: SQLColumnExpression[bool]) -> Moments:
    """These moments of the business's rows of a table, where there are any."""
    return select(at.label("at")).where(model.business_id == db.HERE, at.is_not(None), *conditions)


def _sweep_cases() -> int:
    return handed_in["sweep_cases"]()


_COMPLETES_AT = Order.fulfilled_at + func.make_interval(0, 0, 0, 0, 0, 0, Business.auto_confirm_s)
_ON_ITS_WAY = (ProductStatus.SCHEDULED, ProductStatus.ON_SALE)
# In the order in which what is due at one moment is done.
TIMERS = (
    Timer("poll_undecided", poll_undecided.poll_due, (_of(PaymentAttempt, PaymentAttempt.next_poll_at),)),
    Timer("recheck_payouts", recheck_payouts.recheck_due, (_of(PaymentAttempt, PaymentAttempt.recheck_at),)),
    Timer("deliver_due", deliver_line.deliver_due, (_of(Delivery, Delivery.next_attempt_at),)),
    Timer("finalise_reservations", reserve_remotely.finalise_due, (_of(Reservation, Reservation.next_attempt_at),)),
    Timer(
        "close_due",
        close_orders.close_due,
        (
            _of(Order, Order.expires_at, Order.status.in_(PAYABLE)),
            # One with a payment that is undecided has until then.
            _of(Order, Order.expires_at + CLOSING_GRACE, Order.status == OrderStatus.PAYING),
            _of(
                CheckoutSession,
                CheckoutSession.expires_at,
                CheckoutSession.status == SessionStatus.OPEN,
                CheckoutSession.order_id.is_(None),
            ),
        ),
    ),
    Timer(
        "complete_due",
        complete_orders.complete_due,
        (_of(Order, _COMPLETES_AT, Order.status == OrderStatus.FULFILLED, Business.id == Order.business_id),),
    ),
    Timer(
        "keep_schedules",
        schedule_products.keep_schedules,
        (
            _of(Product, Product.on_sale_at, Product.status == ProductStatus.SCHEDULED),
            _of(Product, Product.off_sale_at, Product.status.in_(_ON_ITS_WAY)),
        ),
    ),
    Timer(
        "expire_coupons",
        expire_coupons.expire_due,
        (_of(Coupon, Coupon.expires_at, Coupon.status == CouponStatus.ISSUED),),
    ),
    Timer("refresh_memberships", refresh_memberships.refresh_due, (_of(BuyerMembership, BuyerMembership.due_at),)),
    Timer(
        "remind_charges", remind_charges.remind_due, (_of(Contract, remind_charges.REMINDS_AT, *remind_charges.WAITS),)
    ),
    Timer("renew_due", renew_contracts.renew_due, (_of(Contract, Contract.acts_at),)),
    Timer("follow_mandates", follow_mandates.follow_due, (_of(Mandate, Mandate.next_poll_at),)),
    Timer("follow_disputes", follow_disputes.follow_due, (_of(Dispute, Dispute.next_poll_at),)),
    Timer("compare_bills", compare_bills.compare_due, (_of(ChannelBill, ChannelBill.compare_at),)),
    Timer("fetch_bills", fetch_bills.fetch_due, (_of(ChannelBill, ChannelBill.next_attempt_at),)),
    Timer("close_batches", close_batches.close_due, (_of(Partner, Partner.settles_at),)),
    Timer(
        "run_campaigns",
        run_campaigns.run_due,
        (
            _of(Campaign, Campaign.next_run_at),
            _of(Campaign, Campaign.starts_at, Campaign.status == CampaignStatus.SCHEDULED),
            _of(Campaign, Campaign.ends_at, Campaign.status.in_(OPEN)),
        ),
    ),
    Timer("send_mail", send_mail.send_due, (_of(Mail, Mail.next_attempt_at),)),
    # Finds cases by looking as well, and so runs now and then besides.
    Timer("sweep_cases", _sweep_cases, (_of(Case, Case.escalates_at, Case.status == CaseStatus.OPEN),)),
)
LOOKS = "sweep_cases"
# Jobs that are no business's deadlines: by everybody's time alone, each with the reason.
EVERYBODYS = {
    "drain": "Events are due at once; their retries are the installation's.",
    "fetch_platform_keys": "The keys of payment companies end by their clocks.",
    "send_user_mail": "Mails to people of the portal belong to people.",
    "send_alerts": "People read alerts in their own time.",
    "raise_alerts": "People read alerts in their own time.",
    "send_reports": "People read reports on their own mornings.",
    "sweep_approvals": "What protects money and access waits in the time of people.",
    "end_sessions": "Sessions belong to people.",
    "seal_audit_log": "The audit log has the database's time.",
    "bulk_due": "Begun at once, with no deadline.",
    "import_due": "Begun at once, with no deadline.",
    "export_due": "Begun at once, with no deadline.",
    "register_buyers": "Makes buyers of who paid, whatever the time.",
    "follow_merges": "Follows what was merged, whatever the time.",
    "count_metrics": "Counts what there is, whatever its time.",
    "roll_up_ledger": "Sums up what there is, whatever its time.",
    "roll_up_all": "Sums up what there is, whatever its time.",
    "discard_imports": "Storage is the installation's: what goes, goes by everybody's time.",
    "prune_personal": "Storage is the installation's: what goes, goes by everybody's time.",
    "keep_parts": "Storage is the installation's.",
    "sweep_files": "Storage is the installation's.",
    "prune_keys": "Storage is the installation's.",
    "prune_refused_counts": "Storage is the installation's.",
    "prune_day_totals": "Storage is the installation's.",
    "prune_user_mails": "Storage is the installation's.",
    "run_test_clocks": "Moves the clocks themselves.",
}


class _Moment(db.JoinedRow):
    at: datetime | None


class _Due(db.JoinedRow):
    job: str


_ALL = union_all(
    *(select(literal(timer.job).label("job"), due.subquery().c.at.label("at")) for timer in TIMERS for due in timer.due)
).subquery("timers")
_NEXT = db.select_as(_Moment, select(func.min(_ALL.c.at).label("at")))
_NOW = db.select_as(_Due, select(_ALL.c.job).distinct())


def next_due(business_id: uuid.UUID, after: datetime) -> datetime | None:
    """The first moment after this one at which something is due; None when nothing will be."""
    with db.reading(business_id):
        row = db.first(_NEXT.where(_ALL.c.at > after))
    return None if row is None else row.at


def due_now(business_id: uuid.UUID) -> Sequence[Timer]:
    """What is due by the business's time, in the order in which it is done."""
    with db.reading(business_id):
        names = {row.job for row in db.rows(_NOW.where(_ALL.c.at <= clock.now()))}
    return [timer for timer in TIMERS if timer.job in names]
