"""Transfers to a user's balance, who confirms them. Each runs in one transaction. Raises: Refusal."""

import re
from typing import Any

from sandbox.simulator import fields, payouts
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.wechat import answers, keys
from sandbox.simulator.wechat.answers import Refused
from sandbox.simulator.wechat.trades import Call

EVENT = "MCHTRANSFER.BILL.FINISHED"
NUMBER = re.compile(r"[A-Za-z0-9]{5,32}")
SMALLEST, NAMED_FROM = 10, 200_000
# A payee who is asked confirms this soon; a script that says `pending` leaves it to whoever tries it.
CONFIRMED_S = 1.0
# our reason → theirs, on the spot and when it ends
REFUSALS = {"insufficient_merchant_balance": (403, "NOT_ENOUGH"), "payee_rejected": (400, "OPENID_MISMATCH")}
FAILURES = {"account_closed": "ACCOUNT_FROZEN", "payee_rejected": "REAL_NAME_CHECK_FAIL"}


def ours(number: str) -> str:
    """Scripts know a transfer by the merchant's own reference, which has an underline."""
    return re.sub(r"^att_?", "att_", number)


def transfer(db: Database, call: Call) -> dict[str, Any]:
    """Begins it: the payee has to confirm."""
    body, merchant = call.body, call.merchant
    number = fields.text(body, "out_bill_no", longest=32)
    amount, openid = body.get("transfer_amount", 0), fields.text(body, "openid", longest=64)
    is_amount = isinstance(amount, int) and amount >= SMALLEST
    if not NUMBER.fullmatch(number) or not is_amount or not openid.startswith("o"):
        raise Refused(400, "PARAM_ERROR", "out_bill_no, transfer_amount, openid")
    if body.get("appid") != merchant["appid"]:
        raise Refused(400, "INVALID_REQUEST", "appid")
    fields.text(body, "transfer_scene_id", longest=36)
    if not isinstance(body.get("transfer_scene_report_infos"), list) or not body["transfer_scene_report_infos"]:
        raise Refused(400, "PARAM_ERROR", "transfer_scene_report_infos")
    name = "-"
    if "user_name" in body:
        name = keys.decrypt_oaep(merchant["platform_private_key"], fields.text(body, "user_name", longest=1024))
    elif amount >= NAMED_FROM:
        raise Refused(400, "INVALID_REQUEST", "user_name")
    code = ((call.script and call.script.value) or "account_closed") if call.is_declined() else None
    if code in REFUSALS:
        raise Refused(*REFUSALS[code], "转账失败")
    known = payouts.by_number(db, merchant["mchid"], ours(number))
    if known is not None and (known["amount"], known["account"]) != (amount, openid):
        raise Refused(400, "ALREADY_EXISTS", "商户单号已存在")
    wanted = {
        "out_payout_no": ours(number),
        "amount": amount,
        "currency": "CNY",
        "account": openid,
        "name": name,
        "reason": fields.text(body, "transfer_remark", longest=32),
        "notify_url": fields.url(body, "notify_url"),
    }
    is_slow = call.script is not None and call.script.behavior == "pending"
    waits_s = call.script.seconds if call.script and is_slow else CONFIRMED_S
    decides_at = now() + waits_s if code is None else None
    row, _ = payouts.open_payout(db, merchant["mchid"], wanted, fail_code=code, decides_at=decides_at)
    shown = _numbers(row) | {"create_time": answers.clock(row["created_at"]), "state": state(row)}
    return shown | ({"package_info": f"affffddafdfafddffda{row['payout_no']}"} if row["status"] == "pending" else {})


def query(db: Database, call: Call, number: str) -> dict[str, Any]:
    row = payouts.by_number(db, call.merchant["mchid"], ours(number))
    if row is None:
        raise Refused(404, "NOT_FOUND", "记录不存在")
    return about(call.merchant, row, state(row), script=call.script)


def about(merchant: Row, row: Row, now_is: str, *, script: Script | None) -> dict[str, Any]:
    """The transfer as answers to questions and notices have it."""
    off_by = int(script.value or 1) if script is not None and script.behavior == "wrong_amount" else 0
    shown = _numbers(row) | {
        "mch_id": merchant["mchid"],
        "openid": row["account"],
        "state": now_is,
        "transfer_amount": row["amount"] + off_by,
        "create_time": answers.clock(row["created_at"]),
        "update_time": answers.clock(row["decided_at"] or row["created_at"]),
    }
    return shown | ({"fail_reason": FAILURES.get(row["code"], row["code"])} if now_is == "FAIL" else {})


def state(row: Row) -> str:
    return {"pending": "WAIT_USER_CONFIRM", "succeeded": "SUCCESS", "failed": "FAIL"}[row["status"]]


def _numbers(row: Row) -> dict[str, str]:
    return {"out_bill_no": row["out_payout_no"].replace("_", ""), "transfer_bill_no": row["payout_no"]}
