"""Disputes of payments: opened and decided by tests and developers, answered by the merchant. Each dialect shows them
in its own words."""

import json
from typing import Any

from sandbox.simulator import notices
from sandbox.simulator.fields import Refusal
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, insert, now

# event → the status that it tells
EVENTS = {
    "dispute.opened": "open",
    "dispute.updated": "review",
    "dispute.won": "won",
    "dispute.lost": "lost",
    "dispute.partly_lost": "partly_lost",
}
OPEN = ("open", "review")
# In the explanation, they decide the dispute at once.
VERDICTS = {"winning_evidence": "dispute.won", "losing_evidence": "dispute.lost"}


def heard(db: Database, merchant_id: str, event: str, about: dict[str, Any], data: dict[str, Any], url: str) -> None:
    """Keep what a test says of a dispute. `taken: false` leaves the merchant its money, `fee` is what they charge,
    `lost` is how much of a partly lost one is gone."""
    number, status = str(about["dispute_no"]), EVENTS[event]
    row = _find(db, merchant_id, number)
    if row is None:
        amount = about.get("amount")
        insert(
            db,
            "disputes",
            {
                "dispute_no": number,
                "merchant_id": merchant_id,
                "trade_no": about.get("trade_no"),
                "out_trade_no": about.get("out_trade_no"),
                "amount": amount,
                "currency": about.get("currency"),
                "reason": about.get("reason") or "general",
                "due_at": about.get("due_at"),
                "status": status,
                "taken": 0 if data.get("taken") is False else amount or 0,
                "fee": data.get("fee") or 0,
                "lost": None,
                "evidence": None,
                "url": url,
                "created_at": now(),
            },
        )
    lost = data.get("lost") if status == "partly_lost" else None
    values = (status, lost, merchant_id, number)
    db.execute("UPDATE disputes SET status = ?, lost = ? WHERE merchant_id = ? AND dispute_no = ?", values)


def require(db: Database, merchant_id: str, number: str) -> Row:
    """The merchant's dispute of this number. Raises: Refusal 404."""
    row = _find(db, merchant_id, number)
    if row is None:
        raise Refusal(404, "dispute_not_found", "There is no such dispute.")
    return row


def submit(db: Database, row: Row, evidence: dict[str, Any], script: Script | None) -> Row:
    """The merchant's evidence: the dispute is reviewed, or decided when the evidence says how. Raises: Refusal."""
    if script and script.behavior == "decline":
        raise Refusal(409, script.value or "evidence_refused", "The evidence was refused.")
    if row["status"] not in OPEN:
        raise Refusal(409, "dispute_decided", f"The dispute is {row['status']}.")
    text = str(evidence.get("explanation") or "")
    verdict = next((event for word, event in VERDICTS.items() if word in text), None)
    key = row["merchant_id"], row["dispute_no"]
    values = (json.dumps(evidence), EVENTS[verdict] if verdict else "review", *key)
    db.execute("UPDATE disputes SET evidence = ?, status = ? WHERE merchant_id = ? AND dispute_no = ?", values)
    decided = require(db, *key)
    if verdict:
        _tell(db, decided, verdict)
    return decided


def accept(db: Database, row: Row) -> Row:
    """The merchant gives in. Raises: Refusal 409."""
    if row["status"] not in (*OPEN, "lost"):
        raise Refusal(409, "dispute_decided", f"The dispute is {row['status']}.")
    key = row["merchant_id"], row["dispute_no"]
    db.execute("UPDATE disputes SET status = 'lost' WHERE merchant_id = ? AND dispute_no = ?", key)
    accepted = require(db, *key)
    if row["status"] != "lost":
        _tell(db, accepted, "dispute.lost")
    return accepted


def show(row: Row) -> dict[str, Any]:
    """As Pretend Pay shows it. `taken` is what it keeps of the merchant's money for now."""
    names = (
        "dispute_no",
        "trade_no",
        "out_trade_no",
        "amount",
        "currency",
        "reason",
        "due_at",
        "status",
        "fee",
        "lost",
    )
    return {name: row[name] for name in names} | {"taken": taken(row)}


def taken(row: Row) -> int:
    """What they keep of the merchant's money for now."""
    return int({"won": 0, "partly_lost": row["lost"] or 0}.get(row["status"], row["taken"]))


def _find(db: Database, merchant_id: str, number: str) -> Row | None:
    found: Row | None = db.execute(
        "SELECT * FROM disputes WHERE merchant_id = ? AND dispute_no = ?", (merchant_id, number)
    ).fetchone()
    return found


def _tell(db: Database, row: Row, event: str) -> None:
    names = ("dispute_no", "trade_no", "out_trade_no", "amount", "currency", "reason", "due_at", "status")
    about = {name: row[name] for name in names if row[name] is not None}
    numbers = (row["dispute_no"], str(row["out_trade_no"] or row["dispute_no"]))
    notices.queue(db, event, about, merchant_id=row["merchant_id"], numbers=numbers, url=row["url"])
