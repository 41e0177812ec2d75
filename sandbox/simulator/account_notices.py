"""What a company says by itself about an account: disputes, payouts to the merchant's bank, bills, and contracts that
were signed or ended elsewhere. Tests and developers make it say so; each dialect writes it in its own words."""

import secrets
from typing import Any

from sandbox.simulator import disputes, fields, notices
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row

# event → the status that it tells
EVENTS = {
    "contract.signed": "active",
    "contract.ended": "ended",
    **disputes.EVENTS,
    "payment_method.detached": "ended",
    "settlement.paid": "paid",
    "settlement.failed": "failed",
    "bill.ready": "ready",
}
NUMBERS = {"contract": "contract_no", "dispute": "dispute_no", "payment_method": "contract_no"}
NUMBERS |= {"settlement": "settlement_no", "bill": "day"}
TEXTS = ("out_contract_no", "reason", "due_at", "ends_at")


def add(db: Database, data: dict[str, Any]) -> str:
    """Queue a notice; the number of what it is about. Raises: Refusal 404 for a merchant, payment or event that there
    is not, 422 for what is missing."""
    merchant_id, event = fields.number(data, "merchant_id"), fields.text(data, "event")
    if event not in EVENTS:
        raise Refusal(404, "unknown_event", f"{', '.join(EVENTS)}.")
    if db.execute("SELECT 1 FROM merchants WHERE merchant_id = ?", (merchant_id,)).fetchone() is None:
        raise Refusal(404, "unknown_merchant", "There is no such merchant.")
    name = NUMBERS[event.partition(".")[0]]
    number = fields.text(data, name, default=secrets.token_hex(8))
    about: dict[str, Any] = {name: number, "status": EVENTS[event]}
    about |= {each: fields.text(data, each) for each in TEXTS if each in data}
    payment = _payment(db, merchant_id, data)
    if payment is not None:
        about |= {each: payment[each] for each in ("trade_no", "out_trade_no", "amount", "currency")}
    if "amount" in data:
        about |= {"amount": fields.amount(data), "currency": fields.currency(data)}
    ours = data.get("out_contract_no") or (payment["out_trade_no"] if payment is not None else number)
    url = fields.url(data, "url")
    if event in disputes.EVENTS:
        disputes.heard(db, merchant_id, event, about, data, url)
    notices.queue(db, event, about, merchant_id=merchant_id, numbers=(number, str(ours)), url=url)
    return number


def _payment(db: Database, merchant_id: str, data: dict[str, Any]) -> Row | None:
    if "out_trade_no" not in data:
        return None
    found: Row | None = db.execute(
        "SELECT * FROM payments WHERE merchant_id = ? AND out_trade_no = ?", (merchant_id, data["out_trade_no"])
    ).fetchone()
    if found is None:
        raise Refusal(404, "payment_not_found", "There is no such payment.")
    return found
