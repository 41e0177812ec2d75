"""Their objects and their errors, as far as a merchant who takes payments meets them."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Row

API_VERSION = "2026-10-28.endive"
# They count some currencies in hundredths that have none in life.
HUNDREDFOLD = ("ISK", "UGX")
# state of ours → status and payment status of a session
STATES = {
    "pending": ("open", "unpaid"),
    "succeeded": ("complete", "paid"),
    "failed": ("complete", "unpaid"),
    "closed": ("expired", "unpaid"),
}
INTENT = {"pending": "processing", "succeeded": "succeeded", "failed": "requires_payment_method", "closed": "canceled"}
# our reason for a decline → their code and decline code
DECLINES = {
    "insufficient_funds": ("card_declined", "insufficient_funds"),
    "card_declined": ("card_declined", "generic_decline"),
    "card_expired": ("expired_card", None),
    "limit_exceeded": ("card_declined", "card_velocity_exceeded"),
    "authentication_failed": ("payment_intent_authentication_failure", None),
    "suspected_fraud": ("card_declined", "fraudulent"),
    "bank_unavailable": ("card_declined", "issuer_not_available"),
}
# Said only where the buyer is not there.
OFF_SESSION = {"authentication_required": ("authentication_required", None)}
FAILURES = {"account_closed": "expired_or_canceled_card", "insufficient_merchant_balance": "insufficient_funds"}
# code → status and kind; all others are 400 and about the request.
ERRORS = {
    "rate_limit": (429, "invalid_request_error"),
    "lock_timeout": (429, "invalid_request_error"),
    "card_declined": (402, "card_error"),
    "api_key_expired": (401, "invalid_request_error"),
    "resource_missing": (404, "invalid_request_error"),
    "idempotency_error": (400, "idempotency_error"),
    "idempotency_key_in_use": (409, "idempotency_error"),
    "api_error": (424, "api_error"),
}


@dataclass
class Refused(Exception):
    """They say no."""

    http_status: int
    code: str | None
    message: str
    kind: str = "invalid_request_error"

    def body(self) -> dict[str, Any]:
        code = {"code": self.code} if self.code and self.code != self.kind else {}
        return {"error": {"type": self.kind, "message": self.message, "request_log_url": "", **code}}


def refused(code: str) -> Refused:
    """The refusal that goes by this code."""
    status, kind = ERRORS.get(code, (400, "invalid_request_error"))
    return Refused(status, code, "A script wants it so.", kind)


def missing(kind: str, number: str) -> Refused:
    return Refused(404, "resource_missing", f"No such {kind}: '{number}'")


def session(payment: Row, request: dict[str, Any], *, base_url: str, status: str | None = None) -> dict[str, Any]:
    """The Checkout Session, as it stands or with another `status` of ours."""
    now = status or payment["status"]
    state, payment_status = STATES[now]
    return {
        "id": session_id(payment),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "amount_subtotal": figure(payment),
        "amount_total": figure(payment),
        "cancel_url": request.get("cancel_url"),
        "client_reference_id": request.get("client_reference_id"),
        "client_secret": None,
        "created": int(payment["created_at"]),
        "currency": payment["currency"].lower(),
        "customer": request.get("customer"),
        "customer_creation": request.get("customer_creation", "if_required"),
        "expires_at": int(payment["expires_at"]),
        "livemode": False,
        "metadata": request.get("metadata", {}),
        "mode": "payment",
        "payment_intent": intent_id(payment) if state == "complete" else None,
        "payment_method_types": ["card"],
        "payment_status": payment_status,
        "status": state,
        "success_url": request["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{base_url}/pay/{payment['trade_no']}" if state == "open" else None,
    }


def intent(payment: Row, request: dict[str, Any]) -> dict[str, Any]:
    """The PaymentIntent behind a session that is complete."""
    error: dict[str, Any] | None = None
    if payment["decline_code"] is not None:
        code, reason = (DECLINES | OFF_SESSION).get(payment["decline_code"], ("card_declined", "generic_decline"))
        error = {"type": "card_error", "code": code, "message": "Your card was declined."}
        error |= {"decline_code": reason} if reason else {}
        if payment["means"]:
            card = {"brand": "visa", "fingerprint": payment["means"], "last4": "0002"}
            error["payment_method"] = {"object": "payment_method", "type": "card", "card": card}
    paid = payment["status"] == "succeeded"
    inside = request.get("payment_intent_data", {})
    return {
        "id": intent_id(payment),
        "object": "payment_intent",
        "amount": figure(payment),
        "amount_received": figure(payment) if paid else 0,
        "client_secret": f"{intent_id(payment)}_secret_{payment['trade_no']}",
        "created": int(payment["created_at"]),
        "currency": payment["currency"].lower(),
        "customer": request.get("customer"),
        "last_payment_error": error,
        "latest_charge": f"ch_{payment['trade_no']}" if paid else None,
        "livemode": False,
        "metadata": inside.get("metadata", {}),
        "setup_future_usage": inside.get("setup_future_usage"),
        "status": INTENT[payment["status"]],
    }


def refund(row: Row, payment: Row, metadata: dict[str, Any], *, status: str | None = None) -> dict[str, Any]:
    """The refund, as it stands or with another `status`."""
    now = status or row["status"]
    failure = {"failure_reason": FAILURES.get(row["code"], "unknown")} if now == "failed" else {}
    return {
        "id": f"re_{row['refund_no']}",
        "object": "refund",
        "amount": row["amount"] * _fold(row["currency"]),
        "charge": f"ch_{payment['trade_no']}",
        "created": int(row["created_at"]),
        "currency": row["currency"].lower(),
        "metadata": metadata,
        "payment_intent": intent_id(payment),
        "reason": "requested_by_customer",
        "status": now,
        **failure,
    }


def page(rows: list[dict[str, Any]], url: str, *, has_more: bool) -> dict[str, Any]:
    return {"object": "list", "url": url, "has_more": has_more, "data": rows}


def altered(answer: dict[str, Any], script: Script | None) -> dict[str, Any]:
    """Another amount or currency, when the script says so."""
    match script.behavior if script else "":
        case "wrong_amount":
            more = int((script and script.value) or 1)
            return answer | {name: answer[name] + more for name in ("amount", "amount_total") if name in answer}
        case "wrong_currency":
            return answer | {"currency": ((script and script.value) or "EUR").lower()}
    return answer


def written(answer: dict[str, Any]) -> bytes:
    """As they write JSON: for people."""
    return json.dumps(answer, indent=2, ensure_ascii=False).encode()


def session_id(payment: Row) -> str:
    return f"cs_test_{payment['trade_no']}"


def intent_id(payment: Row) -> str:
    return f"pi_{payment['trade_no']}"


def figure(payment: Row) -> int:
    """The amount as they count it."""
    return int(payment["amount"]) * _fold(payment["currency"])


def minor(amount: int, currency: str) -> int:
    """Their count as ours. Raises: Refused."""
    whole, rest = divmod(amount, _fold(currency))
    if rest:
        raise Refused(400, "parameter_invalid_integer", f"{currency} is counted in hundreds.")
    return whole


def _fold(currency: str) -> int:
    return 100 if currency in HUNDREDFOLD else 1
