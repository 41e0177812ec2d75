"""What some settings are chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel import Locale

from app.core.i18n.countries import known_countries
from app.core.i18n.language import LOCALES
from app.core.i18n.marks import N_
from app.core.i18n.time_zones import known_time_zones
from app.core.money import known_currencies
from app.domain.accounts.business.types import CUSTOM, ROLES

Choices = Sequence[tuple[str, str]]
_ENGLISH = Locale("en")
# The kinds of cases and their titles, as domain/reconciliation has them: a test compares the two.
_CASE_KINDS: Choices = (
    ("undecided_long", N_("Payment undecided for too long")),
    ("amount_mismatch", N_("Amount differs")),
    ("channel_ref_used", N_("Channel number belongs to another payment")),
    ("late_payment", N_("Payment for a closed order")),
    ("surplus_payment", N_("Payment for an order already paid")),
    ("dispute_open", N_("Dispute needs an answer")),
    ("risk_review", N_("Payment waits for review")),
    ("refund_failed", N_("Refund failed")),
    ("refund_undone", N_("Refund returned by the bank")),
    ("top_up_undone", N_("Top-up reversed")),
    ("withdrawal_returned", N_("Withdrawal returned by the payee’s bank")),
    ("payout_returned", N_("Payout returned by the payee’s bank")),
    ("late_movement", N_("Movement succeeded after it had failed")),
    ("wrong_transfer", N_("Bank transfer matches nothing")),
    ("reservation_stuck", N_("Reservation unclear")),
    ("refund_not_made", N_("Refund was not started")),
    ("deliverable_not_delivered", N_("Paid but not delivered")),
    ("delivery_overdue", N_("Delivery overdue")),
    ("deliverable_not_revoked", N_("Refunded but not revoked")),
    ("credit_spent", N_("Refunded credit already spent")),
    ("points_spent", N_("Refunded points already spent")),
    ("order_not_cleared", N_("Order was not cleared")),
    ("coupons_not_issued", N_("Coupons were not issued")),
    ("coupons_not_returned", N_("Coupons were not returned")),
    ("bill_late", N_("Bill of a payment company is late")),
    ("bill_differs", N_("Bill differs from our books")),
    ("renewal_blocked", N_("Contract cannot renew")),
    ("endpoint_paused", N_("Webhook endpoint paused")),
    ("balance_negative", N_("Balance below zero")),
    ("cannot_sell", N_("Live channel or terms missing")),
)
# The mails about contracts and what they tell, as domain/notifications/mails has them: a test compares the two.
_CONTRACT_MAILS: Choices = (
    ("contract_signed", N_("Contract signed")),
    ("contract_reminder", N_("Before a charge")),
    ("contract_refused", N_("Charge refused")),
    ("contract_changed", N_("Contract changed")),
    ("contract_cancelled", N_("Contract cancelled")),
    ("contract_ended", N_("Contract ended")),
)
# The kinds of alerts and their titles, as domain/notifications/alerts has them: a test compares the two.
_ALERT_KINDS: Choices = (
    ("case_urgent", N_("An urgent case is open")),
    ("case_warning", N_("A case is open")),
    ("case_raised", N_("A case stays open")),
    ("case_overdue", N_("A case stays open for too long")),
    ("case_summary", N_("Every morning: open cases")),
    ("approval_waiting", N_("An approval is waiting")),
    ("webhook_failing", N_("A webhook endpoint is failing")),
    ("webhook_failing_long", N_("A webhook endpoint keeps failing")),
    ("webhook_paused", N_("A webhook endpoint was paused")),
    ("channel_down", N_("A channel is down")),
    ("dead_letters", N_("Events failed for good")),
    ("refund_large", N_("A large refund was made")),
    ("stock_low", N_("Stock is low")),
)


def alert_kinds() -> Choices:
    """The kinds of alerts."""
    return _ALERT_KINDS


def closers() -> Choices:
    """Who may close orders by hand: roles, roles of the business's own, and API keys."""
    return (*ROLES.items(), (CUSTOM, N_("Roles of your own")), ("key", N_("API keys")))


def order_numbers() -> Choices:
    """How orders are numbered."""
    return (("random", N_("Random")), ("sequence", N_("In sequence")))


def clearing_moments() -> Choices:
    """When lines of orders are divided among partners."""
    return (("completion", N_("When the order is completed")), ("payment", N_("When the order is paid")))


def contract_mails() -> Choices:
    """The mails about contracts."""
    return _CONTRACT_MAILS


def case_kinds() -> Choices:
    """The kinds of cases."""
    return _CASE_KINDS


@cache
def time_zones() -> Choices:
    """Time zones by name, UTC first."""
    return tuple((zone, zone.replace("_", " ")) for zone in known_time_zones())


@cache
def countries() -> Choices:
    """Countries by their English name: ISO 3166-1 alpha-2 and name."""
    return tuple(known_countries().items())


@cache
def languages() -> Choices:
    """The languages that buyers' texts are in."""
    return tuple((tag, str(Locale.parse(tag, sep="-").get_display_name("en"))) for tag in LOCALES)


@cache
def currencies() -> Choices:
    """Currency codes and their names."""
    return tuple((code, str(_ENGLISH.currencies.get(code, code))) for code in sorted(known_currencies()))
