"""The log of every call in and every notice out, for a developer who wonders what happened."""

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, insert, now

MAX_CALLS = 20_000
MAX_TEXT_LENGTH = 8_000


@dataclass(frozen=True)
class Call:
    direction: str
    operation: str
    merchant_id: str | None
    out_trade_no: str | None
    method: str
    url: str
    request: str
    duration_ms: int


@dataclass(frozen=True)
class Answer:
    http_status: int | None
    text: str


def write(db: Database, call: Call, answer: Answer, script: Script | None) -> None:
    """Adds a call; the oldest ones are forgotten beyond `MAX_CALLS`."""
    row = asdict(call) | {
        "at": now(),
        "request": call.request[:MAX_TEXT_LENGTH],
        "response": answer.text[:MAX_TEXT_LENGTH],
        "http_status": answer.http_status,
        "script": script.behavior if script else None,
    }
    insert(db, "calls", row)
    db.execute("DELETE FROM calls WHERE call_id <= last_insert_rowid() - ?", (MAX_CALLS,))


def listed(db: Database, out_trade_no: str | None = None, *, limit: int = 500) -> list[dict[str, Any]]:
    """Calls, oldest first, of one payment or of all; the newest `limit` of them."""
    rows = db.execute(
        "SELECT * FROM calls WHERE ?1 IS NULL OR out_trade_no = ?1 ORDER BY call_id DESC LIMIT ?2",
        (out_trade_no or None, limit),
    ).fetchall()
    return [dict(row) | {"at": fields.iso(row["at"])} for row in reversed(rows)]
