"""Rules to begin with, for what shops meet most. Plain rules: whoever takes one changes it as any other."""

from __future__ import annotations

from app.core.i18n.marks import N_
from app.domain.risk.types import Condition, DecisionSubject, Rule


def _held(name: str, *when: Condition, beats_allow: bool = False) -> Rule:
    return Rule(name=name, result="approval", when=when, beats_allow=beats_allow, subject=DecisionSubject.REFUND)


STARTERS: dict[str, tuple[str, tuple[Rule, ...]]] = {
    "lists": (
        N_("Lists: refuse whoever is on the block list"),
        (Rule(name="Block list", result="block", when=(Condition("on_block_list", "is", True),)),),
    ),
    "card_testing": (
        N_("Card testing: refuse who was declined again and again"),
        (
            Rule(
                name="Declined at one address", result="block", when=(Condition("address_declined_1h", "at_least", 5),)
            ),
            Rule(name="Declined for one buyer", result="block", when=(Condition("buyer_declined_1h", "at_least", 5),)),
            Rule(
                name="Declined on one device", result="block", when=(Condition("device_declined_24h", "at_least", 8),)
            ),
        ),
    ),
    "aliases": (
        N_("Coupon abuse: refuse many buyers with one mailbox or device"),
        (
            Rule(name="Many buyers, one mailbox", result="block", when=(Condition("email_buyers_24h", "at_least", 3),)),
            Rule(name="Many buyers, one device", result="block", when=(Condition("device_buyers_24h", "at_least", 4),)),
        ),
    ),
    "bursts": (
        N_("Bursts: refuse a new buyer who starts payment after payment"),
        (
            Rule(
                name="Burst of a new buyer",
                result="block",
                when=(Condition("is_first_order", "is", True), Condition("buyer_payments_1h", "at_least", 10)),
            ),
        ),
    ),
    "refund_abuse": (
        N_("Refund abuse: let a second person decide about suspicious refunds"),
        (
            _held("Refund to the requester", Condition("is_to_requester", "is", True), beats_allow=True),
            _held(
                "Refund after download, again",
                Condition("downloads", "at_least", 1),
                Condition("buyer_refunds_30d", "at_least", 3),
            ),
            _held(
                "Refunds of many buyers, one device",
                Condition("downloads", "at_least", 1),
                Condition("device_refunded_buyers_30d", "at_least", 3),
            ),
            _held("Refunds of many buyers, one mailbox", Condition("email_refunded_buyers_30d", "at_least", 3)),
            _held("Most of the membership is used", Condition("membership_used_percent", "at_least", 75)),
            _held("Not delivered, again", Condition("buyer_undelivered_90d", "at_least", 3)),
            _held("Buyer with disputes", Condition("buyer_disputes_365d", "at_least", 2)),
        ),
    ),
}
