"""Money that the company pays to somebody's account for a merchant."""

from typing import Any

from sandbox.simulator import fields, notices
from sandbox.simulator.store import Database, Row, insert, now

FAIL_CODES = ("account_closed", "insufficient_merchant_balance", "payee_rejected")


def open_payout(
    db: Database, merchant_id: str, data: dict[str, Any], *, fail_code: str | None, decides_at: float | None
) -> tuple[Row, bool]:
    """Pays at once, or finds the payout this number already made; True when it is new.

    `fail_code` makes it fail; `decides_at` leaves it pending until that second.
    Raises: Refusal 422 bad field or reused number.
    """
    out_payout_no, amount = fields.number(data, "out_payout_no"), fields.amount(data)
    currency, account = fields.currency(data), fields.text(data, "account")
    found = by_number(db, merchant_id, out_payout_no)
    if found is not None:
        if (found["amount"], found["currency"], found["account"]) != (amount, currency, account):
            raise fields.Refusal(422, "number_reused", "This out_payout_no was used for another payout.")
        return found, False
    status = "failed" if fail_code else "pending" if decides_at is not None else "succeeded"
    values = {
        "payout_no": fields.new_number("PO"),
        "merchant_id": merchant_id,
        "out_payout_no": out_payout_no,
        "amount": amount,
        "currency": currency,
        "account": account,
        "name": fields.text(data, "name", default="-"),
        "reason": fields.text(data, "reason", default="payout"),
        "status": status,
        "code": fail_code,
        "notify_url": fields.url(data, "notify_url") if "notify_url" in data else None,
        "created_at": now(),
        "decides_at": decides_at,
        "decided_at": None if status == "pending" else now(),
    }
    insert(db, "payouts", values)
    row = require(db, merchant_id, out_payout_no)
    if status != "pending":
        _notify(db, row)
    return row, True


def by_number(db: Database, merchant_id: str, out_payout_no: str) -> Row | None:
    decide_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM payouts WHERE merchant_id = ? AND out_payout_no = ?", (merchant_id, out_payout_no)
    ).fetchone()
    return row


def require(db: Database, merchant_id: str, out_payout_no: str) -> Row:
    row = by_number(db, merchant_id, out_payout_no)
    if row is None:
        raise fields.Refusal(404, "payout_not_found", "There is no such payout.")
    return row


def decide(db: Database, payout: Row, *, fail_code: str | None = None, is_forced: bool = False) -> Row:
    """Ends a pending payout. `is_forced` also turns one that ended: a failed one is paid after all, and one that was
    paid fails, as happens when a bank sends it back.

    Raises: Refusal 409 when it has ended.
    """
    turns = payout["status"] == ("succeeded" if fail_code else "failed")
    if payout["status"] != "pending" and not (is_forced and turns):
        raise fields.Refusal(409, f"payout_{payout['status']}", f"The payout is {payout['status']}.")
    db.execute(
        "UPDATE payouts SET status = ?, code = ?, decided_at = ?, decides_at = NULL WHERE payout_no = ?",
        ("failed" if fail_code else "succeeded", fail_code, now(), payout["payout_no"]),
    )
    decided: Row = db.execute("SELECT * FROM payouts WHERE payout_no = ?", (payout["payout_no"],)).fetchone()
    _notify(db, decided)
    return decided


def decide_due(db: Database) -> None:
    due = db.execute("SELECT * FROM payouts WHERE status = 'pending' AND decides_at <= ?", (now(),))
    for payout in due.fetchall():
        decide(db, payout)


def show(payout: Row) -> dict[str, Any]:
    """The payout as the API answers it."""
    names = ("payout_no", "out_payout_no", "status", "amount", "currency", "account")
    shown = {name: payout[name] for name in names}
    if payout["code"] is not None:
        shown["code"] = payout["code"]
    return shown


def _notify(db: Database, payout: Row) -> None:
    if payout["notify_url"] is None:
        return
    about = {name: payout[name] for name in ("payout_no", "out_payout_no", "amount", "currency", "status")}
    if payout["code"] is not None:
        about["decline_code"] = payout["code"]
    notices.queue(
        db,
        f"payout.{payout['status']}",
        about,
        merchant_id=payout["merchant_id"],
        numbers=(payout["payout_no"], payout["out_payout_no"]),
        url=payout["notify_url"],
    )
