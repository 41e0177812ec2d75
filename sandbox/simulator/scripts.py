"""Failures on demand. A script says: on this operation, misbehave like this, so many times.

Scripts of a payment come before global ones, older before newer; the first that fits is taken and the
others wait for their turn. `times` none means for ever.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Database, Row

ANSWER = ("delay", "drop", "timeout_before", "timeout_after", "http_500", "garbage")
AMOUNTS = ("wrong_amount", "wrong_currency")
BEHAVIORS: dict[str, tuple[str, ...]] = {
    "create": (*ANSWER, *AMOUNTS, "decline"),
    "query": (*ANSWER, *AMOUNTS),
    "close": (*ANSWER, "decline"),
    "refund": (*ANSWER, *AMOUNTS, "decline", "pending"),
    "query_refund": (*ANSWER, *AMOUNTS),
    "payout": (*ANSWER, *AMOUNTS, "decline", "pending"),
    "query_payout": (*ANSWER, *AMOUNTS),
    "bill": (*ANSWER, "missing_line", "extra_line", "extra_refund", "wrong_amount", "truncated", "bad_hash", "gone"),
    "certificates": ANSWER,
    "start_contract": (*ANSWER, "decline"),
    "query_contract": ANSWER,
    "end_contract": (*ANSWER, "decline"),
    "deduct": (*ANSWER, "wrong_amount", "decline", "pending"),
    "query_dispute": ANSWER,
    "submit_evidence": (*ANSWER, "decline"),
    "accept_dispute": (*ANSWER, "decline"),
    "pay": ("approve", "decline"),
    "try": (*ANSWER, "decline"),
    "extend": (*ANSWER, "decline"),
    "confirm": (*ANSWER, "decline"),
    "cancel": (*ANSWER, "decline"),
    "notice": (
        "delay",
        "drop",
        "duplicate",
        "reorder",
        "forge",
        "stale",
        "garbage",
        *AMOUNTS,
        "wrong_merchant",
    ),
}
OPERATIONS = tuple(BEHAVIORS)
ALL_BEHAVIORS = tuple(dict.fromkeys(name for names in BEHAVIORS.values() for name in names))
SECONDS = {
    "delay": 3.0,
    "timeout_before": 30.0,
    "timeout_after": 30.0,
    "reorder": 60.0,
    "stale": 600.0,
    "pending": 86_400.0,
}
COPIES = 3


@dataclass(frozen=True)
class Script:
    script_id: int
    behavior: str
    value: str | None

    @property
    def seconds(self) -> float:
        """The value as seconds, or what this behaviour takes when none was given."""
        return float(self.value) if self.value else SECONDS.get(self.behavior, 0.0)

    @property
    def copies(self) -> int:
        return int(self.value) if self.value else COPIES


def add(db: Database, data: dict[str, Any]) -> Row:
    """Writes a script. Raises: Refusal 422."""
    scope = fields.choice(data, "scope", ("global", "payment"), "global")
    out_trade_no = fields.number(data, "out_trade_no") if scope == "payment" else None
    operation = fields.choice(data, "operation", OPERATIONS)
    behavior = fields.choice(data, "behavior", BEHAVIORS[operation])
    times = data.get("times")
    if times is not None and (type(times) is not int or not 1 <= times <= 1_000_000):
        raise fields.invalid("times must be a whole number from 1, or none for ever.")
    value = _value(behavior, data.get("value"))
    script_id = db.execute(
        "INSERT INTO scripts (scope, out_trade_no, operation, behavior, times, value) VALUES (?, ?, ?, ?, ?, ?)",
        (scope, out_trade_no, operation, behavior, times, value),
    ).lastrowid
    row: Row = db.execute("SELECT * FROM scripts WHERE script_id = ?", (script_id,)).fetchone()
    return row


def take(db: Database, operation: str, out_trade_no: str | None, *, without: tuple[str, ...] = ()) -> Script | None:
    """The script whose turn it is, counted as used; none when the company shall behave."""
    fitting = db.execute(
        "SELECT * FROM scripts WHERE operation = ? AND (scope = 'global' OR out_trade_no = ?)"
        " AND (times IS NULL OR used < times) ORDER BY scope = 'global', script_id",
        (operation, out_trade_no),
    ).fetchall()
    row = next((each for each in fitting if each["behavior"] not in without), None)
    if row is None:
        return None
    db.execute("UPDATE scripts SET used = used + 1 WHERE script_id = ?", (row["script_id"],))
    return Script(row["script_id"], row["behavior"], row["value"])


def listed(db: Database) -> list[dict[str, Any]]:
    """All scripts, used up or not, oldest first."""
    return [dict(row) for row in db.execute("SELECT * FROM scripts ORDER BY script_id")]


def _value(behavior: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    shown = str(value)
    if behavior in SECONDS or behavior in ("duplicate", "wrong_amount"):
        try:
            figure = float(shown) if behavior in SECONDS else int(shown)
        except ValueError as error:
            raise fields.invalid("value must be a number here.") from error
        if behavior == "duplicate" and not 2 <= figure <= 50:
            raise fields.invalid("value must be 2 to 50 copies.")
        if behavior in SECONDS and not 0 <= figure <= 86_400:
            raise fields.invalid("value must be 0 to 86400 seconds.")
    if len(shown) > 200:
        raise fields.invalid("value is too long.")
    return shown
