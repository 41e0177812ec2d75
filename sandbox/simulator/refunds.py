"""Refunds of succeeded payments, in full or in part."""

from typing import Any

from sandbox.simulator import fields, notices, payments
from sandbox.simulator.store import Database, Row, insert, now

FAIL_CODES = ("insufficient_merchant_balance", "account_closed", "refund_period_over")


def open_refund(
    db: Database, merchant_id: str, data: dict[str, Any], *, fail_code: str | None, decides_at: float | None
) -> tuple[Row, bool]:
    """Refunds at once, or finds the refund this number already made; True when it is new.

    `fail_code` makes it fail; `decides_at` leaves it pending until that second.
    Raises: Refusal 404 no such payment, 409 not paid, 422 bad field, reused number or too much.
    """
    out_refund_no, amount = fields.number(data, "out_refund_no"), fields.amount(data)
    currency = fields.currency(data)
    out_trade_no = fields.number(data, "out_trade_no")
    found = by_number(db, merchant_id, out_refund_no)
    if found is not None:
        same = (found["amount"], found["currency"], found["out_trade_no"]) == (amount, currency, out_trade_no)
        if not same:
            raise fields.Refusal(422, "number_reused", "This out_refund_no was used for another refund.")
        return found, False
    payment = payments.require(db, merchant_id, out_trade_no)
    _check_room(db, payment, amount, currency)
    status = "failed" if fail_code else "pending" if decides_at is not None else "succeeded"
    values = {
        "refund_no": fields.new_number("PR"),
        "merchant_id": merchant_id,
        "out_refund_no": out_refund_no,
        "trade_no": payment["trade_no"],
        "out_trade_no": out_trade_no,
        "amount": amount,
        "currency": currency,
        "reason": fields.text(data, "reason", default="refund"),
        "status": status,
        "code": fail_code,
        "notify_url": fields.url(data, "notify_url") if "notify_url" in data else payment["notify_url"],
        "created_at": now(),
        "decides_at": decides_at,
        "decided_at": None if status == "pending" else now(),
    }
    insert(db, "refunds", values)
    row = require(db, merchant_id, out_refund_no)
    if status != "pending":
        _notify(db, row)
    return row, True


def by_number(db: Database, merchant_id: str, out_refund_no: str) -> Row | None:
    decide_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM refunds WHERE merchant_id = ? AND out_refund_no = ?", (merchant_id, out_refund_no)
    ).fetchone()
    return row


def require(db: Database, merchant_id: str, out_refund_no: str) -> Row:
    row = by_number(db, merchant_id, out_refund_no)
    if row is None:
        raise fields.Refusal(404, "refund_not_found", "There is no such refund.")
    return row


def decide(db: Database, refund: Row, *, fail_code: str | None = None, is_forced: bool = False) -> Row:
    """Ends a pending refund. `is_forced` lets one that was made fail after all, as happens when a bank sends it back.

    Raises: Refusal 409 when it has ended.
    """
    if refund["status"] != "pending" and not (is_forced and fail_code and refund["status"] == "succeeded"):
        raise fields.Refusal(409, f"refund_{refund['status']}", f"The refund is {refund['status']}.")
    db.execute(
        "UPDATE refunds SET status = ?, code = ?, decided_at = ?, decides_at = NULL WHERE refund_no = ?",
        ("failed" if fail_code else "succeeded", fail_code, now(), refund["refund_no"]),
    )
    decided: Row = db.execute("SELECT * FROM refunds WHERE refund_no = ?", (refund["refund_no"],)).fetchone()
    _notify(db, decided)
    return decided


def decide_due(db: Database) -> None:
    due = db.execute("SELECT * FROM refunds WHERE status = 'pending' AND decides_at <= ?", (now(),))
    for refund in due.fetchall():
        decide(db, refund)


def show(refund: Row) -> dict[str, Any]:
    """The refund as the API answers it."""
    names = ("refund_no", "out_refund_no", "out_trade_no", "status", "amount", "currency")
    shown = {name: refund[name] for name in names}
    if refund["code"] is not None:
        shown["code"] = refund["code"]
    return shown


def _check_room(db: Database, payment: Row, amount: int, currency: str) -> None:
    if payment["status"] != "succeeded":
        raise fields.Refusal(409, "payment_not_paid", f"The payment is {payment['status']}.")
    if payment["currency"] != currency:
        raise fields.Refusal(422, "currency_mismatch", f"The payment was made in {payment['currency']}.")
    (taken,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM refunds WHERE trade_no = ? AND status <> 'failed'",
        (payment["trade_no"],),
    ).fetchone()
    if taken + amount > payment["amount"]:
        raise fields.Refusal(422, "refund_exceeds_payment", "More would be refunded than was paid.")


def _notify(db: Database, refund: Row) -> None:
    payment = db.execute("SELECT * FROM payments WHERE trade_no = ?", (refund["trade_no"],)).fetchone()
    more = {"refund_no": refund["refund_no"], "out_refund_no": refund["out_refund_no"]}
    more |= {"status": refund["status"], "amount": refund["amount"]}
    if refund["code"] is not None:
        more["decline_code"] = refund["code"]
    notices.write_notice(db, payment, f"refund.{refund['status']}", more, url=refund["notify_url"])
