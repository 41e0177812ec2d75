"""Complaints: a dispute of Pretend Pay as Alipay shows it. Raises: Refused."""

from typing import Any

from sandbox.simulator import disputes
from sandbox.simulator.alipay import answers
from sandbox.simulator.alipay.answers import Refused
from sandbox.simulator.alipay.trades import Call
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row

STATUS = {"open": "MERCHANT_PROCESSING", "review": "MERCHANT_FEEDBACKED", "won": "CANCELLED"}


def query(db: Database, call: Call) -> dict[str, Any]:
    """The complaint."""
    row = _row(db, call)
    return {
        "complain_event_id": row["dispute_no"],
        "status": STATUS.get(row["status"], "FINISHED"),
        "trade_no": row["trade_no"] or "",
        "merchant_order_no": row["out_trade_no"] or "",
        "trade_amount": answers.yuan(row["amount"]) if row["amount"] else "",
        "complain_reason": row["reason"],
        "gmt_create": answers.clock(row["created_at"]),
    }


def reply(db: Database, call: Call) -> dict[str, Any]:
    """The merchant answers."""
    words = call.biz.get("reply_content")
    if not isinstance(words, str) or not 0 < len(words) <= 200:
        raise Refused("INVALID_PARAMETER", "reply_content is not right.")
    try:
        disputes.submit(db, _row(db, call), {"explanation": words}, call.script)
    except Refusal as refusal:
        if isinstance(refusal, Refused):
            raise
        raise Refused("INVALID_PARAMETER", refusal.message) from refusal
    return {}


def _row(db: Database, call: Call) -> Row:
    try:
        return disputes.require(db, call.app["app_id"], str(call.biz.get("complain_event_id", "")))
    except Refusal as refusal:
        raise Refused("INVALID_PARAMETER", "There is no such complaint.") from refusal
