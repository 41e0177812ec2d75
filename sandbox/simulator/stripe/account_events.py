"""Events about disputes, payment methods, mandates, and payouts that the account makes by itself."""

import json
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Row

EVENTS = {
    "contract.signed": "setup_intent.succeeded",
    "dispute.opened": "charge.dispute.created",
    "dispute.updated": "charge.dispute.updated",
    "dispute.won": "charge.dispute.closed",
    "dispute.lost": "charge.dispute.closed",
    "payment_method.detached": "payment_method.detached",
    "settlement.paid": "payout.paid",
    "settlement.failed": "payout.failed",
}
DISPUTES = {"open": "needs_response", "review": "under_review", "won": "won", "lost": "lost"}


def data_of(notice: Row) -> dict[str, Any]:
    """The `data` of the event."""
    said = json.loads(notice["payload"])
    match notice["event"].partition(".")[0]:
        case "dispute":
            return {"object": dispute(said)}
        case "settlement":
            return {"object": _payout(said, int(notice["created_at"]))}
        case "contract":
            return {"object": setup_intent(said)}
    owner, _, method = said["contract_no"].partition(":")
    return {
        "object": {"id": method, "object": "payment_method", "type": "card", "customer": None, "livemode": False}
        | {"metadata": {}},
        "previous_attributes": {"customer": owner},
    }


def setup_intent(said: dict[str, Any], *, status: str = "succeeded") -> dict[str, Any]:
    """A SetupIntent; `contract_no` is customer and payment method with a colon between."""
    owner, _, method = (said["contract_no"] or ":").partition(":")
    return {
        "id": f"seti_{said['contract_no'].replace(':', '_')}",
        "object": "setup_intent",
        "customer": owner or None,
        "payment_method": method or None,
        "status": status,
        "usage": "off_session",
        "livemode": False,
        "metadata": {"bursar_contract": said["out_contract_no"]},
    }


def dispute(said: dict[str, Any]) -> dict[str, Any]:
    """The dispute as they show it."""
    due = fields.moment(said, "due_at") if "due_at" in said else None
    trade_no = said.get("trade_no")
    return {
        "id": f"dp_{said['dispute_no']}",
        "object": "dispute",
        "amount": said["amount"],
        "charge": f"ch_{trade_no}" if trade_no else "ch_elsewhere",
        "currency": said["currency"].lower(),
        "evidence_details": {"due_by": int(due) if due else None, "has_evidence": False, "submission_count": 0},
        "livemode": False,
        "metadata": {},
        "payment_intent": f"pi_{trade_no}" if trade_no else None,
        "reason": said.get("reason", "general"),
        "status": DISPUTES[said["status"]],
    }


def _payout(said: dict[str, Any], created: int) -> dict[str, Any]:
    return {
        "id": f"po_{said['settlement_no']}",
        "object": "payout",
        "amount": said["amount"],
        "automatic": True,
        "arrival_date": created,
        "created": created,
        "currency": said["currency"].lower(),
        "failure_code": "account_closed" if said["status"] == "failed" else None,
        "livemode": False,
        "metadata": {},
        "status": said["status"],
    }
