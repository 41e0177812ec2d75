"""What Pretend Pay's words mean here, on one screen. What is not listed is never taken for money moved or refused."""

from __future__ import annotations

from typing import Literal

from app.domain.payments.channels.types import Status

PAYMENT_STATUS: dict[str, Status] = {
    "pending": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "closed": "cancelled",
}
REFUND_STATUS: dict[str, Status] = {"pending": "pending", "succeeded": "succeeded", "failed": "failed"}
PAYOUT_STATUS = REFUND_STATUS

# event of a notice → what it is about, and the status that must stand beside it
EVENTS: dict[str, tuple[Literal["charge", "refund", "payout"], str]] = {
    "payment.succeeded": ("charge", "succeeded"),
    "payment.failed": ("charge", "failed"),
    "payment.closed": ("charge", "closed"),
    "refund.succeeded": ("refund", "succeeded"),
    "refund.failed": ("refund", "failed"),
    "payout.succeeded": ("payout", "succeeded"),
    "payout.failed": ("payout", "failed"),
}

# (operation, HTTP status, code) → outcome; `*` is any code. Everything else, above all 5xx, is unknown.
REFUSALS: dict[tuple[str, int, str], Status] = {
    ("create", 401, "*"): "failed",  # our keys are wrong: nothing was opened, the buyer may choose another way
    ("create", 402, "*"): "failed",
    ("create", 409, "payment_closed"): "cancelled",
    ("create", 422, "invalid_request"): "failed",
    ("query", 404, "payment_not_found"): "absent",
    ("close", 404, "payment_not_found"): "absent",
    ("close", 409, "close_not_allowed"): "pending",
    ("refund", 404, "payment_not_found"): "failed",
    ("refund", 409, "payment_not_paid"): "failed",
    ("refund", 422, "currency_mismatch"): "failed",
    ("refund", 422, "refund_exceeds_payment"): "failed",
    ("refund", 422, "invalid_request"): "failed",
    ("query_refund", 404, "refund_not_found"): "absent",
    ("bill", 404, "bill_not_ready"): "absent",
    ("start_contract", 401, "*"): "failed",
    ("start_contract", 402, "*"): "failed",
    ("start_contract", 422, "invalid_request"): "failed",
    ("query_contract", 404, "contract_not_found"): "absent",
    ("end_contract", 404, "contract_not_found"): "absent",
    ("query_dispute", 404, "dispute_not_found"): "absent",
    ("submit_evidence", 404, "dispute_not_found"): "absent",
    ("submit_evidence", 409, "*"): "failed",
    ("submit_evidence", 422, "invalid_request"): "failed",
    ("accept_dispute", 404, "dispute_not_found"): "absent",
    ("accept_dispute", 409, "*"): "failed",
    ("deduct", 409, "contract_ended"): "failed",
    ("deduct", 409, "contract_paused"): "failed",
    ("deduct", 409, "payment_closed"): "cancelled",
    ("deduct", 422, "limit_exceeded"): "failed",
    ("deduct", 422, "invalid_request"): "failed",
    ("payout", 422, "invalid_request"): "failed",
    ("query_payout", 404, "payout_not_found"): "absent",
}

# why a payment was closed → our word, where the buyer did it; time and we ourselves need none
CLOSINGS = {"buyer": "buyer_cancelled"}

# their reason → ours, which the buyer's page has words for
DECLINES = {
    "insufficient_funds": "insufficient_funds",
    "card_declined": "declined",
    "card_expired": "expired_card",
    "card_stolen": "card_blocked",
    "limit_exceeded": "limit_exceeded",
    "authentication_failed": "authentication_failed",
    "authentication_required": "authentication_required",
    "suspected_fraud": "risk_rejected",
    "bank_unavailable": "channel_unavailable",
    "channel_closed": "channel_unavailable",
    "unknown_merchant": "channel_misconfigured",
    "invalid_signature": "channel_misconfigured",
    "stale_timestamp": "channel_misconfigured",
    "invalid_request": "invalid_request",
    "currency_mismatch": "invalid_request",
    "insufficient_merchant_balance": "insufficient_merchant_balance",
    "account_closed": "account_closed",
    "refund_period_over": "refund_period_over",
    "payee_rejected": "payee_rejected",
    "refund_exceeds_payment": "refund_exceeds_payment",
    "payment_not_found": "payment_not_found",
    "payment_not_paid": "payment_not_paid",
    "contract_ended": "contract_ended",
    "contract_paused": "contract_paused",
}


def refusal(operation: str, http_status: int, code: str) -> Status:
    """What an answer that is not a 2xx means; `unknown` unless the table says otherwise."""
    exact = REFUSALS.get((operation, http_status, code))
    return exact or REFUSALS.get((operation, http_status, "*"), "unknown")


def decline(code: str | None) -> str:
    """Our word for their reason; `declined` for one we have not met."""
    return DECLINES.get(code or "", "declined")
