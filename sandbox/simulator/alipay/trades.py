"""What the gateway's methods do, over the payments and refunds of the pretend company."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.simulator import fields, payments, refunds
from sandbox.simulator.alipay import answers, bills
from sandbox.simulator.alipay.answers import Refused
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now

LONGEST = timedelta(days=15)
SUCCESS = {"code": "10000", "msg": "Success"}
BUYER = {"buyer_logon_id": "pre***@example.com", "buyer_user_id": "2088000000000000"}


@dataclass(frozen=True)
class Call:
    """A call whose signature held: the app, everything that was sent, and the parsed `biz_content`."""

    app: Row
    parameters: dict[str, str]
    biz: dict[str, Any]
    base_url: str
    script: Script | None = None

    @property
    def behavior(self) -> str:
        return self.script.behavior if self.script else ""


def precreate(db: Database, call: Call) -> dict[str, Any]:
    """Only a code: the trade itself begins when a buyer scans it."""
    if call.behavior == "decline":
        raise Refused((call.script and call.script.value) or "ACQ.ACCESS_FORBIDDEN", "The app may not do this.")
    values = read_fields(call, scene="qr")
    number = values["out_trade_no"]
    known = payments.by_number(db, call.app["app_id"], number)
    if known is not None and known["status"] != "pending":
        paid = known["status"] == "succeeded"
        raise Refused("ACQ.TRADE_HAS_SUCCESS" if paid else "ACQ.TRADE_HAS_CLOSE", f"The trade is {known['status']}.")
    db.execute(
        "INSERT INTO alipay_codes (code, app_id, out_trade_no, request) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (app_id, out_trade_no) DO NOTHING",
        (secrets.token_hex(10), call.app["app_id"], number, json.dumps(values)),
    )
    row = db.execute(
        "SELECT code, request FROM alipay_codes WHERE app_id = ? AND out_trade_no = ?", (call.app["app_id"], number)
    ).fetchone()
    if json.loads(row["request"])["amount"] != values["amount"]:
        raise Refused("ACQ.CONTEXT_INCONSISTENT", "This number was used for another amount.")
    return {"out_trade_no": number, "qr_code": f"{call.base_url}/alipay/qr/{row['code']}"}


def open_scanned(db: Database, code: str) -> Row:
    """The buyer scanned the code. Raises: Refusal 404 or 422."""
    row = db.execute("SELECT * FROM alipay_codes WHERE code = ?", (code,)).fetchone()
    if row is None:
        raise fields.Refusal(404, "code_not_found", "This code is not valid.")
    payment, _ = payments.open_payment(db, row["app_id"], json.loads(row["request"]))
    return payment


def query(db: Database, call: Call) -> dict[str, Any]:
    payment = _trade(db, call)
    amount = payment["amount"] + off_by(call, "wrong_amount")
    buyer = BUYER | ({"buyer_user_id": payment["means"]} if payment["means"] else {})
    shown = buyer | numbers(payment) | {"trade_status": status(db, payment), "total_amount": answers.yuan(amount)}
    paid = payment["amount"] if payment["status"] == "succeeded" else 0
    shown |= dict.fromkeys(("buyer_pay_amount", "invoice_amount", "receipt_amount"), answers.yuan(paid))
    if payment["paid_at"] is not None:
        shown["send_pay_date"] = answers.clock(payment["paid_at"])
    return shown


def close(db: Database, call: Call) -> dict[str, Any]:
    payment = _trade(db, call)
    if call.behavior == "decline" or payment["status"] != "pending":
        raise Refused("ACQ.TRADE_STATUS_ERROR", "Only a trade that waits to be paid can be closed.")
    return numbers(payments.close(db, payment, reason="merchant"))


def refund(db: Database, call: Call) -> dict[str, Any]:
    """Repeating a number moves nothing (`fund_change` N). A refused one may be requested again."""
    payment = _trade(db, call)
    number = str(call.biz.get("out_request_no") or payment["out_trade_no"])
    amount = answers.minor(call.biz.get("refund_amount"))
    known = refunds.by_number(db, call.app["app_id"], number)
    if known is None:
        _may_refund(db, payment, amount, call)
    elif known["amount"] != amount:
        raise Refused("ACQ.DISCORDANT_REPEAT_REQUEST", "This number was used for another refund.")
    values = {
        "out_refund_no": number,
        "out_trade_no": payment["out_trade_no"],
        "amount": amount,
        "currency": "CNY",
        "reason": str(call.biz.get("refund_reason") or "refund")[:256],
        "notify_url": payment["notify_url"],
    }
    decides_at = now() + call.script.seconds if call.script and call.behavior == "pending" else None
    made, is_new = refunds.open_refund(db, call.app["app_id"], values, fail_code=None, decides_at=decides_at)
    moved = is_new and made["status"] == "succeeded"
    total = answers.yuan(refunded(db, payment) + off_by(call, "wrong_amount"))
    shown = BUYER | numbers(payment) | {"fund_change": "Y" if moved else "N", "refund_fee": total}
    return shown | {"send_back_fee": answers.yuan(amount if moved else 0)}


def query_refund(db: Database, call: Call) -> dict[str, Any]:
    """Without `refund_status` the refund did not happen, or not yet: that is all they say."""
    payment = _trade(db, call)
    number = str(call.biz.get("out_request_no") or payment["out_trade_no"])
    made = refunds.by_number(db, call.app["app_id"], number)
    if made is None or made["trade_no"] != payment["trade_no"] or made["status"] != "succeeded":
        return {}
    amount = made["amount"] + off_by(call, "wrong_amount")
    return numbers(payment) | {
        "out_request_no": number,
        "refund_amount": answers.yuan(amount),
        "refund_status": "REFUND_SUCCESS",
        "total_amount": answers.yuan(payment["amount"]),
    }


def bill_url(db: Database, call: Call) -> dict[str, Any]:
    if call.biz.get("bill_type") != "trade":
        raise Refused("invalid_arguments", "There are bills of trades only.")
    token = bills.make(db, call.app, str(call.biz.get("bill_date", "")), call.script)
    return {"bill_download_url": f"{call.base_url}/alipay/downloadBillFile.resource?bizType=trade&token={token}"}


def read_fields(call: Call, *, scene: str) -> dict[str, Any]:
    """The fields that the pretend company needs to open a payment. Raises: Refused."""
    biz, values = call.biz, call.parameters
    if set("/=&") & set(str(biz.get("subject"))):
        raise answers.invalid("The subject may not hold / = &.")
    until = answers.moment(biz["time_expire"]).timestamp() if "time_expire" in biz else now() + LONGEST.total_seconds()
    return {
        "out_trade_no": biz.get("out_trade_no"),
        "amount": answers.minor(biz.get("total_amount")),
        "currency": "CNY",
        "scene": scene,
        "subject": biz.get("subject"),
        "notify_url": values.get("notify_url"),
        "return_url": values.get("return_url") or call.base_url + "/",
        "expires_at": fields.iso(until),
    }


def status(db: Database, payment: Row) -> str:
    """Their word. A declined payment is closed here; at the real company the buyer may try another card."""
    if payment["status"] == "succeeded":
        return "TRADE_CLOSED" if refunded(db, payment) >= payment["amount"] else "TRADE_SUCCESS"
    return "WAIT_BUYER_PAY" if payment["status"] == "pending" else "TRADE_CLOSED"


def refunded(db: Database, payment: Row) -> int:
    """All that was refunded so far, in fen."""
    (total,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM refunds WHERE trade_no = ? AND status = 'succeeded'",
        (payment["trade_no"],),
    ).fetchone()
    return int(total)


def _trade(db: Database, call: Call) -> Row:
    payment = payments.by_number(db, call.app["app_id"], str(call.biz.get("out_trade_no", "")))
    if payment is None:
        raise Refused("ACQ.TRADE_NOT_EXIST", "The trade does not exist.")
    return payment


def numbers(payment: Row) -> dict[str, str]:
    return {"trade_no": payment["trade_no"], "out_trade_no": payment["out_trade_no"]}


def _may_refund(db: Database, payment: Row, amount: int, call: Call) -> None:
    if call.behavior == "decline":
        code = (call.script and call.script.value) or "ACQ.SELLER_BALANCE_NOT_ENOUGH"
        raise Refused(code, "The refund was refused.")
    if payment["status"] != "succeeded":
        raise Refused("ACQ.TRADE_STATUS_ERROR", "The trade was not paid.")
    if refunded(db, payment) + amount > payment["amount"]:
        raise Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "More would be refunded than was paid.")


def off_by(call: Call, behavior: str) -> int:
    if call.script is None or call.behavior != behavior:
        return 0
    return int(call.script.value or 1)
