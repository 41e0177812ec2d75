"""Complaints (2.0): a dispute of Pretend Pay as WeChat Pay shows it."""

from typing import Any

from sandbox.simulator import disputes
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row
from sandbox.simulator.wechat import answers, trades
from sandbox.simulator.wechat.answers import Refused

STATES = {"open": "PENDING", "review": "PROCESSING"}
OVER = "PROCESSED"


def query(db: Database, call: trades.Call, number: str) -> dict[str, Any]:
    """The complaint. Raises: Refused."""
    row = _row(db, call, number)
    order = {"transaction_id": row["trade_no"], "out_trade_no": row["out_trade_no"], "amount": row["amount"]}
    return {
        "complaint_id": number,
        "complaint_time": answers.clock(row["created_at"]),
        "complaint_detail": "未收到商品",
        "complaint_state": STATES.get(row["status"], OVER),
        "complainted_mchid": call.merchant["mchid"],
        "complaint_order_info": [order] if row["out_trade_no"] else [],
        "complaint_full_refunded": False,
        "incoming_user_response": False,
        "user_complaint_times": 1,
        "problem_description": "交易纠纷",
        "problem_type": "REFUND" if row["reason"] == "refund" else "OTHERS",
    }


def respond(db: Database, call: trades.Call, number: str) -> None:
    """The merchant answers. Raises: Refused."""
    row, words = _of_merchant(db, call, number), call.body.get("response_content")
    if not isinstance(words, str) or not 0 < len(words) <= 200:
        raise Refused(400, "PARAM_ERROR", "回复内容不正确")
    _tried(lambda: disputes.submit(db, row, {"explanation": words}, call.script))


def complete(db: Database, call: trades.Call, number: str) -> None:
    """The merchant has dealt with it. Raises: Refused."""
    row = _of_merchant(db, call, number)
    _tried(lambda: disputes.accept(db, row))


def _tried(work: Any) -> None:
    try:
        work()
    except Refusal as refusal:
        raise Refused(400, "INVALID_REQUEST", refusal.message) from refusal


def _of_merchant(db: Database, call: trades.Call, number: str) -> Row:
    if call.body.get("complainted_mchid") != call.merchant["mchid"]:
        raise Refused(400, "PARAM_ERROR", "被诉商户号不正确")
    return _row(db, call, number)


def _row(db: Database, call: trades.Call, number: str) -> Row:
    try:
        return disputes.require(db, call.merchant["mchid"], number)
    except Refusal as refusal:
        raise Refused(404, "RESOURCE_NOT_EXISTS", "投诉单不存在") from refusal
