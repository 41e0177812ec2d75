"""Notices to an Alipay merchant: a signed form, `notify_id` the same on every attempt, acknowledged by `success`."""

import json
from typing import Any
from urllib.parse import urlencode

from sandbox.simulator.alipay import answers, apps, keys, trades, transfers
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now

NEVER_NOTIFIED = (
    *("refund.failed", "bill.ready", "settlement.paid", "settlement.failed", "payment_method.detached"),
    *("contract.signed", "contract.ended", "dispute.partly_lost"),  # they tell of agreements, below
)
COMPLAINED = "alipay.merchant.tradecomplain.changed"
# At once, then as theirs: 8 sends within 25 hours.
LADDER_S = (0, 240, 600, 600, 3600, 7200, 21600, 54000)
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


def is_acknowledged(http_status: int | None, body: str) -> bool:
    """Exactly the word, nothing around it; a redirect does not count."""
    return http_status == 200 and body == "success"


def message(db: Database, app: Row, notice: Row, script: Script | None) -> tuple[bytes, dict[str, str]]:
    """The body and headers of one attempt. Apart from `forge`, the signature is always right."""
    form = _about(app, notice) | _inside(db, app, notice, script)
    behavior, kind = (script.behavior, script.value or "html") if script else ("", "")
    if behavior == "garbage" and kind == "float_amount":
        form["total_amount"] = "19.805"
    content = "&".join(f"{name}={form[name]}" for name in sorted(form))
    other = keys.sign(app["private_key"], content + "x")
    signature = other if behavior == "forge" else keys.sign(app["private_key"], content)
    body = urlencode(form | {"sign_type": "RSA2", "sign": signature}).encode()
    return _garbled(body, kind) if behavior == "garbage" else body, HEADERS


def of(db: Database, notice: Row) -> Row | None:
    """The app that this notice is for, when it is Alipay's."""
    return apps.find(db, notice["merchant_id"])


def _about(app: Row, notice: Row) -> dict[str, str]:
    return {
        "notify_id": notice["notice_id"].removeprefix("ntc_"),
        "notify_time": answers.clock(now()),
        "charset": "utf-8",
        "version": "1.0",
        "app_id": app["app_id"],
        "auth_app_id": app["app_id"],
    }


def _inside(db: Database, app: Row, notice: Row, script: Script | None) -> dict[str, str]:
    if notice["event"].startswith("agreement."):
        return _of_agreement(db, notice) | _misaddressed(script)
    if notice["event"].startswith("dispute."):
        number = {"complain_event_id": json.loads(notice["payload"])["dispute_no"]}
        return _message(COMPLAINED, number) | _misaddressed(script)
    if notice["event"].startswith("payout."):
        return _of_transfer(db, notice, script) | _misaddressed(script)
    payment = db.execute("SELECT * FROM payments WHERE trade_no = ?", (notice["trade_no"],)).fetchone()
    return _of_trade(db, app, payment, notice) | _altered(payment, script)


def _of_agreement(db: Database, notice: Row) -> dict[str, str]:
    row = db.execute("SELECT * FROM alipay_agreements WHERE agreement_no = ?", (notice["trade_no"],)).fetchone()
    request = json.loads(row["request"])
    is_end = notice["event"] == "agreement.ended"
    form = {
        "notify_type": "dut_user_unsign" if is_end else "dut_user_sign",
        "status": "UNSIGN" if is_end else "NORMAL",
        "agreement_no": row["agreement_no"],
        "external_agreement_no": row["external_no"],
        "personal_product_code": request["personal_product_code"],
        "sign_scene": request["sign_scene"],
        "alipay_user_id": trades.BUYER["buyer_user_id"],
        "alipay_logon_id": trades.BUYER["buyer_logon_id"],
    }
    if is_end:
        return form | {"unsign_time": answers.clock(row["ended_at"])}
    signed_at = answers.clock(row["signed_at"])
    return form | {"sign_time": signed_at, "valid_time": signed_at, "invalid_time": "2115-02-01 00:00:00"}


def _of_transfer(db: Database, notice: Row, script: Script | None) -> dict[str, str]:
    """A message to the app's gateway, in the form of its own that messages have."""
    row = db.execute("SELECT * FROM payouts WHERE payout_no = ?", (notice["trade_no"],)).fetchone()
    off_by = int(script.value or 1) if script is not None and script.behavior == "wrong_amount" else 0
    return _message(
        transfers.MESSAGE, transfers.about(row, event=notice["event"], off_by=off_by) | {"action_type": "FINISH"}
    )


def _message(method: str, about: dict[str, Any]) -> dict[str, str]:
    return {
        "msg_method": method,
        "msg_type": "sub",
        "utc_timestamp": str(int(now() * 1000)),
        "biz_content": json.dumps(about, ensure_ascii=False),
    }


def _of_trade(db: Database, app: Row, payment: Row, notice: Row) -> dict[str, str]:
    payload = json.loads(notice["payload"])
    form = {
        "notify_type": "trade_status_sync",
        "seller_id": app["seller_id"],
        "buyer_id": trades.BUYER["buyer_user_id"],
        "trade_no": payment["trade_no"],
        "out_trade_no": payment["out_trade_no"],
        "subject": payment["subject"],
        "total_amount": answers.yuan(payment["amount"]),
        "trade_status": "TRADE_SUCCESS" if notice["event"] == "payment.succeeded" else "TRADE_CLOSED",
        "gmt_create": answers.clock(payment["created_at"]),
    }
    if payment["paid_at"] is not None and notice["event"] != "payment.closed":
        form |= {"gmt_payment": answers.clock(payment["paid_at"]), "receipt_amount": form["total_amount"]}
    return form | _of_refund(db, payment, notice, payload)


def _of_refund(db: Database, payment: Row, notice: Row, payload: dict[str, Any]) -> dict[str, str]:
    """A refund is notified as its trade: `refund_fee` is all refunds together, the state is the trade's."""
    if not notice["event"].startswith("refund."):
        return {}
    return {
        "out_biz_no": payload["out_refund_no"],
        "refund_fee": answers.yuan(trades.refunded(db, payment)),
        "gmt_refund": answers.clock(notice["created_at"]),
        "trade_status": trades.status(db, payment),
    }


def _altered(payment: Row, script: Script | None) -> dict[str, str]:
    if script is None:
        return {}
    match script.behavior:
        case "wrong_amount":
            return {"total_amount": answers.yuan(payment["amount"] + int(script.value or 1))}
    return _misaddressed(script)


def _misaddressed(script: Script | None) -> dict[str, str]:
    """The value names the field that is not ours."""
    is_wanted = script is not None and script.behavior == "wrong_merchant"
    return {(script and script.value) or "app_id": "2088999999999999"} if is_wanted else {}


def _garbled(body: bytes, kind: str) -> bytes:
    match kind:
        case "truncated":
            return body[: len(body) // 2]
        case "duplicate_keys":
            return body + b"&total_amount=0.01"
        case "not_utf8":
            return body.replace(b"subject=", b"subject=%ff%fe")
        case "float_amount":
            return body
    return b"<html>maintenance</html>"
