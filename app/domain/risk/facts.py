"""What rules can ask about a payment, and about a refund. Two tables: rules, forms, the API and the documentation are
made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.i18n.marks import N_
from app.domain.risk.types import FactKind


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a payment or refund: of which kind, and what it says."""

    kind: FactKind
    says: str


FACTS: Mapping[str, Fact] = {
    "amount": Fact("amount", N_("Amount of the order")),
    "currency": Fact("word", N_("Currency")),
    "channel": Fact("word", N_("Channel that takes the payment")),
    "hour": Fact("number", N_("Hour of the day in your time zone, 0 to 23")),
    "first_order_days": Fact("number", N_("Days since the buyer’s first paid order; unknown before it")),
    "is_first_order": Fact("flag", N_("The buyer has not paid an order yet")),
    "has_email": Fact("flag", N_("The buyer’s email address is known")),
    "on_allow_list": Fact("flag", N_("The buyer is on the allow list")),
    "on_watch_list": Fact("flag", N_("The buyer is on the watch list")),
    "on_block_list": Fact("flag", N_("The buyer is on the block list")),
    "buyer_payments_1h": Fact("number", N_("Payments the buyer started in the last hour")),
    "buyer_payments_24h": Fact("number", N_("Payments the buyer started in the last 24 hours")),
    "buyer_declined_1h": Fact("number", N_("Payments of the buyer declined in the last hour")),
    "buyer_declined_24h": Fact("number", N_("Payments of the buyer declined in the last 24 hours")),
    "buyer_amount_24h": Fact("amount", N_("Sum of payments the buyer started in the last 24 hours")),
    "email_payments_24h": Fact("number", N_("Payments started with the mailbox in the last 24 hours")),
    "email_buyers_24h": Fact("number", N_("Buyers with the same mailbox in the last 24 hours")),
    "address_payments_1h": Fact("number", N_("Payments started at the IP address in the last hour")),
    "address_payments_24h": Fact("number", N_("Payments started at the IP address in the last 24 hours")),
    "address_declined_1h": Fact("number", N_("Payments at the IP address declined in the last hour")),
    "address_declined_24h": Fact("number", N_("Payments at the IP address declined in the last 24 hours")),
    "address_buyers_24h": Fact("number", N_("Buyers at the IP address in the last 24 hours")),
    "device_payments_24h": Fact("number", N_("Payments started on the device in the last 24 hours")),
    "device_declined_24h": Fact("number", N_("Payments on the device declined in the last 24 hours")),
    "device_buyers_24h": Fact("number", N_("Buyers on the device in the last 24 hours")),
}

# Known alike of payments and refunds.
_BOTH = (
    *("currency", "hour", "first_order_days", "has_email"),
    *("on_allow_list", "on_watch_list", "on_block_list"),
)

REFUND_FACTS: Mapping[str, Fact] = {
    "refund_amount": Fact("amount", N_("Amount of the refund")),
    "refund_percent": Fact("number", N_("Percent of the order’s price that would be refunded in all")),
    "minutes_since_payment": Fact("number", N_("Minutes since the order was paid")),
    "downloads": Fact("number", N_("Downloads of what the order delivered")),
    "has_licence_key": Fact("flag", N_("The order delivered a licence key")),
    "membership_used_percent": Fact("number", N_("Percent of the order’s membership time that is over")),
    "buyer_refunds_30d": Fact("number", N_("Orders of the buyer with refunds in the last 30 days")),
    "buyer_refunded_30d": Fact("amount", N_("Sum refunded to the buyer in the last 30 days")),
    "buyer_refund_percent_365d": Fact("number", N_("Percent of the buyer’s orders of the last 365 days with refunds")),
    "buyer_same_reason_90d": Fact("number", N_("Orders of the buyer refunded for the same reason in the last 90 days")),
    "buyer_undelivered_90d": Fact("number", N_("Orders of the buyer refunded as not delivered in the last 90 days")),
    "buyer_disputes_365d": Fact("number", N_("Disputes about the buyer’s orders of the last 365 days")),
    "email_refunds_30d": Fact("number", N_("Orders with the mailbox with refunds in the last 30 days")),
    "email_refunded_buyers_30d": Fact("number", N_("Buyers with the same mailbox with refunds in the last 30 days")),
    "device_refunds_30d": Fact("number", N_("Orders on the device with refunds in the last 30 days")),
    "device_refunded_buyers_30d": Fact("number", N_("Buyers on the device with refunds in the last 30 days")),
    "is_to_requester": Fact("flag", N_("Whoever requests the refund has the buyer’s email address")),
    **{name: FACTS[name] for name in _BOTH},
}
FACTS_OF: Mapping[str, Mapping[str, Fact]] = {"payment": FACTS, "refund": REFUND_FACTS}
ALL_FACTS: Mapping[str, Fact] = {**FACTS, **REFUND_FACTS}
