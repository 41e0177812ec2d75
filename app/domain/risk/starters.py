"""Rules to begin with, for what shops meet most. Plain rules: whoever takes one changes it as any other."""

from __future__ import annotations

from app.core.i18n.marks import N_
from app.domain.risk.types import Condition, Rule

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
}
