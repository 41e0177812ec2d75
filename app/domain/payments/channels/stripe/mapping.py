"""What Stripe's words and amounts mean here, on one screen. What is not listed is never taken for money moved."""

from __future__ import annotations

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, Money, exponent
from app.domain.payments.channels.types import Status
from app.lib.strict_json import Unreadable

# (status, payment_status) of a session. Complete and unpaid: the buyer has done everything, the bank not yet.
SESSION: dict[tuple[str, str], Status] = {
    ("open", "unpaid"): "pending",
    ("complete", "unpaid"): "pending",
    ("complete", "paid"): "succeeded",
    ("expired", "unpaid"): "cancelled",
}
# A complete session's payment that came to nothing; all other states of it are still under way.
INTENT_FAILED = ("requires_payment_method", "canceled")
# A PaymentIntent that deducts, off-session: nobody is there to act.
INTENT: dict[str, Status] = {
    "succeeded": "succeeded",
    "processing": "pending",
    "requires_capture": "pending",
    "requires_confirmation": "pending",
    "requires_action": "failed",
    "requires_payment_method": "failed",
    "canceled": "cancelled",
}
INTENT_EVENTS = {
    "payment_intent.succeeded": "succeeded",
    "payment_intent.payment_failed": "requires_payment_method",
    "payment_intent.canceled": "canceled",
}
# Why it was refused, where that means something else than on their page: the buyer can confirm it there.
OFF_SESSION = {"authentication_required": "authentication_required"}
REFUND: dict[str, Status] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
# event → the states of the session that fit it
SESSION_EVENTS = {
    "checkout.session.completed": (("complete", "paid"), ("complete", "unpaid")),
    "checkout.session.async_payment_succeeded": (("complete", "paid"),),
    "checkout.session.async_payment_failed": (("complete", "unpaid"),),
    "checkout.session.expired": (("expired", "unpaid"),),
}
# A payout to a bank is under way for days; one that was `paid` may turn `failed` later, when the bank sends it back.
PAYOUT: dict[str, Status] = {
    "pending": "pending",
    "in_transit": "pending",
    "paid": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
# event → the states of the payout that fit it; None: any
PAYOUT_EVENTS: dict[str, tuple[str, ...] | None] = {
    "payout.created": None,
    "payout.updated": None,
    "payout.paid": ("paid",),
    "payout.failed": ("failed",),
    "payout.canceled": ("canceled",),
}
TRANSFER_EVENTS = ("transfer.created", "transfer.updated", "transfer.reversed")
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")

# (operation, code or kind) of a 4xx → outcome. Such an answer is definite: they did nothing. All else is unknown: 5xx
# and `api_error` (they do not know themselves), 409 (the same reference is under way), 424, `idempotency_error` (the
# reference was used with other words before: what it made is looked for), and refunds that are only put off (keys that
# do not fit any more, too many calls): those are asked again.
REFUSALS: dict[tuple[str, str], Status] = {
    ("create", "http_401"): "failed",  # no session was made, the buyer may choose another way
    ("create", "http_403"): "failed",
    ("create", "rate_limit"): "failed",
    ("create", "card_error"): "failed",
    ("create", "invalid_request_error"): "failed",
    ("refund", "card_error"): "failed",
    ("refund", "invalid_request_error"): "failed",
    ("query_dispute", "resource_missing"): "absent",
    ("submit_evidence", "resource_missing"): "absent",
    ("submit_evidence", "invalid_request_error"): "failed",
    ("accept_dispute", "resource_missing"): "absent",
    ("accept_dispute", "invalid_request_error"): "failed",
    ("pay_out", "invalid_request_error"): "failed",
    ("start_contract", "http_401"): "failed",
    ("start_contract", "http_403"): "failed",
    ("start_contract", "rate_limit"): "failed",
    ("start_contract", "invalid_request_error"): "failed",
    ("deduct", "http_401"): "failed",
    ("deduct", "http_403"): "failed",
    ("deduct", "rate_limit"): "failed",
    ("deduct", "card_error"): "failed",
    ("deduct", "invalid_request_error"): "failed",
}
# their code → our word, the same that other channels use: the buyer's page has texts for some
DECLINES = {
    "http_401": "channel_misconfigured",
    "http_403": "channel_misconfigured",
    "rate_limit": "channel_unavailable",
    "testmode_charges_only": "channel_unavailable",
    "account_invalid": "channel_unavailable",
    "account_country_invalid_address": "channel_unavailable",
    "amount_too_small": "amount_unsupported",
    "amount_too_large": "amount_unsupported",
    "invalid_request_error": "invalid_request",
    "resource_missing": "payment_not_found",
    "charge_already_refunded": "refund_exceeds_payment",
    "charge_disputed": "charge_disputed",
    "refund_disputed_payment": "charge_disputed",
    "balance_insufficient": "insufficient_merchant_balance",
    # what banks say
    "insufficient_funds": "insufficient_funds",
    "card_declined": "declined",
    "generic_decline": "declined",
    "do_not_honor": "declined",
    "expired_card": "expired_card",
    **dict.fromkeys(("lost_card", "stolen_card", "pickup_card", "restricted_card"), "card_blocked"),
    **dict.fromkeys(("revocation_of_authorization", "revocation_of_all_authorizations"), "contract_ended"),
    "invalid_account": "account_closed",
    "card_velocity_exceeded": "limit_exceeded",
    "withdrawal_count_limit_exceeded": "limit_exceeded",
    "charge_exceeds_source_limit": "limit_exceeded",
    "charge_exceeds_transaction_limit": "limit_exceeded",
    "authentication_required": "authentication_failed",
    "payment_intent_authentication_failure": "authentication_failed",
    "authentication_failure": "authentication_failed",
    "fraudulent": "risk_rejected",
    "processing_error": "channel_unavailable",
    "issuer_not_available": "channel_unavailable",
}
# why a payout was refused, or came back from the bank
PAYEE_REFUSED = ("resource_missing", "account_invalid", "transfers_not_allowed", "payouts_not_allowed")
PAYOUT_FAILURES = {
    "account_closed": "account_closed",
    "account_frozen": "account_closed",
    "no_account": "payee_rejected",
    "invalid_account_number": "payee_rejected",
    "incorrect_account_holder_name": "payee_rejected",
    "bank_account_restricted": "payee_rejected",
    "insufficient_funds": "insufficient_merchant_balance",
}
REFUND_FAILURES = {
    "insufficient_funds": "insufficient_merchant_balance",
    "expired_or_canceled_card": "account_closed",
    "lost_or_stolen_card": "account_closed",
    "charge_for_pending_refund_disputed": "charge_disputed",
}

ZERO_DECIMAL = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
# As they want them: thousandths whose last digit is 0.
THREE_DECIMAL = {"BHD", "JOD", "KWD", "OMR", "TND"}
LARGEST = 99_999_999  # eight digits, of whatever currency
# All others have two, also those that have none in life (ISK, UGX: 5 krónur are 500), which then end in 00.
MAX_STEP = {3: 10}


def refusal(operation: str, kind: str, code: str) -> Status:
    """What a 4xx means; `unknown` unless the table says otherwise."""
    return REFUSALS.get((operation, code)) or REFUSALS.get((operation, kind), "unknown")


def decline(kind: str, code: str) -> str:
    """Our word for their code, else for its kind; `declined` for what we have not met."""
    return DECLINES.get(code) or DECLINES.get(kind, "declined")


def units(amount: Money) -> int | None:
    """The amount as Stripe counts it; None when it cannot be said to them without rounding."""
    ours, theirs = exponent(amount.currency), _exponent(amount.currency)
    whole, rest = divmod(amount.minor * 10**theirs, 10**ours)
    return None if rest or whole % MAX_STEP.get(theirs, 1) else whole


def money(value: object, currency: object) -> Money:
    """Their figure and lower-case code as an amount of ours. Raises Unreadable for what fits no amount exactly."""
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isascii() or not currency.islower():
        raise Unreadable("currency is no code")
    code = currency.upper()
    try:
        ours, theirs = exponent(code), _exponent(code)
    except Invalid as error:
        raise Unreadable("a currency we do not know") from error
    if type(value) is not int or value <= 0:
        raise Unreadable("amount is no whole number")
    minor, rest = divmod(value * 10**ours, 10**theirs)
    if rest or not 0 < minor <= MAX_MINOR:
        raise Unreadable("amount is none of this currency")
    return Money(minor, code)


def _exponent(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
