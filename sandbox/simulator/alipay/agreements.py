"""Agreements: a buyer lets a merchant deduct. Opened on the buyer's page, used by calls, ended by either."""

import json
import secrets
from typing import Any

from sandbox.simulator import fields, notices, payments
from sandbox.simulator.alipay import answers, trades
from sandbox.simulator.alipay.answers import Refused
from sandbox.simulator.alipay.trades import Call
from sandbox.simulator.store import Database, Row, now

PRODUCTS = {"GENERAL_WITHHOLDING_P": "GENERAL_WITHHOLDING", "CYCLE_PAY_AUTH_P": "CYCLE_PAY_AUTH"}
FOR_EVER = "2115-02-01 00:00:00"
_BY_NUMBER = "SELECT * FROM alipay_agreements WHERE agreement_no = ? AND app_id = ?"
_BY_MERCHANTS_NUMBER = "SELECT * FROM alipay_agreements WHERE external_no = ? AND app_id = ?"


def begin(db: Database, call: Call) -> Row:
    """The buyer came with the merchant's request. The same number again finds the same agreement. Raises: Refused."""
    biz = call.biz
    number = str(biz.get("external_agreement_no", ""))
    if not (number.isascii() and number.isalnum() and len(number) <= 32):
        raise answers.invalid("external_agreement_no: letters and digits, 32 at most.")
    if biz.get("personal_product_code") not in PRODUCTS or not biz.get("sign_scene") or not biz.get("access_params"):
        raise answers.invalid("personal_product_code, sign_scene and access_params are needed.")
    if biz["personal_product_code"] == "CYCLE_PAY_AUTH_P":
        _check_period(biz.get("period_rule_params"))
    values = (
        f"2026{secrets.randbelow(10**16):016d}",
        secrets.token_hex(10),
        call.app["app_id"],
        number,
        json.dumps(biz, ensure_ascii=False),
        fields.url(call.parameters, "notify_url"),
        fields.url(call.parameters, "return_url"),
        now(),
    )
    db.execute(
        "INSERT INTO alipay_agreements (agreement_no, code, app_id, external_no, status, request, notify_url,"
        " return_url, created_at) VALUES (?, ?, ?, ?, 'requested', ?, ?, ?, ?)"
        " ON CONFLICT (app_id, external_no) DO NOTHING",
        values,
    )
    row: Row = db.execute(
        "SELECT * FROM alipay_agreements WHERE app_id = ? AND external_no = ?", (call.app["app_id"], number)
    ).fetchone()
    return row


def by_code(db: Database, code: str) -> Row:
    """The agreement of a buyer's page. Raises: Refusal 404."""
    row: Row | None = db.execute("SELECT * FROM alipay_agreements WHERE code = ?", (code,)).fetchone()
    if row is None:
        raise fields.Refusal(404, "agreement_not_found", "There is no such agreement.")
    return row


def by_number(db: Database, external_no: str) -> Row:
    """The agreement of a merchant's number. Raises: Refusal 404."""
    row: Row | None = db.execute(
        "SELECT * FROM alipay_agreements WHERE external_no = ? ORDER BY created_at DESC", (external_no,)
    ).fetchone()
    if row is None:
        raise fields.Refusal(404, "agreement_not_found", "There is no such agreement.")
    return row


def decide(db: Database, row: Row, action: str) -> None:
    """What the buyer does: `sign` or `decline` a request; `pause`, `resume` or `end` an agreement. Raises:
    Refusal 404 for another action, 409 when it does not fit the state."""
    moves = {
        "sign": (("requested",), "NORMAL"),
        "decline": (("requested",), "declined"),
        "pause": (("NORMAL",), "STOP"),
        "resume": (("STOP",), "NORMAL"),
        "end": (("NORMAL", "STOP"), "UNSIGN"),
    }
    if action not in moves:
        raise fields.Refusal(404, "unknown_action", f"{', '.join(moves)}.")
    before, after = moves[action]
    if row["status"] not in before:
        raise fields.Refusal(409, "agreement_decided", f"The agreement is {row['status']}.")
    db.execute("UPDATE alipay_agreements SET status = ? WHERE agreement_no = ?", (after, row["agreement_no"]))
    if action == "sign":
        db.execute("UPDATE alipay_agreements SET signed_at = ? WHERE agreement_no = ?", (now(), row["agreement_no"]))
        _notify(db, row, "agreement.signed")
    elif action == "end":
        db.execute("UPDATE alipay_agreements SET ended_at = ? WHERE agreement_no = ?", (now(), row["agreement_no"]))
        _notify(db, row, "agreement.ended")


def query(db: Database, call: Call) -> dict[str, Any]:
    row = _signed(db, call)
    request = json.loads(row["request"])
    return {
        **{name: request[name] for name in ("personal_product_code", "sign_scene")},
        "agreement_no": row["agreement_no"],
        "external_agreement_no": row["external_no"],
        "status": row["status"],
        "sign_time": answers.clock(row["signed_at"]),
        "valid_time": answers.clock(row["signed_at"]),
        "invalid_time": FOR_EVER,
        "alipay_logon_id": trades.BUYER["buyer_logon_id"],
        "principal_id": trades.BUYER["buyer_user_id"],
        "principal_type": "CARD",
    }


def unsign(db: Database, call: Call) -> dict[str, Any]:
    row = _signed(db, call)
    if call.behavior == "decline":
        raise Refused((call.script and call.script.value) or "SYSTEM_ERROR", "The agreement cannot be ended now.")
    decide(db, row, "end")
    return {}


def deduct(db: Database, call: Call) -> dict[str, Any]:
    """Money is there at once, unless a script says otherwise. A number can be used once."""
    params = call.biz.get("agreement_params")
    number = params.get("agreement_no") if isinstance(params, dict) else None
    row = db.execute(
        "SELECT * FROM alipay_agreements WHERE agreement_no = ? AND app_id = ? AND signed_at IS NOT NULL",
        (str(number), call.app["app_id"]),
    ).fetchone()
    values = trades.read_fields(call, scene="web")
    known = payments.by_number(db, call.app["app_id"], str(values["out_trade_no"]))
    if known is not None and known["status"] != "pending":
        was_paid = known["status"] == "succeeded"
        raise Refused("ACQ.TRADE_HAS_SUCCESS" if was_paid else "ACQ.TRADE_HAS_CLOSE", "The trade has ended.")
    _may_deduct(row, call, values["amount"])
    payment, _ = payments.open_payment(db, call.app["app_id"], values)
    if call.behavior == "pending":
        return {"code": "10003", "msg": "order success pay inprocess"} | trades.numbers(payment)
    payment = payments.approve(db, payment)
    amount = answers.yuan(payment["amount"] + trades.off_by(call, "wrong_amount"))
    shown = {"total_amount": amount, "receipt_amount": amount, "gmt_payment": answers.clock(payment["paid_at"])}
    return trades.BUYER | trades.numbers(payment) | shown


def _may_deduct(row: Row | None, call: Call, amount: int) -> None:
    """Raises: Refused."""
    if row is None or row["status"] == "UNSIGN":
        raise Refused("ACQ.AGREEMENT_NOT_EXIST", "The agreement does not exist.")
    if row["status"] != "NORMAL":
        raise Refused("ACQ.AGREEMENT_STATUS_NOT_NORMAL", "The agreement is paused.")
    request = json.loads(row["request"])
    if call.biz.get("product_code") != PRODUCTS[request["personal_product_code"]]:
        raise answers.invalid("The agreement was signed for another product_code.")
    rule = request.get("period_rule_params")
    if rule and amount > answers.minor(rule["single_amount"]):
        raise Refused("ACQ.PRODUCT_AMOUNT_LIMIT_ERROR", "More than the buyer agreed to.")
    if call.behavior == "decline":
        code = (call.script and call.script.value) or "ACQ.BUYER_BALANCE_NOT_ENOUGH"
        raise Refused(code, "The deduction was refused.")


def _check_period(rule: object) -> None:
    """Raises: Refused."""
    fits = isinstance(rule, dict) and rule.get("period_type") in ("DAY", "MONTH") and rule.get("execute_time")
    if not fits or not isinstance(rule, dict) or not str(rule.get("period", "")).isdigit():
        raise answers.invalid("period_rule_params are needed.")
    answers.minor(rule.get("single_amount"))


def _signed(db: Database, call: Call) -> Row:
    """Raises: Refused unless there is one that the buyer signed and nobody ended."""
    biz = call.biz
    sql, value = _BY_NUMBER, biz.get("agreement_no")
    if not value and biz.get("personal_product_code") and biz.get("sign_scene"):
        sql, value = _BY_MERCHANTS_NUMBER, biz.get("external_agreement_no")
    row: Row | None = db.execute(sql, (str(value or ""), call.app["app_id"])).fetchone()
    if row is None or row["status"] not in ("NORMAL", "STOP"):
        raise Refused("USER_AGREEMENT_NOT_EXIST", "The agreement does not exist.")
    return row


def _notify(db: Database, row: Row, event: str) -> None:
    numbers = (row["agreement_no"], row["external_no"])
    notices.queue(db, event, {}, merchant_id=row["app_id"], numbers=numbers, url=row["notify_url"])
