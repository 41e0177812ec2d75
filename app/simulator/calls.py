"""The log of every call in and every notice out, for a developer who wonders what happened."""

from dataclasses import asdict, dataclass
from typing import Any

from app.simulator import fields
from app.simulator.scripts import Script
from app.simulator.store import Database, now

KEPT = 20_000
LONGEST_TEXT = 8_000


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
    """Adds a call; the oldest ones are forgotten beyond `KEPT`."""
    row = asdict(call) | {
        "at": now(),
        "request": call.request[:LONGEST_TEXT],
        "response": answer.text[:LONGEST_TEXT],
        "http_status": answer.http_status,
        "script": script.behavior if script else None,
    }
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    call_id = db.execute(f"INSERT INTO calls ({names}) VALUES ({places})", row).lastrowid  # noqa: S608
    db.execute("DELETE FROM calls WHERE call_id <= ?", ((call_id or 0) - KEPT,))


def listed(db: Database, out_trade_no: str | None = None, *, limit: int = 500) -> list[dict[str, Any]]:
    """Calls, oldest first, of one payment or of all; the newest `limit` of them."""
    where, arguments = ("WHERE out_trade_no = ?", [out_trade_no]) if out_trade_no else ("", [])
    rows = db.execute(
        f"SELECT * FROM calls {where} ORDER BY call_id DESC LIMIT ?",  # noqa: S608 - two fixed texts
        (*arguments, limit),
    ).fetchall()
    return [dict(row) | {"at": fields.iso(row["at"])} for row in reversed(rows)]
