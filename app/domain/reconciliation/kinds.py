"""The one registry of kinds of cases: pages, alerts, the sweep, the audit and the documentation read it."""

from __future__ import annotations

from datetime import timedelta

from app.core.i18n.marks import N_
from app.domain.reconciliation.types import CaseKind, Ladder

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FAST: Ladder = (4 * _HOUR, _DAY)
_SLOW: Ladder = (_DAY, 3 * _DAY)
_DECIDE = ("poll", "record_succeeded", "record_failed")
_EVENT = ("retry_event", "discard_event")
_WORK = (("Event", "event_id"), ("Work", "handler"))
_SAID = (("Decline code", "decline_code"), ("Message", "message"))

_LIST = (
    CaseKind(
        key="undecided_long",
        title=N_("Payment undecided for too long"),
        says=N_("The payment company has not said how this payment ended. We keep polling."),
        closes=N_("The payment is decided."),
        subject="att",
        level="urgent",
        ladder=_SLOW,
        mends=_DECIDE,
        figures=(("Kind", "kind"), ("Channel", "channel"), ("Status when opened", "status")),
    ),
    CaseKind(
        key="amount_mismatch",
        title=N_("Amount differs"),
        says=N_("The payment company reports another amount than we requested. Nothing was applied."),
        closes=N_("The payment is decided with our amount, or its order is refunded in full."),
        subject="att",
        level="urgent",
        ladder=_FAST,
        mends=(*_DECIDE, "refund_rest"),
    ),
    CaseKind(
        key="channel_ref_used",
        title=N_("Channel number belongs to another payment"),
        says=N_("The payment company named a number that another payment already has. Nothing was applied."),
        closes=N_("The payment is decided."),
        subject="att",
        level="urgent",
        ladder=_FAST,
        mends=_DECIDE,
        figures=(("Channel number", "channel_ref"), ("Reported status", "said")),
    ),
    CaseKind(
        key="late_payment",
        title=N_("Payment for a closed order"),
        says=N_("Money arrived after the order was closed. It is refunded automatically."),
        closes=N_("The money is refunded."),
        subject="att",
        level="warning",
        ladder=_FAST,
        mends=("refund_surplus",),
        figures=(("Order when it arrived", "order_status"),),
    ),
    CaseKind(
        key="surplus_payment",
        title=N_("Payment for an order already paid"),
        says=N_("The order was paid twice. The second payment is refunded automatically."),
        closes=N_("The money is refunded."),
        subject="att",
        level="warning",
        ladder=_FAST,
        mends=("refund_surplus",),
        figures=(("Order when it arrived", "order_status"),),
    ),
    CaseKind(
        key="refund_failed",
        title=N_("Refund failed"),
        says=N_("The payment company refused a refund. The buyer is still owed the money."),
        closes=N_("The refund succeeds after all, or as much is refunded another way."),
        subject="txn",
        level="urgent",
        ladder=_FAST,
        mends=("refund_again", "record_succeeded"),
        figures=_SAID,
    ),
    *(
        CaseKind(
            key=f"{kind}_undone",
            title=title,
            says=N_("The bank sent back money that had gone out. It is with the payment company again."),
            closes=N_("The payment company reports it as succeeded again."),
            subject="att",
            level="urgent",
            ladder=_FAST,
            mends=("poll",),
            figures=_SAID,
        )
        for kind, title in (
            ("refund", N_("Refund returned by the bank")),
            ("withdrawal", N_("Withdrawal returned by the bank")),
            ("payout", N_("Payout returned by the bank")),
            ("transfer", N_("Transfer reversed")),
            ("top_up", N_("Top-up reversed")),
        )
    ),
    CaseKind(
        key="late_movement",
        title=N_("Movement succeeded after it had failed"),
        says=N_("The payment company first refused this movement and then made it. It is now in the ledger."),
        closes=N_("After 7 days, or once the wallet that it overdrew is covered."),
        subject="att",
        level="warning",
        ladder=_SLOW,
        figures=(("Kind", "kind"), ("Overdrew the wallet", "uncovered")),
    ),
    CaseKind(
        key="wrong_transfer",
        title=N_("Bank transfer matches nothing"),
        says=N_("A bank transfer differs from the expected payment. The money must be returned."),
        closes=N_("Two people confirm that the money was returned."),
        subject="btr",
        level="warning",
        ladder=_SLOW,
    ),
    CaseKind(
        key="reservation_stuck",
        title=N_("Reservation unclear"),
        says=N_("The merchant system refused, or did not answer, a decision about units that it holds."),
        closes=N_("The merchant system acknowledges, or somebody releases the reservation."),
        subject="rsv",
        level="warning",
        ladder=_SLOW,
        mends=("retry_reservation", "release_reservation"),
        figures=(("Decision", "target"), ("Error", "error")),
    ),
    CaseKind(
        key="refund_not_made",
        title=N_("Refund was not started"),
        says=N_("Money is owed to a buyer, and all attempts to start the refund failed."),
        closes=N_("A retry of the event succeeds, or the event is discarded."),
        subject="evt",
        level="urgent",
        ladder=_FAST,
        mends=_EVENT,
        figures=_WORK,
    ),
    CaseKind(
        key="deliverable_not_delivered",
        title=N_("Paid but not delivered"),
        says=N_("The order is paid, and all attempts to deliver it failed."),
        closes=N_("A retry of the event succeeds, or the event is discarded."),
        subject="evt",
        level="urgent",
        ladder=_FAST,
        mends=_EVENT,
        figures=_WORK,
    ),
    CaseKind(
        key="delivery_overdue",
        title=N_("Delivery overdue"),
        says=N_("A paid deliverable has not been delivered for 20 hours."),
        closes=N_("It is delivered, or fails and is refunded."),
        subject="dlv",
        level="warning",
        ladder=_FAST,
        mends=("retry_delivery", "record_delivered", "record_not_delivered"),
        figures=(("Attempts", "attempt_count"), ("Error", "error")),
    ),
    CaseKind(
        key="deliverable_not_revoked",
        title=N_("Refunded but not revoked"),
        says=N_("The money went back, and the deliverable could not be taken back."),
        closes=N_("It is revoked, or the event behind it succeeds or is discarded."),
        subject="dlv",
        level="warning",
        ladder=_SLOW,
        mends=_EVENT,
        figures=(*_WORK, ("Error", "error")),
    ),
    *(
        CaseKind(
            key=f"{what}_spent",
            title=title,
            says=N_("The order was refunded after the buyer had spent what it gave. The rest was written off."),
            closes=N_("Nobody objects for 30 days."),
            subject="dlv",
            level="warning",
            ladder=_SLOW,
            figures=(("Points", "points"),) if what == "points" else (),
        )
        for what, title in (
            ("credit", N_("Refunded credit already spent")),
            ("points", N_("Refunded points already spent")),
        )
    ),
    CaseKind(
        key="coupons_not_issued",
        title=N_("Coupons were not issued"),
        says=N_("A buyer earned coupons, and all attempts to issue them failed."),
        closes=N_("A retry of the event succeeds, or the event is discarded."),
        subject="evt",
        level="warning",
        ladder=_SLOW,
        mends=_EVENT,
        figures=_WORK,
    ),
    CaseKind(
        key="coupons_not_returned",
        title=N_("Coupons were not returned"),
        says=N_("A refunded order should give its coupons back, and all attempts failed."),
        closes=N_("A retry of the event succeeds, or the event is discarded."),
        subject="evt",
        level="warning",
        ladder=_SLOW,
        mends=_EVENT,
        figures=_WORK,
    ),
    CaseKind(
        key="endpoint_paused",
        title=N_("Webhook endpoint paused"),
        says=N_("An endpoint failed for too long or returned 410. Its events are queued."),
        closes=N_("The endpoint is enabled or removed."),
        subject="whe",
        level="warning",
        ladder=_SLOW,
        mends=("enable_endpoint",),
        figures=(("Endpoint", "name"), ("Reason", "why"), ("Error", "error")),
    ),
    CaseKind(
        key="balance_negative",
        title=N_("Balance below zero"),
        says=N_("More was refunded and paid out than was taken in this currency."),
        closes=N_("The balance is zero or above again."),
        subject="",
        level="warning",
        ladder=_SLOW,
        figures=(("Account", "account"),),
    ),
)
KINDS: dict[str, CaseKind] = {each.key: each for each in _LIST}


def kind_of(key: str) -> CaseKind:
    """The kind of this key; of a case that a newer release opened, one that says no more than its key."""
    if key in KINDS:
        return KINDS[key]
    title = key.replace("_", " ").capitalize()
    return CaseKind(key=key, title=title, says="", closes="", subject="", level="warning", ladder=_SLOW)
