"""Transfers to somebody's account. Each runs in one transaction. Raises: Refused."""

from typing import Any

from sandbox.simulator import payouts
from sandbox.simulator.alipay import answers
from sandbox.simulator.alipay.answers import Refused
from sandbox.simulator.alipay.trades import Call, off_by
from sandbox.simulator.store import Database, Row, now

MESSAGE = "alipay.fund.trans.order.changed"
PRODUCT = {"product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER"}
KINDS = ("ALIPAY_USER_ID", "ALIPAY_OPEN_ID", "ALIPAY_LOGON_ID")
SMALLEST = 10
STATUS = {"pending": "DEALING", "succeeded": "SUCCESS", "failed": "FAIL"}
# our reason → theirs
CODES = {
    "account_closed": "PAYEE_USERINFO_STATUS_ERROR",
    "payee_rejected": "PAYEE_NOT_EXIST",
    "insufficient_merchant_balance": "PAYER_BALANCE_NOT_ENOUGH",
}


def transfer(db: Database, call: Call) -> dict[str, Any]:
    """Moves money once under a number. What was refused may be asked for again."""
    biz = call.biz
    if any(biz.get(name) != value for name, value in PRODUCT.items()):
        raise Refused("INVALID_PARAMETER", "There are transfers to accounts only.")
    payee, amount = biz.get("payee_info"), answers.minor(biz.get("trans_amount"))
    if not isinstance(payee, dict) or payee.get("identity_type") not in KINDS or amount < SMALLEST:
        raise Refused("INVALID_PARAMETER", "payee_info or trans_amount is not right.")
    if payee["identity_type"] == "ALIPAY_LOGON_ID" and not payee.get("name"):
        raise Refused("INVALID_PARAMETER", "A logon id needs a name.")
    if call.behavior == "decline":
        code = (call.script and call.script.value) or "insufficient_merchant_balance"
        raise Refused(CODES.get(code, code), "The transfer was refused.")
    number, account = str(biz.get("out_biz_no", "")), str(payee.get("identity", ""))
    known = payouts.by_number(db, call.app["app_id"], number)
    if known is not None and (known["amount"], known["account"]) != (amount, account):
        raise Refused("BIZ_UNIQUE_EXCEPTION", "This number was used for another transfer.")
    values = {
        "out_payout_no": number,
        "amount": amount,
        "currency": "CNY",
        "account": account,
        "name": payee.get("name") or "-",
        "reason": str(biz.get("order_title") or "-"),
    }
    if call.app["gateway_url"] is not None:
        values["notify_url"] = call.app["gateway_url"]
    decides_at = now() + call.script.seconds if call.script and call.behavior == "pending" else None
    row, _ = payouts.open_payout(db, call.app["app_id"], values, fail_code=None, decides_at=decides_at)
    return _numbers(row) | {"status": status(row), "trans_date": answers.clock(row["created_at"])}


def query(db: Database, call: Call) -> dict[str, Any]:
    row = payouts.by_number(db, call.app["app_id"], str(call.biz.get("out_biz_no", "")))
    if row is None:
        raise Refused("ORDER_NOT_EXIST", "The transfer does not exist.")
    return about(row, off_by=off_by(call, "wrong_amount")) | {"pay_date": answers.clock(row["created_at"])}


def about(row: Row, *, event: str | None = None, off_by: int = 0) -> dict[str, str]:
    """The transfer as it stands, or stood when this `event` of ours happened."""
    now_is = status(row, event)
    shown = _numbers(row) | PRODUCT | {"trans_amount": answers.yuan(row["amount"] + off_by), "status": now_is}
    if now_is in ("FAIL", "REFUND"):
        shown |= {"error_code": CODES.get(row["code"], "PAYEE_NOT_EXIST"), "fail_reason": "The account cannot be paid."}
    return shown


def status(row: Row, event: str | None = None) -> str:
    """Their word; what had arrived and failed later was sent back."""
    state = event.removeprefix("payout.") if event else row["status"]
    return "REFUND" if state == "failed" and row["code"] is not None else STATUS[state]


def _numbers(row: Row) -> dict[str, str]:
    number = str(row["payout_no"])
    return {"out_biz_no": row["out_payout_no"], "order_id": number, "pay_fund_order_id": f"F{number}"}
