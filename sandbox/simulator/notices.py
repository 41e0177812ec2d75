"""Notices to a merchant: a row per notice, retried on a schedule until it is acknowledged."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Database, Row, now

LADDER_S = (0, 2, 5, 15, 30, 60, 300, 1800, 3600, 10800, 21600, 43200)
PATIENCE_S = 10.0


def write_notice(db: Database, payment: Row, event: str, more: dict[str, Any], *, url: str | None = None) -> None:
    """Queues a notice about a payment, or what was refunded of it."""
    about = {name: payment[name] for name in ("trade_no", "out_trade_no", "amount", "currency")} | more
    numbers = (payment["trade_no"], payment["out_trade_no"])
    to = url or payment["notify_url"]
    queue(db, event, about, merchant_id=payment["merchant_id"], numbers=numbers, url=to)


def queue(
    db: Database, event: str, about: dict[str, Any], *, merchant_id: str, numbers: tuple[str, str], url: str
) -> None:
    """Queues a notice in the transaction that caused it, so that neither can be lost alone. `numbers` are ours and
    the merchant's, by which its scripts and its log are found."""
    at = now()
    notice_id = "ntc_" + secrets.token_hex(12)
    payload = {"notice_id": notice_id, "event": event, "merchant_id": merchant_id} | about
    payload["occurred_at"] = fields.iso(at)
    db.execute(
        "INSERT INTO notices (notice_id, merchant_id, trade_no, out_trade_no, event, url, payload, state,"
        " next_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        (notice_id, merchant_id, *numbers, event, url, json.dumps(payload), at + ladder(db)[0], at),
    )


def ladder(db: Database, usual: Sequence[float] = LADDER_S) -> list[float]:
    """Seconds to wait before the first, second, … attempt."""
    row = db.execute("SELECT value FROM settings WHERE name = 'ladder'").fetchone()
    return list(json.loads(row["value"])) if row else list(usual)


def patience_s(db: Database) -> float:
    """How long a merchant may take to answer a notice."""
    row = db.execute("SELECT value FROM settings WHERE name = 'notice_timeout_s'").fetchone()
    return float(json.loads(row["value"])) if row else PATIENCE_S


def claim_due(db: Database, most: int) -> list[Row]:
    """Takes due notices, oldest first; each is `sending` until `finish` or `put_off`."""
    due = db.execute(
        "SELECT * FROM notices WHERE state = 'waiting' AND next_at <= ? ORDER BY next_at, rowid LIMIT ?",
        (now(), most),
    ).fetchall()
    db.executemany("UPDATE notices SET state = 'sending' WHERE notice_id = ?", [(row["notice_id"],) for row in due])
    return due


def put_off(db: Database, notice: Row, *, behavior: str, until: float) -> None:
    """Keeps a notice back, once in its life: `delay` until then, `reorder` until another one overtook it."""
    db.execute(
        "UPDATE notices SET state = 'waiting', put_off = ?, next_at = ? WHERE notice_id = ?",
        (behavior, until, notice["notice_id"]),
    )


def finish(
    db: Database,
    notice: Row,
    *,
    is_acknowledged: bool,
    http_status: int | None,
    error: str | None,
    usual: Sequence[float],
) -> None:
    """Records an attempt: acknowledged, else due again by the schedule (`usual` by default), abandoned at its end."""
    attempts, steps = notice["attempts"] + 1, ladder(db, usual)
    if is_acknowledged:
        state, wait_s = "delivered", 0.0
    elif attempts < len(steps):
        state, wait_s = "waiting", steps[attempts]
    else:
        state, wait_s = "abandoned", 0.0
    db.execute(
        "UPDATE notices SET state = ?, attempts = ?, next_at = ?, last_status = ?, last_error = ? WHERE notice_id = ?",
        (state, attempts, now() + wait_s, http_status, error, notice["notice_id"]),
    )
    db.execute(
        "UPDATE notices SET next_at = ? WHERE state = 'waiting' AND put_off = 'reorder' AND attempts = 0"
        " AND trade_no = ? AND notice_id <> ?",
        (now(), notice["trade_no"], notice["notice_id"]),
    )


def send_again(db: Database, notice_id: str) -> None:
    """Starts the ladder afresh. Raises: Refusal 404."""
    changed = db.execute(
        "UPDATE notices SET state = 'waiting', attempts = 0, next_at = ? WHERE notice_id = ? AND state <> 'sending'",
        (now(), notice_id),
    )
    if not changed.rowcount:
        raise fields.Refusal(404, "notice_not_found", "There is no such notice, or it is under way.")


def recover(db: Database) -> None:
    """After a stop in the middle of sending nobody knows what arrived, so those are sent once more."""
    db.execute("UPDATE notices SET state = 'waiting' WHERE state = 'sending'")
