"""What the system keeps: a number of seats, and one row for each reservation it knows."""

from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.fields import Refusal
from sandbox.simulator.store import Database, Row

ACTIONS = ("try", "extend", "confirm", "cancel")


def register(db: Database, system: str, *, secret: str, capacity: int) -> None:
    db.execute(
        "INSERT INTO participants (system, secret, capacity) VALUES (?, ?, ?) ON CONFLICT (system)"
        " DO UPDATE SET secret = excluded.secret, capacity = excluded.capacity",
        (system, secret, capacity),
    )


def require(db: Database, system: str) -> Row:
    """Raises: Refusal 404."""
    row: Row | None = db.execute("SELECT * FROM participants WHERE system = ?", (system,)).fetchone()
    if row is None:
        raise Refusal(404, "no_such_system", "There is no such system.")
    return row


def show(db: Database, system: str) -> dict[str, Any]:
    row = require(db, system)
    held = db.execute(
        "SELECT reservation_id, status, quantity, expires_at, tries, confirms, cancels"
        " FROM seats WHERE system = ? ORDER BY rowid",
        (system,),
    ).fetchall()
    taken = sum(each["quantity"] for each in held if each["status"] in ("held", "confirmed"))
    return {"system": system, "capacity": row["capacity"], "free": row["capacity"] - taken,
            "reservations": [dict(each) for each in held]}  # fmt: skip


def act(db: Database, system: str, data: dict[str, Any], *, refuses: bool) -> dict[str, Any]:
    """Carry out a call once. Raises: Refusal 409 if refused, 422 if invalid."""
    action = fields.choice(data, "action", ACTIONS)
    reservation_id, quantity = fields.number(data, "reservation_id"), fields.amount(data, "quantity")
    known = db.execute(
        "SELECT * FROM seats WHERE system = ? AND reservation_id = ?", (system, reservation_id)
    ).fetchone()
    status = known["status"] if known else None
    if action == "try":
        to = _try(db, system, status, quantity, refuses=refuses)
    elif action == "extend":
        if refuses or status != "held":
            raise Refusal(409, "not_held", "Nothing is held under this number.")
        to = status
    elif action == "confirm":
        if refuses or status not in ("held", "confirmed"):
            raise Refusal(409, "not_held", "Nothing is held under this number.")
        to = "confirmed"
    else:
        if refuses:
            raise Refusal(409, "cannot_cancel", "This cannot be cancelled.")
        to = "cancelled"  # also when the try never came: it is refused when it comes
    db.execute(
        "INSERT INTO seats (system, reservation_id, quantity, status, expires_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (system, reservation_id)"
        " DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at",
        (system, reservation_id, quantity, to, data.get("expires_at")),
    )
    db.execute(
        "UPDATE seats SET tries = tries + (?1 = 'try'), confirms = confirms + (?1 = 'confirm'),"
        " cancels = cancels + (?1 = 'cancel') WHERE system = ?2 AND reservation_id = ?3",
        (action, system, reservation_id),
    )
    return {"reservation_id": reservation_id, "status": to}


def _try(db: Database, system: str, status: str | None, quantity: int, *, refuses: bool) -> str:
    if status == "cancelled":
        raise Refusal(409, "cancelled", "This was cancelled before it came.")
    if status in ("held", "confirmed"):
        return status
    taken = db.execute(
        "SELECT coalesce(sum(quantity), 0) FROM seats WHERE system = ? AND status IN ('held', 'confirmed')", (system,)
    ).fetchone()[0]
    if refuses or taken + quantity > require(db, system)["capacity"]:
        raise Refusal(409, "sold_out", "Not enough seats are free.")
    return "held"
