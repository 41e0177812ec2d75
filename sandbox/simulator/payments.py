"""Payments: opened by a merchant, decided by a buyer, closed by either or by time."""

from typing import Any

from sandbox.simulator import fields, notices
from sandbox.simulator.store import Database, Row, insert, now

SCENES = ("web", "qr", "app")
DECLINE_REASONS = {
    "insufficient_funds": "Insufficient balance",
    "card_declined": "Declined by the bank",
    "card_expired": "Card has expired",
    "limit_exceeded": "Spending limit reached",
    "authentication_failed": "Identity check failed",
    "suspected_fraud": "Stopped by the fraud check",
    "bank_unavailable": "Bank cannot be reached",
}


def open_payment(db: Database, merchant_id: str, data: dict[str, Any]) -> tuple[Row, bool]:
    """Opens a payment, or finds the one this number already opened; True when it is new.

    Raises: Refusal 422 for a bad field, or when the number was used with another amount or currency.
    """
    values: dict[str, Any] = {
        "trade_no": fields.new_number("PP"),
        "merchant_id": merchant_id,
        "out_trade_no": fields.number(data, "out_trade_no"),
        "amount": fields.amount(data),
        "currency": fields.currency(data),
        "scene": fields.choice(data, "scene", SCENES, "web"),
        "subject": fields.text(data, "subject"),
        "notify_url": fields.url(data, "notify_url"),
        "return_url": fields.url(data, "return_url"),
        "expires_at": fields.moment(data, "expires_at"),
        "created_at": now(),
    }
    found = by_number(db, merchant_id, values["out_trade_no"])
    if found is not None:
        if (found["amount"], found["currency"]) != (values["amount"], values["currency"]):
            raise fields.Refusal(422, "number_reused", "This out_trade_no has another amount or currency.")
        return found, False
    if _is_closed_number(db, merchant_id, values["out_trade_no"]):
        raise fields.Refusal(409, "payment_closed", "This number was closed before it was opened.")
    if values["expires_at"] <= values["created_at"]:
        raise fields.invalid("expires_at has passed.")
    insert(db, "payments", values | {"status": "pending"})
    return by_trade(db, values["trade_no"]), True


def by_number(db: Database, merchant_id: str, out_trade_no: str) -> Row | None:
    """The merchant's payment of this number, expired if its time has come."""
    expire_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM payments WHERE merchant_id = ? AND out_trade_no = ?", (merchant_id, out_trade_no)
    ).fetchone()
    return row


def by_trade(db: Database, trade_no: str) -> Row:
    """The payment of the company's own number. Raises: Refusal 404."""
    expire_due(db)
    row: Row | None = db.execute("SELECT * FROM payments WHERE trade_no = ?", (trade_no,)).fetchone()
    if row is None:
        raise fields.Refusal(404, "payment_not_found", "There is no such payment.")
    return row


def require(db: Database, merchant_id: str, out_trade_no: str) -> Row:
    row = by_number(db, merchant_id, out_trade_no)
    if row is None:
        raise fields.Refusal(404, "payment_not_found", "There is no such payment.")
    return row


def try_means(db: Database, payment: Row, means: str) -> None:
    """The buyer takes this card: the same text is the same card, also in other payments."""
    db.execute("UPDATE payments SET means = ? WHERE trade_no = ?", (means, payment["trade_no"]))


def approve(db: Database, payment: Row, *, is_forced: bool = False) -> Row:
    """The buyer pays. `is_forced` lets a failed or closed payment succeed after all, as happens in life."""
    _decide(db, payment, is_forced=is_forced, status="succeeded", paid_at=now())
    return _notify(db, payment["trade_no"], "payment.succeeded")


def decline(db: Database, payment: Row, code: str) -> Row:
    _decide(db, payment, status="failed", decline_code=code)
    return _notify(db, payment["trade_no"], "payment.failed")


def close(db: Database, payment: Row, *, reason: str) -> Row:
    """Ends a pending payment: reason `buyer`, `merchant` or `expired`. A closed one stays as it is."""
    if payment["status"] == "closed":
        return payment
    _decide(db, payment, status="closed", close_reason=reason)
    return _notify(db, payment["trade_no"], "payment.closed")


def close_number(db: Database, merchant_id: str, out_trade_no: str) -> None:
    """Keeps a number that was never used from being opened by a call that is still on its way."""
    db.execute("INSERT OR IGNORE INTO closed_numbers VALUES (?, ?)", (merchant_id, out_trade_no))


def expire_due(db: Database) -> None:
    late = db.execute("SELECT * FROM payments WHERE status = 'pending' AND expires_at <= ?", (now(),))
    for payment in late.fetchall():
        close(db, payment, reason="expired")


def show(payment: Row) -> dict[str, Any]:
    """The payment as the API answers it."""
    shown = {name: payment[name] for name in ("trade_no", "out_trade_no", "status", "amount", "currency")}
    shown["created_at"] = fields.iso(payment["created_at"])
    for name, value in (
        ("decline_code", payment["decline_code"]),
        ("close_reason", payment["close_reason"]),
        ("means", payment["means"]),
        ("paid_at", fields.iso(payment["paid_at"])),
    ):
        if value is not None:
            shown[name] = value
    return shown


def _is_closed_number(db: Database, merchant_id: str, out_trade_no: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM closed_numbers WHERE merchant_id = ? AND out_trade_no = ?", (merchant_id, out_trade_no)
    )
    return found.fetchone() is not None


def _decide(
    db: Database,
    payment: Row,
    *,
    status: str,
    is_forced: bool = False,
    decline_code: str | None = None,
    close_reason: str | None = None,
    paid_at: float | None = None,
) -> None:
    """Raises: Refusal 409 when the payment is decided already."""
    allowed = ("pending", "failed", "closed") if is_forced else ("pending",)
    if payment["status"] not in allowed:
        raise fields.Refusal(409, f"payment_{payment['status']}", f"The payment is {payment['status']}.")
    db.execute(
        "UPDATE payments SET status = ?, decline_code = ?, close_reason = ?, paid_at = ? WHERE trade_no = ?",
        (status, decline_code, close_reason, paid_at, payment["trade_no"]),
    )


def _notify(db: Database, trade_no: str, event: str) -> Row:
    payment: Row = db.execute("SELECT * FROM payments WHERE trade_no = ?", (trade_no,)).fetchone()
    notices.write_notice(db, payment, event, {"status": payment["status"]} | _known_of(payment))
    return payment


def _known_of(payment: Row) -> dict[str, Any]:
    return {name: payment[name] for name in ("decline_code", "close_reason", "means") if payment[name] is not None}
