"""Their words: for states, for times, for what they refuse."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row

BEIJING = timezone(timedelta(hours=8))
TRADE_TYPES = {"qr": "NATIVE", "web": "MWEB", "app": "JSAPI"}
STATES = {"pending": "NOTPAY", "succeeded": "SUCCESS", "failed": "PAYERROR", "closed": "CLOSED"}
DESCRIPTIONS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "订单发生过退款,退款详情请查询退款单",
    "PAYERROR": "支付失败",
    "CLOSED": "订单已关闭",
}
# A refund that failed because the buyer's card is gone is theirs to sort out by hand; others are closed.
BY_HAND = ("account_closed",)

# What Pretend Pay says no with → their status and code.
CODES = {
    "payment_not_found": (404, "ORDER_NOT_EXIST"),
    "refund_not_found": (404, "RESOURCE_NOT_EXISTS"),
    "number_reused": (403, "OUT_TRADE_NO_USED"),
    "payment_not_paid": (400, "INVALID_REQUEST"),
    "refund_exceeds_payment": (400, "INVALID_REQUEST"),
    "bill_not_ready": (400, "NO_STATEMENT_EXIST"),
}


class Refused(Refusal):
    """They say no, in their own words."""


def in_their_words(refusal: Refusal, operation: str) -> Refusal:
    if isinstance(refusal, Refused):
        return refusal
    status, code = CODES.get(refusal.code, (400, "PARAM_ERROR"))
    if operation == "refund" and code == "ORDER_NOT_EXIST":
        code = "RESOURCE_NOT_EXISTS"
    return Refusal(status, code, refusal.message)


def transaction(db: Database, merchant: Row, payment: Row) -> dict[str, Any]:
    """The payment as they answer it: of an unpaid one little."""
    state = STATES[payment["status"]]
    if state == "SUCCESS" and _is_refunded(db, payment):
        state = "REFUND"
    return shown(merchant, payment, state)


def shown(merchant: Row, payment: Row, state: str) -> dict[str, Any]:
    about = {
        "mchid": merchant["mchid"],
        "appid": merchant["appid"],
        "out_trade_no": payment["out_trade_no"],
        "trade_state": state,
        "trade_state_desc": DESCRIPTIONS[state],
        "attach": "",
        "amount": {"total": payment["amount"]},
    }
    about["payer"] = {"openid": payment["means"] or "oPretendBuyer"}
    if state not in ("SUCCESS", "REFUND"):
        return about
    return about | {
        "transaction_id": payment["trade_no"],
        "trade_type": TRADE_TYPES[payment["scene"]],
        "bank_type": "OTHERS",
        "success_time": clock(payment["paid_at"]),
        "amount": {
            "total": payment["amount"],
            "payer_total": payment["amount"],
            "currency": payment["currency"],
            "payer_currency": payment["currency"],
        },
    }


def refund(db: Database, row: Row) -> dict[str, Any]:
    """The refund as they answer it."""
    payment = db.execute("SELECT * FROM payments WHERE trade_no = ?", (row["trade_no"],)).fetchone()
    return refund_parts(row, payment) | {
        "channel": "ORIGINAL",
        "create_time": clock(row["created_at"]),
        "status": refund_status(row),
        "funds_account": "AVAILABLE",
        "amount": {
            "refund": row["amount"],
            "total": payment["amount"],
            "payer_refund": row["amount"],
            "payer_total": payment["amount"],
            "settlement_refund": row["amount"],
            "settlement_total": payment["amount"],
            "discount_refund": 0,
            "currency": row["currency"],
        },
    }


def refund_parts(row: Row, payment: Row) -> dict[str, Any]:
    """What answers and notices about a refund share."""
    parts = {
        "refund_id": row["refund_no"],
        "out_refund_no": row["out_refund_no"],
        "transaction_id": payment["trade_no"],
        "out_trade_no": payment["out_trade_no"],
        "user_received_account": "零钱",
    }
    return parts | ({"success_time": clock(row["decided_at"])} if row["status"] == "succeeded" else {})


def refund_status(row: Row) -> str:
    if row["status"] == "failed":
        return "ABNORMAL" if row["code"] in BY_HAND else "CLOSED"
    return {"pending": "PROCESSING", "succeeded": "SUCCESS"}[row["status"]]


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).isoformat(timespec="seconds")


def _is_refunded(db: Database, payment: Row) -> bool:
    query = "SELECT 1 FROM refunds WHERE trade_no = ? AND status <> 'failed'"
    return db.execute(query, (payment["trade_no"],)).fetchone() is not None
