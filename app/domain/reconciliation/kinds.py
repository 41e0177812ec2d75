"""The one registry of kinds of cases: pages, alerts, the sweep, the audit and the documentation read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.domain.reconciliation.types import CaseKind, Ladder

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SOON: Ladder = (timedelta(minutes=10), timedelta(minutes=20))
_FAST: Ladder = (4 * _HOUR, _DAY)
_SLOW: Ladder = (_DAY, 3 * _DAY)
_DECIDE = ("poll", "record_succeeded", "record_failed")
_EVENT = ("retry_event", "discard_event")
_WORK = (("Event", "event_id"), ("Work", "handler"))
_SAID = (("Decline code", "decline_code"), ("Message", "message"))

_LIST = (
    CaseKind(
        key="undecided_long",
        title="Payment undecided for too long",
        says="The payment company has not said how this payment ended. We keep polling.",
        closes="The payment is decided.",
        subject="att",
        level="urgent",
        ladder=_SLOW,
        mends=_DECIDE,
        facts=(("Kind", "kind"), ("Channel", "channel"), ("Status when opened", "status")),
    ),
    CaseKind(
        key="amount_mismatch",
        title="Amount differs",
        says="The payment company reports another amount than we requested. Nothing was applied.",
        closes="The payment is decided with our amount, or its order is refunded in full.",
        subject="att",
        level="urgent",
        ladder=_FAST,
        mends=(*_DECIDE, "refund_rest"),
    ),
    CaseKind(
        key="channel_ref_used",
        title="Channel number belongs to another payment",
        says="The payment company named a number that another payment already has. Nothing was applied.",
        closes="The payment is decided.",
        subject="att",
        level="urgent",
        ladder=_FAST,
        mends=_DECIDE,
        facts=(("Channel number", "channel_ref"), ("Reported status", "said")),
    ),
    CaseKind(
        key="late_payment",
        title="Payment for a closed order",
        says="Money arrived after the order was closed. It is refunded automatically.",
        closes="The money is refunded.",
        subject="att",
        level="warning",
        ladder=_FAST,
        mends=("refund_surplus",),
        facts=(("Order when it arrived", "order_status"),),
    ),
    CaseKind(
        key="surplus_payment",
        title="Payment for an order already paid",
        says="The order was paid twice. The second payment is refunded automatically.",
        closes="The money is refunded.",
        subject="att",
        level="warning",
        ladder=_FAST,
        mends=("refund_surplus",),
        facts=(("Order when it arrived", "order_status"),),
    ),
    CaseKind(
        key="dispute_open",
        title="Dispute needs an answer",
        says="A buyer disputed a payment. The payment company waits for your evidence, or for you to accept.",
        closes="The dispute is answered or decided.",
        subject="dsp",
        level="urgent",
        ladder=_FAST,
        facts=(("Reason", "reason"), ("Answer by", "due_at")),
    ),
    CaseKind(
        key="risk_review",
        title="Payment waits for review",
        says="Your rules held a payment. Nothing was charged, and the order ends at its payment deadline.",
        closes="It is released or refused, or the order ends.",
        subject="rrv",
        level="urgent",
        ladder=_SOON,
        mends=("release_payment", "release_and_allow", "refuse_payment"),
        facts=(("Rules", "rules"), ("Score", "score"), ("Decide by", "due_at")),
    ),
    CaseKind(
        key="refund_failed",
        title="Refund failed",
        says="The payment company refused a refund. The buyer is still owed the money.",
        closes="The refund succeeds after all, or as much is refunded another way.",
        subject="txn",
        level="urgent",
        ladder=_FAST,
        mends=("refund_again", "record_succeeded"),
        facts=_SAID,
    ),
    *(
        CaseKind(
            key=f"{kind}_undone",
            title=title,
            says="The bank sent back money that had gone out. It is with the payment company again.",
            closes="The payment company reports it as succeeded again.",
            subject="att",
            level="urgent",
            ladder=_FAST,
            mends=("poll",),
            facts=_SAID,
        )
        for kind, title in (
            ("refund", "Refund returned by the bank"),
            ("top_up", "Top-up reversed"),
        )
    ),
    *(
        CaseKind(
            key=f"{kind}_returned",
            title=title,
            says="The payee’s bank did not take the money. It is back where it came from in the ledger.",
            closes="Nobody objects for 30 days.",
            subject="att",
            level="urgent",
            ladder=_FAST,
            facts=_SAID,
        )
        for kind, title in (
            ("withdrawal", "Withdrawal returned by the payee’s bank"),
            ("payout", "Payout returned by the payee’s bank"),
        )
    ),
    CaseKind(
        key="late_movement",
        title="Movement succeeded after it had failed",
        says="The payment company first refused this movement and then made it. It is now in the ledger.",
        closes="After 7 days, or once the wallet that it overdrew is covered.",
        subject="att",
        level="warning",
        ladder=_SLOW,
        facts=(("Kind", "kind"), ("Overdrew the wallet", "uncovered")),
    ),
    CaseKind(
        key="wrong_transfer",
        title="Bank transfer matches nothing",
        says="A bank transfer differs from the expected payment. The money must be returned.",
        closes="Two people confirm that the money was returned.",
        subject="btr",
        level="warning",
        ladder=_SLOW,
    ),
    CaseKind(
        key="reservation_stuck",
        title="Reservation unclear",
        says="The merchant system refused, or did not answer, a decision about units that it holds.",
        closes="The merchant system acknowledges, or somebody releases the reservation.",
        subject="rsv",
        level="warning",
        ladder=_SLOW,
        mends=("retry_reservation", "release_reservation"),
        facts=(("Decision", "target"), ("Error", "error")),
    ),
    CaseKind(
        key="refund_not_made",
        title="Refund was not started",
        says="Money is owed to a buyer, and all attempts to start the refund failed.",
        closes="A retry of the event succeeds, or the event is discarded.",
        subject="evt",
        level="urgent",
        ladder=_FAST,
        mends=_EVENT,
        facts=_WORK,
    ),
    CaseKind(
        key="deliverable_not_delivered",
        title="Paid but not delivered",
        says="The order is paid, and all attempts to deliver it failed.",
        closes="A retry of the event succeeds, or the event is discarded.",
        subject="evt",
        level="urgent",
        ladder=_FAST,
        mends=_EVENT,
        facts=_WORK,
    ),
    CaseKind(
        key="delivery_overdue",
        title="Delivery overdue",
        says="A paid deliverable has not been delivered for 20 hours, or when your system promised it.",
        closes="It is delivered, or fails and is refunded.",
        subject="dlv",
        level="warning",
        ladder=_FAST,
        mends=("retry_delivery", "record_delivered", "record_not_delivered"),
        facts=(("Attempts", "attempt_count"), ("Error", "error")),
    ),
    CaseKind(
        key="deliverable_not_revoked",
        title="Refunded but not revoked",
        says="The money went back, and the deliverable could not be taken back.",
        closes="It is revoked, or the event behind it succeeds or is discarded.",
        subject="dlv",
        level="warning",
        ladder=_SLOW,
        mends=("record_revoked", *_EVENT),
        facts=(*_WORK, ("Error", "error")),
    ),
    *(
        CaseKind(
            key=f"{what}_spent",
            title=title,
            says="The order was refunded after the buyer had spent what it gave. The rest was written off.",
            closes="Nobody objects for 30 days.",
            subject="dlv",
            level="warning",
            ladder=_SLOW,
            facts=(("Points", "points"),) if what == "points" else (),
        )
        for what, title in (
            ("credit", "Refunded credit already spent"),
            ("points", "Refunded points already spent"),
        )
    ),
    CaseKind(
        key="order_not_cleared",
        title="Order was not cleared",
        says="Partners are owed their shares of an order or refund, and all attempts to clear it failed.",
        closes="A retry of the event succeeds, or the event is discarded.",
        subject="evt",
        level="urgent",
        ladder=_FAST,
        mends=_EVENT,
        facts=_WORK,
    ),
    CaseKind(
        key="coupons_not_issued",
        title="Coupons were not issued",
        says="A buyer earned coupons, and all attempts to issue them failed.",
        closes="A retry of the event succeeds, or the event is discarded.",
        subject="evt",
        level="warning",
        ladder=_SLOW,
        mends=_EVENT,
        facts=_WORK,
    ),
    CaseKind(
        key="coupons_not_returned",
        title="Coupons were not returned",
        says="A refunded order should give its coupons back, and all attempts failed.",
        closes="A retry of the event succeeds, or the event is discarded.",
        subject="evt",
        level="warning",
        ladder=_SLOW,
        mends=_EVENT,
        facts=_WORK,
    ),
    CaseKind(
        key="bill_late",
        title="Bill of a payment company is late",
        says="The company has not given its bill of a day in time. Fees and amounts of that day cannot be checked.",
        closes="The bill is fetched, or the company has none since nothing moved.",
        subject="bil",
        level="warning",
        ladder=_SLOW,
        facts=(("Channel account", "account"), ("Day", "day"), ("Error", "error")),
    ),
    CaseKind(
        key="bill_differs",
        title="Bill differs from our books",
        says="A day's bill of a payment company and our books do not agree. The bill's page lists each difference.",
        closes="Nothing differs any more: a payment is decided, another bill has it, or the bill is corrected.",
        subject="bil",
        level="urgent",
        ladder=_SLOW,
        facts=(("Channel account", "account"), ("Day", "day"), ("Differences", "count")),
    ),
    CaseKind(
        key="renewal_blocked",
        title="Contract cannot renew",
        says="The next cycle of a contract is due, and its order cannot be placed. We try again every hour.",
        closes="The cycle is ordered, or the contract ends.",
        subject="con",
        level="warning",
        ladder=_FAST,
        facts=(("Reason", "code"),),
    ),
    CaseKind(
        key="endpoint_paused",
        title="Webhook endpoint paused",
        says="An endpoint failed for too long or returned 410. Its events are queued.",
        closes="The endpoint is enabled or removed.",
        subject="whe",
        level="warning",
        ladder=_SLOW,
        mends=("enable_endpoint",),
        facts=(("Endpoint", "name"), ("Reason", "why"), ("Error", "error")),
    ),
    CaseKind(
        key="balance_negative",
        title="Balance below zero",
        says="More was refunded and paid out than was taken in this currency.",
        closes="The balance is zero or above again.",
        subject="",
        level="warning",
        ladder=_SLOW,
        facts=(("Account", "account"),),
    ),
    CaseKind(
        key="cannot_sell",
        title="Live channel or terms missing",
        says="This live business takes payments, but its last live channel or its published terms are gone.",
        closes="A live channel with a tested connection is on and terms are published, or the business is closed.",
        subject="biz",
        level="urgent",
        ladder=_FAST,
        facts=(("Missing when opened", "lacks"),),
    ),
)
KINDS: dict[str, CaseKind] = {each.key: each for each in _LIST}
# Alerts of their own tell of what these are about.
OTHERWISE_TOLD = ("endpoint_paused",)


def kind_of(key: str) -> CaseKind:
    """The kind of this key; of a case that a newer release opened, one that says no more than its key."""
    if key in KINDS:
        return KINDS[key]
    title = key.replace("_", " ").capitalize()
    return CaseKind(key=key, title=title, says="", closes="", subject="", level="warning", ladder=_SLOW)


def urgent_of(chosen: Sequence[str]) -> frozenset[str]:
    """The keys of the kinds that are urgent for a business that chose these; without a choice, the registry's."""
    return frozenset(chosen) or frozenset(each.key for each in _LIST if each.level == "urgent")


def recipients_of(lines: Sequence[str], kind: str) -> list[str]:
    """The roles that are alerted of a kind, by a business's lines (`kind: role, role`); none for everybody."""
    named = dict(line.split(": ", 1) for line in lines)
    return named[kind].split(", ") if kind in named else []
