"""What each address of API v3 does, in one transaction. Raises: Refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.simulator import fields, payments, refunds
from sandbox.simulator.scripts import Script, take
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.wechat import answers, bills
from sandbox.simulator.wechat.answers import Refused

SCENES = {"native": "qr", "h5": "web", "jsapi": "app"}


@dataclass(frozen=True)
class Call:
    """Who calls with what, and how it shall go wrong."""

    merchant: Row
    body: dict[str, Any]
    base_url: str
    script: Script | None

    def is_declined(self) -> bool:
        return self.script is not None and self.script.behavior == "decline"


def create(db: Database, call: Call, product: str) -> dict[str, Any]:
    if call.is_declined():
        raise Refused(403, (call.script and call.script.value) or "RULE_LIMIT", "业务规则限制")
    payment_fields = _payment_fields(call, product)
    payment, is_new = payments.open_payment(db, call.merchant["mchid"], payment_fields)
    if payment["status"] == "succeeded" and not is_new:
        raise Refused(400, "ORDERPAID", "该订单已支付")
    if payment["status"] != "pending":
        raise Refused(400, "ORDER_CLOSED", "订单已关闭")
    if is_new and take(db, "pay", payment["out_trade_no"], without=("decline",)):
        payments.approve(db, payment)
    trade_no = payment["trade_no"]
    match product:
        case "native":
            return {"code_url": f"{call.base_url}/pay/{trade_no}"}
        case "h5":
            return {"h5_url": f"{call.base_url}/wechat/h5?prepay_id={trade_no}"}
    return {"prepay_id": f"wx{trade_no}"}


def query(db: Database, call: Call, out_trade_no: str) -> dict[str, Any]:
    payment = payments.require(db, call.merchant["mchid"], out_trade_no)
    return _altered(answers.transaction(db, call.merchant, payment), call.script, "total")


def close(db: Database, call: Call, out_trade_no: str) -> None:
    if call.is_declined():
        raise Refused(400, (call.script and call.script.value) or "INVALID_REQUEST", "订单不可关闭")
    payment = payments.require(db, call.merchant["mchid"], out_trade_no)
    if payment["status"] == "succeeded":
        raise Refused(400, "ORDERPAID", "订单已支付")
    if payment["status"] == "failed":
        raise Refused(400, "TRADE_ERROR", "交易失败")
    payments.close(db, payment, reason="merchant")


def refund(db: Database, call: Call) -> dict[str, Any]:
    amount = _part(call.body, "amount")
    payment = payments.require(db, call.merchant["mchid"], fields.number(call.body, "out_trade_no"))
    if amount.get("total") != payment["amount"]:
        raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
    fail_code = (call.script and call.script.value) or refunds.FAIL_CODES[0] if call.is_declined() else None
    if fail_code == "insufficient_merchant_balance":
        raise Refused(403, "NOT_ENOUGH", "基本账户余额不足")
    is_slow = call.script is not None and call.script.behavior == "pending"
    row, _ = refunds.open_refund(
        db,
        call.merchant["mchid"],
        call.body | {"amount": amount.get("refund"), "currency": _currency(amount)},
        fail_code=fail_code,
        decides_at=now() + call.script.seconds if call.script and is_slow else None,
    )
    return _altered(answers.refund(db, row), call.script, "refund")


def query_refund(db: Database, call: Call, out_refund_no: str) -> dict[str, Any]:
    row = refunds.require(db, call.merchant["mchid"], out_refund_no)
    return _altered(answers.refund(db, row), call.script, "refund")


def bill(db: Database, call: Call, criteria: Mapping[str, str]) -> dict[str, Any]:
    """Where the day's bill is, and by what it can be checked."""
    is_packed = criteria.get("tar_type") == "GZIP"
    token, proof = bills.make(db, call.merchant, criteria.get("bill_date", ""), is_packed=is_packed, script=call.script)
    return proof | {"download_url": f"{call.base_url}/wechat/v3/billdownload/file?token={token}"}


def _payment_fields(call: Call, product: str) -> dict[str, Any]:
    """The payment in Pretend Pay's words."""
    body, amount = call.body, _part(call.body, "amount")
    _check_merchant(call)
    if product == "h5":
        scene = _part(body, "scene_info")
        fields.text(scene, "payer_client_ip", longest=45)
        fields.choice(_part(scene, "h5_info"), "type", ("Wap", "iOS", "Android"))
    elif product == "jsapi":
        fields.text(_part(body, "payer"), "openid", longest=128)
    notify_url = fields.url(body, "notify_url")
    if urlsplit(notify_url).query:
        raise Refused(400, "PARAM_ERROR", "notify_url 不能携带参数")
    return {
        "out_trade_no": fields.text(body, "out_trade_no", longest=32),
        "amount": amount.get("total"),
        "currency": _currency(amount),
        "scene": SCENES[product],
        "subject": fields.text(body, "description", longest=127),
        "notify_url": notify_url,
        # The way back is known when the buyer comes, or there is none.
        "return_url": "{0.scheme}://{0.netloc}/".format(urlsplit(notify_url)),
        "expires_at": body.get("time_expire") or answers.clock(now() + 7200),
    }


def _check_merchant(call: Call) -> None:
    if call.body.get("mchid") != call.merchant["mchid"]:
        raise Refused(400, "PARAM_ERROR", "mchid")
    if call.body.get("appid") != call.merchant["appid"]:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")


def _currency(amount: dict[str, Any]) -> str:
    if amount.get("currency", "CNY") != "CNY":
        raise Refused(400, "PARAM_ERROR", "amount.currency")
    return "CNY"


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Refused(400, "PARAM_ERROR", name)
    return value


def _altered(answer: dict[str, Any], script: Script | None, name: str) -> dict[str, Any]:
    return answer | altered_amount(answer["amount"], script, name)


def altered_amount(amount: dict[str, Any], script: Script | None, name: str) -> dict[str, Any]:
    """Another amount or currency under `amount`, when the script says so; else nothing."""
    match script.behavior if script else "":
        case "wrong_amount":
            return {"amount": amount | {name: amount[name] + int((script and script.value) or 1)}}
        case "wrong_currency":
            return {"amount": amount | {"currency": (script and script.value) or "USD"}}
    return {}
