"""Notices to a WeChat Pay merchant: successes and refunds only, encrypted, signed, the same id on every attempt."""

import json
import secrets
from typing import Any

from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.wechat import answers, keys, merchants, trades, transfers

NEVER_NOTIFIED = (
    *("payment.failed", "payment.closed", "bill.ready", "settlement.paid", "settlement.failed"),
    "payment_method.detached",
    "dispute.partly_lost",
)
CONTRACTS = {"contract.signed": ("ENTRUST.SIGN", "SIGNED"), "contract.ended": ("ENTRUST.TERMINATE", "TERMINATED")}
COMPLAINTS = {
    "dispute.opened": ("COMPLAINT.CREATE", "CREATE_COMPLAINT"),
    "dispute.updated": ("COMPLAINT.STATE_CHANGE", "MERCHANT_RESPONSE"),
    "dispute.won": ("COMPLAINT.STATE_CHANGE", "MERCHANT_CONFIRM_COMPLETE"),
    "dispute.lost": ("COMPLAINT.STATE_CHANGE", "SELLER_REFUND"),
}
# At once, then as theirs: 16 sends within 24 hours and 4 minutes.
LADDER_S = (0, 15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
SUMMARIES = {
    "SIGN": "委托代扣签约通知",
    "TERMINATE": "委托代扣解约通知",
    "CREATE": "产生新投诉",
    "STATE_CHANGE": "投诉状态变化",
}
SUMMARIES |= {"BILL.FINISHED": "商家转账单据终态通知", "SUCCESS": "成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}


def of(db: Database, notice: Row) -> Row | None:
    """The merchant that this notice is for, when it is WeChat Pay's."""
    return merchants.find(db, notice["merchant_id"])


def is_acknowledged(http_status: int | None, _: str) -> bool:
    return http_status in (200, 204)


def message(db: Database, merchant: Row, notice: Row, script: Script | None) -> tuple[bytes, dict[str, str]]:
    """The body and headers of one attempt. Apart from `forge`, the signature is always right."""
    behavior, kind = (script.behavior, script.value or "html") if script else ("", "")
    if notice["event"].startswith("payout."):
        return _of_transfer(db, merchant, notice, script)
    if notice["event"] in CONTRACTS or notice["event"] in COMPLAINTS:
        return _of_account(merchant, notice, script)
    event, about, inside = _inside(db, merchant, notice)
    name = "refund" if about == "refund" else "total"
    inside |= trades.altered_amount(inside["amount"], script, name)
    if script and behavior == "wrong_merchant":
        inside |= {script.value or "mchid": "1900009999"}  # the value names the field that is not ours
    if behavior == "garbage" and kind == "float_amount":
        inside["amount"][name] += 0.5
    body = json.dumps(_sealed(merchant, notice, event, about, inside), ensure_ascii=False).encode()
    if behavior == "garbage":
        body = _garbled(body, kind)
    at = int(now() - script.seconds) if script and behavior == "stale" else int(now())
    return body, headers(merchant, body, at=at, is_forged=behavior == "forge")


def _of_transfer(db: Database, merchant: Row, notice: Row, script: Script | None) -> tuple[bytes, dict[str, str]]:
    row = db.execute("SELECT * FROM payouts WHERE payout_no = ?", (notice["trade_no"],)).fetchone()
    ended = "SUCCESS" if notice["event"] == "payout.succeeded" else "FAIL"
    inside = transfers.about(merchant, row, ended, script=script)
    if script and script.behavior == "wrong_merchant":
        inside |= {script.value or "mch_id": "1900009999"}
    sealed = _sealed(merchant, notice, transfers.EVENT, "mch_payment", inside)
    body = json.dumps(sealed, ensure_ascii=False).encode()
    at = int(now() - script.seconds) if script and script.behavior == "stale" else int(now())
    return body, headers(merchant, body, at=at, is_forged=bool(script and script.behavior == "forge"))


def _of_account(merchant: Row, notice: Row, script: Script | None) -> tuple[bytes, dict[str, str]]:
    said = json.loads(notice["payload"])
    if notice["event"] in COMPLAINTS:
        event, action = COMPLAINTS[notice["event"]]
        about, inside = "complaint", {"complaint_id": said["dispute_no"], "action_type": action}
    else:
        event, state = CONTRACTS[notice["event"]]
        about, inside = "entrust", contract(merchant, said, state)
    if script and script.behavior == "wrong_merchant":
        inside |= {script.value or "mchid": "1900009999"}
    body = json.dumps(_sealed(merchant, notice, event, about, inside), ensure_ascii=False).encode()
    if script and script.behavior == "garbage":
        body = _garbled(body, script.value or "html")
    at = int(now() - script.seconds) if script and script.behavior == "stale" else int(now())
    return body, headers(merchant, body, at=at, is_forged=bool(script and script.behavior == "forge"))


def contract(merchant: Row, said: dict[str, Any], state: str) -> dict[str, Any]:
    """A contract, as notices and answers show it."""
    return {
        "mchid": merchant["mchid"],
        "appid": merchant["appid"],
        "plan_id": 12535,
        "contract_id": said["contract_no"],
        "out_contract_code": said["out_contract_no"].replace("_", ""),
        "contract_display_account": "buyer",
        "contract_state": state,
        "contract_signed_time": said["occurred_at"],
        "contract_expired_time": said.get("ends_at") or "2037-12-31T23:59:59+08:00",
    }


def headers(merchant: Row, body: bytes, *, at: int, is_forged: bool = False) -> dict[str, str]:
    """What proves an answer or a notice."""
    nonce = secrets.token_hex(16)
    signed = f"{at}\n{nonce}\n".encode() + body + (b"forged" if is_forged else b"") + b"\n"
    return {
        "Wechatpay-Timestamp": str(at),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": keys.sign(merchant["platform_private_key"], signed),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Wechatpay-Serial": merchant["platform_serial"],
        "Content-Type": "application/json",
    }


def _inside(db: Database, merchant: Row, notice: Row) -> tuple[str, str, dict[str, Any]]:
    payment = db.execute("SELECT * FROM payments WHERE trade_no = ?", (notice["trade_no"],)).fetchone()
    if notice["event"] == "payment.succeeded":
        return "TRANSACTION.SUCCESS", "transaction", answers.shown(merchant, payment, "SUCCESS")
    number = json.loads(notice["payload"])["refund_no"]
    row = db.execute("SELECT * FROM refunds WHERE refund_no = ?", (number,)).fetchone()
    state = answers.refund_status(row)
    amount = {"total": payment["amount"], "refund": row["amount"]}
    amount |= {"payer_total": payment["amount"], "payer_refund": row["amount"]}
    inside = answers.refund_parts(row, payment) | {"mchid": merchant["mchid"], "refund_status": state, "amount": amount}
    return f"REFUND.{state}", "refund", inside


def _sealed(merchant: Row, notice: Row, event: str, about: str, inside: dict[str, Any]) -> dict[str, Any]:
    nonce = secrets.token_hex(6)
    content = json.dumps(inside, ensure_ascii=False).encode()
    return {
        "id": "EV-" + notice["notice_id"].removeprefix("ntc_"),
        "create_time": answers.clock(notice["created_at"]),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": SUMMARIES[event.partition(".")[2]],
        "resource": {
            "original_type": about,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": keys.encrypt(merchant["api_v3_key"], content, nonce=nonce, about=about),
            "associated_data": about,
            "nonce": nonce,
        },
    }


def _garbled(body: bytes, kind: str) -> bytes:
    match kind:
        case "truncated":
            return body[: len(body) // 2]
        case "duplicate_keys":
            return body[:-1] + b', "id": "EV-another"}'
        case "not_utf8":
            return body[:-1] + b', "note": "\xff\xfe"}'
        case "float_amount":
            return body
    return b"<html>maintenance</html>"
