"""The whole choreography on one screen: what follows which event. A handler may be called twice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core import outbox
from app.core.outbox import BatchHandler, Event, Handler
from app.domain.webhooks.events import INTERNAL_TOPICS
from app.workflow.fulfilment.fulfil_order import fulfil_here, fulfil_order, take_back, take_back_lines, take_back_lost
from app.workflow.marketing.issue_by_rule import issue_for_order
from app.workflow.marketing.return_coupons import return_coupons
from app.workflow.notifications import queue_contract_mail
from app.workflow.notifications.queue_mail import queue_parcel, queue_receipt, queue_receipts_here, queue_refund
from app.workflow.orders.make_credit_notes import make_credit_notes
from app.workflow.payments import follow_disputes
from app.workflow.payments.refund_order import refund_surplus
from app.workflow.payments.refund_undelivered import refund_undelivered
from app.workflow.settlement.clear_order import clear_order
from app.workflow.settlement.hold_disputed import hold_disputed, release_disputed
from app.workflow.steps.operations import open_event_cases
from app.workflow.subscriptions import follow_mandates
from app.workflow.subscriptions.change_terms import take_back_cut
from app.workflow.subscriptions.end_disputed import end_disputed
from app.workflow.subscriptions.refund_cancelled import refund_cancelled


def _order(event: Event) -> uuid.UUID:
    return uuid.UUID(event.payload["order_id"])


def _deliver(event: Event) -> None:
    fulfil_order(event.business_id, _order(event))


def _take_back(event: Event) -> None:
    take_back(event.business_id, _order(event))


def _issue_coupons(event: Event) -> None:
    issue_for_order(event.business_id, _order(event))


def _clear_order(event: Event) -> None:
    clear_order(event.business_id, _order(event))


def _return_coupons(event: Event) -> None:
    return_coupons(event.business_id, _order(event))


def _take_back_lines(event: Event) -> None:
    take_back_lines(event.business_id, _order(event))


def _refund_undelivered(event: Event) -> None:
    refund_undelivered(event.business_id, _order(event), uuid.UUID(event.payload["delivery_id"]))


def _refund_surplus(event: Event) -> None:
    refund_surplus(event.business_id, uuid.UUID(event.payload["attempt_id"]))


def _follow_mandate(event: Event) -> None:
    payload = event.payload
    contract_id = payload.get("contract_id")
    follow_mandates.heard(
        event.business_id,
        uuid.UUID(payload["channel_account_id"]),
        contract_id=uuid.UUID(contract_id) if contract_id else None,
        contract_no=payload["subject_ref"],
    )


def _follow_dispute(event: Event) -> None:
    payload = event.payload
    attempt_id = payload.get("attempt_id")
    follow_disputes.heard(
        event.business_id,
        uuid.UUID(payload["channel_account_id"]),
        channel_ref=payload["subject_ref"],
        attempt_id=uuid.UUID(attempt_id) if attempt_id else None,
    )


def _hold_disputed(event: Event) -> None:
    if "order_id" in event.payload:
        hold_disputed(event.business_id, event.aggregate_id, _order(event))


def _release_disputed(event: Event) -> None:
    release_disputed(event.business_id, event.aggregate_id)


def _take_back_lost(event: Event) -> None:
    if "order_id" in event.payload:
        take_back_lost(event.business_id, _order(event))


def _end_disputed(event: Event) -> None:
    if "order_id" in event.payload:
        end_disputed(event.business_id, _order(event))


def _refund_cancelled(event: Event) -> None:
    payload = event.payload
    refund_cancelled(
        event.business_id,
        uuid.UUID(payload["contract_id"]),
        _order(event),
        amount_minor=payload["amount_minor"],
        actor=payload["actor"],
    )


def _mail_receipt(event: Event) -> None:
    queue_receipt(event.business_id, _order(event))


def _mail_refund(event: Event) -> None:
    payload = event.payload
    make_credit_notes(event.business_id, _order(event))
    queue_refund(
        event.business_id,
        _order(event),
        transaction_id=uuid.UUID(payload["transaction_id"]),
        amount_minor=payload["amount_minor"],
        currency=payload["currency"],
        to_wallet=payload.get("to_wallet", False),  # not in events of before it was said
    )


def _mail_parcel(event: Event) -> None:
    queue_parcel(event.business_id, _order(event), uuid.UUID(event.payload["parcel_id"]))


def _mail_signed(event: Event) -> None:
    queue_contract_mail.queue_signed(event.business_id, event.aggregate_id)


def _mail_cancelled(event: Event) -> None:
    queue_contract_mail.queue_cancelled(event.business_id, event.aggregate_id, event_id=event.id)


def _mail_ended(event: Event) -> None:
    queue_contract_mail.queue_ended(event.business_id, event.aggregate_id)


def _mail_changed(event: Event) -> None:
    change_id = uuid.UUID(event.payload["change_id"])
    queue_contract_mail.queue_changed(event.business_id, event.aggregate_id, change_id)


def _take_back_cut(event: Event) -> None:
    if event.payload.get("order_id"):
        take_back_cut(event.business_id, _order(event))


def _mail_refused(event: Event) -> None:
    queue_contract_mail.queue_refused(event.business_id, uuid.UUID(event.payload["contract_id"]))


SUBSCRIBERS: dict[str, tuple[tuple[str, Handler], ...]] = {
    "channel_notice.contract_received": (("follow_mandate", _follow_mandate),),
    "channel_notice.payment_method_received": (("follow_mandate", _follow_mandate),),
    "channel_notice.dispute_received": (("follow_dispute", _follow_dispute),),
    "contract.refund_due": (("refund_cancelled", _refund_cancelled),),
    "contract.active": (("mail_signed", _mail_signed),),
    "contract.changed": (("take_back_cut", _take_back_cut), ("mail_changed", _mail_changed)),
    "contract.ended": (("mail_ended", _mail_ended),),
    "contract.trialing": (("mail_signed", _mail_signed),),
    "contract.updated": (("mail_cancelled", _mail_cancelled),),
    "cycle.payment_failed": (("mail_refused", _mail_refused),),
    "delivery.failed": (("refund_undelivered", _refund_undelivered),),
    # What was lost is taken back as after a refund: the buyer has the money.
    **dict.fromkeys(
        ("dispute.accepted", "dispute.lost", "dispute.partly_lost"),
        (
            ("take_back_lost", _take_back_lost),
            ("end_disputed", _end_disputed),
            ("release_disputed", _release_disputed),
        ),
    ),
    **dict.fromkeys(("dispute.closed", "dispute.won"), (("release_disputed", _release_disputed),)),
    "dispute.opened": (("hold_disputed", _hold_disputed),),
    "order.clearing_due": (("clear_order", _clear_order),),
    "order.coupons_due": (("issue_coupons", _issue_coupons),),
    "order.paid": (("deliver", _deliver), ("mail_receipt", _mail_receipt)),
    # Goods wait while all the money is on its way back; when it is not, they are owed again.
    "order.refund_failed": (("deliver", _deliver),),
    "order.refunded": (("take_back", _take_back), ("return_coupons", _return_coupons)),
    "refund.succeeded": (("take_back_lines", _take_back_lines), ("mail_refund", _mail_refund)),
    "parcel.shipped": (("mail_parcel", _mail_parcel),),
    "payment.surplus": (("refund_surplus", _refund_surplus),),
}


def _orders_paid(events: Sequence[Event]) -> None:
    order_ids = [_order(event) for event in events]
    queue_receipts_here(order_ids)
    fulfil_here(order_ids)


# The same for several events at once, in one phase.
BATCHES: dict[str, BatchHandler] = {"order.paid": _orders_paid}

# Events that nobody inside acts on; merchants' endpoints get them, and they are read at /v1/events.
PUBLIC_ONLY = frozenset(
    {
        "buyer.created",
        "buyer.erased",
        "buyer.merged",
        "buyer.updated",
        "campaign.ended",
        "campaign.paused",
        "campaign.scheduled",
        "campaign.started",
        "case.opened",
        "case.resolved",
        "case.updated",
        # What companies say about payouts and bills, for whoever will listen.
        "channel_notice.bill_received",
        "channel_notice.payout_received",
        "checkout_session.cancelled",
        "contract.change_cancelled",
        "contract.change_failed",
        "contract.change_scheduled",
        "contract.past_due",
        "contract.paused",
        "contract.resumed",
        "clearing.cleared",
        "clearing.reversed",
        "coupon.expired",
        "coupon.issued",
        "coupon.returned",
        "coupon.used",
        "coupon.revoked",
        "checkout_session.completed",
        "checkout_session.expired",
        "cycle.paid",
        "cycle.refunded",
        "cycle.skipped",
        "cycle.unpaid",
        "channel_bill.failed",
        "channel_bill.fetched",
        "channel_bill.late",
        "dispute.needs_response",
        "dispute.under_review",
        "delivery.delivered",
        "delivery.revocation_failed",
        "delivery.revoked",
        "membership.changed",
        "membership.ended",
        "membership.ending",
        "membership.level_changed",
        "membership.started",
        "wallet_hold.created",
        "wallet_hold.released",
        "order.closed",
        "order.completed",
        "order.created",
        "order.fulfilled",
        "order.payment_failed",
        "parcel.cancelled",
        "parcel.delivered",
        "parcel.lost",
        "parcel.packed",
        "parcel.returned",
        "partner.closed",
        "partner.created",
        "partner.resumed",
        "partner.suspended",
        "partner.updated",
        "payment.cancelled",
        "payment.failed",
        "payment.succeeded",
        "payment.unknown",
        "payment_order.approved",
        "payment_order.cancelled",
        "payment_order.completed",
        "payment_order.created",
        "payment_order.sent",
        "payout.failed",
        "payout.returned",
        "payout.succeeded",
        "seller.archived",
        "seller.created",
        "seller.restored",
        "seller.updated",
        "risk.payment_blocked",
        "risk.review_decided",
        "risk.review_opened",
        "risk.rules_off",
        "risk.rules_on",
        "product.published",
        "product.unpublished",
        "settlement.confirmed",
        "settlement.recorded",
        "settlement.rejected",
        "settlement.reversed",
        "adjustment.posted",
        "adjustment.rejected",
        "adjustment.requested",
        "adjustment.reversed",
        "settlement_batch.approved",
        "settlement_batch.closed",
        "settlement_batch.failed",
        "settlement_batch.paid",
        "settlement_batch.returned",
        "settlement_hold.placed",
        "settlement_hold.released",
        "split_rule.in_force",
        "test_clock.advancing",
        "test_clock.internal_failure",
        "test_clock.ready",
        "top_up.failed",
        "top_up.succeeded",
        "transfer.succeeded",
        "webhook.test",
        "webhook_endpoint.enabled",
        "webhook_endpoint.paused",
        "withdrawal.failed",
        "withdrawal.returned",
        "withdrawal.succeeded",
    }
)


outbox.unhandled_topics.update(PUBLIC_ONLY)
outbox.abandoned[:] = [open_event_cases.abandoned]
outbox.recovered[:] = [open_event_cases.recovered]
outbox.internal_topics.update(INTERNAL_TOPICS)
