"""Contracts: a buyer lets a merchant deduct. Opened by the merchant, signed on the buyer's page, ended by either."""

from typing import Any

from sandbox.simulator import fields, notices, payments
from sandbox.simulator.fields import Refusal
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, insert, now

UNITS = ("day", "month")
# what the buyer does → the states in which that fits, the state afterwards, and what the merchant hears
MOVES = {
    "sign": (("pending",), "active", "contract.signed"),
    "decline": (("pending",), "declined", None),
    "pause": (("active",), "paused", "contract.paused"),
    "resume": (("paused",), "active", "contract.resumed"),
    "end": (("active", "paused"), "ended", "contract.ended"),
}
DEDUCTED_WITHIN_S = 86_400.0


def open_contract(db: Database, merchant_id: str, data: dict[str, Any]) -> tuple[Row, bool]:
    """Opens a contract, or finds the one that this number opened; True when it is new.

    Raises: Refusal 422 for a bad field.
    """
    values: dict[str, Any] = {
        "contract_no": fields.new_number("PC"),
        "merchant_id": merchant_id,
        "out_contract_no": fields.number(data, "out_contract_no"),
        "status": "pending",
        "buyer": fields.text(data, "buyer", default="-"),
        "largest": fields.amount(data, "largest"),
        "currency": fields.currency(data),
        "every": f"{fields.amount(data, 'every_count')} {fields.choice(data, 'every_unit', UNITS)}",
        "first_on": fields.text(data, "first_on", longest=10),
        "notify_url": fields.url(data, "notify_url"),
        "return_url": fields.url(data, "return_url"),
        "created_at": now(),
    }
    found = _find(db, merchant_id, values["out_contract_no"])
    if found is not None:
        return found, False
    insert(db, "contracts", values)
    return by_no(db, str(values["contract_no"])), True


def by_no(db: Database, contract_no: str) -> Row:
    """The contract of the company's own number. Raises: Refusal 404."""
    row: Row | None = db.execute("SELECT * FROM contracts WHERE contract_no = ?", (contract_no,)).fetchone()
    if row is None:
        raise Refusal(404, "contract_not_found", "There is no such contract.")
    return row


def require(db: Database, merchant_id: str, out_contract_no: str) -> Row:
    """The merchant's contract of this number. Raises: Refusal 404."""
    row = _find(db, merchant_id, out_contract_no)
    if row is None:
        raise Refusal(404, "contract_not_found", "There is no such contract.")
    return row


def anybodys(db: Database, out_contract_no: str) -> Row:
    """The newest contract of a merchant's number. Raises: Refusal 404."""
    row: Row | None = db.execute(
        "SELECT * FROM contracts WHERE out_contract_no = ? ORDER BY created_at DESC", (out_contract_no,)
    ).fetchone()
    if row is None:
        raise Refusal(404, "contract_not_found", "There is no such contract.")
    return row


def decide(db: Database, row: Row, action: str) -> Row:
    """What the buyer does. Raises: Refusal 404 for another action, 409 when it does not fit the state."""
    if action not in MOVES:
        raise Refusal(404, "unknown_action", f"{', '.join(MOVES)}.")
    before, after, event = MOVES[action]
    if row["status"] not in before:
        raise Refusal(409, "contract_decided", f"The contract is {row['status']}.")
    moment = {"sign": "signed_at", "end": "ended_at"}.get(action)
    db.execute("UPDATE contracts SET status = ? WHERE contract_no = ?", (after, row["contract_no"]))
    if moment is not None:
        sql = f"UPDATE contracts SET {moment} = ? WHERE contract_no = ?"  # noqa: S608 - a name from above
        db.execute(sql, (now(), row["contract_no"]))
    row = by_no(db, row["contract_no"])
    if event is not None:
        numbers = (row["contract_no"], row["out_contract_no"])
        notices.queue(db, event, show(row), merchant_id=row["merchant_id"], numbers=numbers, url=row["notify_url"])
    return row


def end(db: Database, row: Row) -> Row:
    """The merchant ends it; one that was never signed, or has ended, stays as it is. Raises: Refusal 404 then."""
    if row["status"] not in ("active", "paused"):
        raise Refusal(404, "contract_not_found", f"The contract is {row['status']}.")
    return decide(db, row, "end")


def deduct(db: Database, merchant_id: str, data: dict[str, Any], script: Script | None) -> Row:
    """Takes the money, or finds the payment that this number made; the payment.

    Raises: Refusal 409 when the contract does not stand, 422 for more than the buyer agreed to or a bad field.
    """
    number = fields.number(data, "out_trade_no")
    known = payments.by_number(db, merchant_id, number)
    if known is not None:
        if (known["amount"], known["currency"]) != (fields.amount(data), fields.currency(data)):
            raise Refusal(422, "number_reused", "This out_trade_no has another amount or currency.")
        return known
    row = _standing(db, merchant_id, data)
    opened = {
        **{name: data[name] for name in ("out_trade_no", "amount", "currency", "subject", "notify_url")},
        "return_url": row["return_url"],
        "expires_at": fields.iso(now() + DEDUCTED_WITHIN_S),
    }
    payment, _ = payments.open_payment(db, merchant_id, opened)
    behavior = script.behavior if script else ""
    if behavior == "pending":
        return payment
    if behavior == "decline":
        return payments.decline(db, payment, (script and script.value) or "insufficient_funds")
    return payments.approve(db, payment)


def show(row: Row) -> dict[str, Any]:
    """What the merchant is told of it."""
    names = ("contract_no", "out_contract_no", "status", "largest", "currency")
    return {name: row[name] for name in names} | {"signed_at": fields.iso(row["signed_at"])}


def _standing(db: Database, merchant_id: str, data: dict[str, Any]) -> Row:
    row: Row | None = db.execute(
        "SELECT * FROM contracts WHERE contract_no = ? AND merchant_id = ?",
        (fields.text(data, "contract_no"), merchant_id),
    ).fetchone()
    if row is None or row["status"] not in ("active", "paused"):
        raise Refusal(409, "contract_ended", "There is no such contract any more.")
    if row["status"] == "paused":
        raise Refusal(409, "contract_paused", "The buyer paused the contract.")
    if fields.currency(data) != row["currency"] or fields.amount(data) > row["largest"]:
        raise Refusal(422, "limit_exceeded", "More than the buyer agreed to.")
    return row


def _find(db: Database, merchant_id: str, out_contract_no: str) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM contracts WHERE merchant_id = ? AND out_contract_no = ?", (merchant_id, out_contract_no)
    ).fetchone()
    return row
