"""Events to a Stripe account's endpoint: signed, the same id on every attempt, a new time each."""

import hashlib
import hmac
import json
from typing import Any

from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.stripe import account_events, accounts, mandates, objects, payouts, refunds, sessions

NEVER_NOTIFIED = ("bill.ready", "contract.ended", "dispute.partly_lost")
# They promise no more than to try for three days, ever more slowly.
LADDER_S = (0, 60, 300, 900, 3600, 7200, 14_400, 28_800, 43_200, 64_800, 86_400)
EVENTS = {
    "payment.succeeded": ("checkout.session.completed", "succeeded"),
    "payment.failed": ("checkout.session.async_payment_failed", "failed"),
    "payment.closed": ("checkout.session.expired", "closed"),
    "refund.succeeded": ("refund.updated", "succeeded"),
    "refund.failed": ("refund.failed", "failed"),
    "payout.succeeded": ("payout.paid", "succeeded"),
    "payout.failed": ("payout.failed", "failed"),
}
INTENT_EVENTS = {
    "payment.succeeded": "payment_intent.succeeded",
    "payment.failed": "payment_intent.payment_failed",
    "payment.closed": "payment_intent.canceled",
}
TRANSFER_EVENTS = {"payout.paid": "transfer.created", "payout.failed": "transfer.reversed"}


def of(db: Database, notice: Row) -> Row | None:
    """The account that this notice is for, when it is Stripe's."""
    return accounts.find(db, notice["merchant_id"])


def is_acknowledged(http_status: int | None, _: str) -> bool:
    return http_status is not None and 200 <= http_status < 300


def message(db: Database, account: Row, notice: Row, script: Script | None) -> tuple[bytes, dict[str, str]]:
    """The body and headers of one attempt. Apart from `forge`, the signature is always right."""
    behavior, kind = (script.behavior, script.value or "html") if script else ("", "")
    event = _event(db, notice)
    event["data"]["object"] = objects.altered(event["data"]["object"], script)
    if script and behavior == "wrong_merchant":
        event |= {"account": "acct_another"} if script.value == "account" else {"livemode": True}
    if behavior == "garbage" and kind == "float_amount":
        about = event["data"]["object"]
        about |= {name: about[name] + 0.5 for name in ("amount", "amount_total") if name in about}
    body = json.dumps(event, ensure_ascii=False).encode()
    if behavior == "garbage":
        body = _garbled(body, kind)
    at = int(now() - script.seconds) if script and behavior == "stale" else int(now())
    known = [secret for secret in (account["webhook_secret"], account["previous_webhook_secret"]) if secret]
    return body, headers(["whsec_forged"] if behavior == "forge" else known, body, at=at)


def headers(secrets: list[str], body: bytes, *, at: int) -> dict[str, str]:
    """What proves an event: a signature for each secret that is valid, and one for tests that counts for nothing."""
    signed = f"{at}.".encode() + body
    proofs = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    nothing = hashlib.sha256(signed).hexdigest()
    shown = ",".join([f"t={at}", *(f"v1={proof}" for proof in proofs), f"v0={nothing}"])
    return {"Stripe-Signature": shown, "Content-Type": "application/json; charset=utf-8"}


def _event(db: Database, notice: Row) -> dict[str, Any]:
    if notice["event"] in account_events.EVENTS:
        kind, data = account_events.EVENTS[notice["event"]], account_events.data_of(notice)
        return _around(notice, kind, data)
    kind, status = EVENTS[notice["event"]]
    payment = db.execute("SELECT * FROM payments WHERE trade_no = ?", (notice["trade_no"],)).fetchone()
    if notice["event"].startswith("refund."):
        number = json.loads(notice["payload"])["refund_no"]
        row = db.execute("SELECT * FROM refunds WHERE refund_no = ?", (number,)).fetchone()
        about = refunds.shown(db, row, status=status)
    elif notice["event"].startswith("payout."):
        row = db.execute("SELECT * FROM payouts WHERE payout_no = ?", (notice["trade_no"],)).fetchone()
        about = payouts.object_of(db, row, status=status)
        kind = TRANSFER_EVENTS[kind] if about["object"] == "transfer" else kind
    elif (kept := mandates.deduction_of(db, notice["trade_no"])) is not None:
        about = objects.intent(payment, kept) | {"status": objects.INTENT[status]}
        kind = INTENT_EVENTS[notice["event"]]
    else:
        about = objects.session(payment, sessions.request_of(db, payment), base_url="", status=status)
    return _around(notice, kind, {"object": about})


def _around(notice: Row, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "evt_" + notice["notice_id"].removeprefix("ntc_"),
        "object": "event",
        "api_version": objects.API_VERSION,
        "created": int(notice["created_at"]),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def _garbled(body: bytes, kind: str) -> bytes:
    match kind:
        case "truncated":
            return body[: len(body) // 2]
        case "duplicate_keys":
            return body[:-1] + b', "id": "evt_another"}'
        case "not_utf8":
            return body[:-1] + b', "note": "\xff\xfe"}'
        case "float_amount":
            return body
    return b"<html>maintenance</html>"
