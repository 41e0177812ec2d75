"""Refunds of paid sessions. Each runs in one transaction. Raises: Refused."""

import json
from typing import Any

from sandbox.simulator import fields, refunds
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.stripe import forms, objects, sessions
from sandbox.simulator.stripe.objects import Refused

REPEATABLE_CALLS = frozenset({"payment_intent", "amount", "reason", "metadata.*"})
QUESTIONS = frozenset({"payment_intent", "limit", "starting_after"})
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def open_refund(db: Database, account: Row, form: dict[str, Any], key: str | None, script: Script | None) -> Row:
    """A new refund; `key` becomes its number."""
    payment = sessions.of_intent(db, account, forms.text(form, "payment_intent"))
    if "reason" in form:
        forms.choice(form, "reason", REASONS)
    left = _left(db, payment)
    if payment["status"] != "succeeded":
        raise Refused(400, "payment_intent_unexpected_state", "This PaymentIntent does not have a successful charge.")
    if left == 0:
        raise Refused(400, "charge_already_refunded", "The charge has already been refunded.")
    amount = objects.minor(forms.whole(form, "amount"), payment["currency"]) if "amount" in form else left
    if not 0 < amount <= left:
        raise Refused(400, None, "Refund amount is greater than unrefunded amount on charge.")
    behavior, value = (script.behavior, script.value) if script else ("", None)
    code = (value or refunds.FAIL_CODES[0]) if behavior == "decline" else None
    if code is not None and code not in objects.FAILURES:
        raise objects.refused(code)
    refund_fields = {
        "out_refund_no": key if key and fields.NUMBER.fullmatch(key) else fields.new_number("re_"),
        "out_trade_no": payment["out_trade_no"],
        "amount": amount,
        "currency": payment["currency"],
        "notify_url": account["webhook_url"],
    }
    decides_at = now() + script.seconds if script and behavior == "pending" else None
    row, _ = refunds.open_refund(db, account["account_id"], refund_fields, fail_code=code, decides_at=decides_at)
    values = (row["refund_no"], json.dumps(forms.part(form, "metadata")))
    db.execute("INSERT INTO stripe_refunds VALUES (?, ?)", values)
    return row


def find(db: Database, account: Row, number: str) -> Row:
    refunds.decide_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM refunds WHERE refund_no = ? AND merchant_id = ?",
        (number.removeprefix("re_"), account["account_id"]),
    ).fetchone()
    if row is None:
        raise objects.missing("refund", number)
    return row


def listed(db: Database, account: Row, form: dict[str, Any]) -> list[Row]:
    """The refunds of a PaymentIntent, the newest first."""
    refunds.decide_due(db)
    payment = sessions.of_intent(db, account, forms.text(form, "payment_intent"))
    query = "SELECT * FROM refunds WHERE trade_no = ? ORDER BY rowid DESC"
    return db.execute(query, (payment["trade_no"],)).fetchall()


def shown(db: Database, row: Row, *, status: str | None = None) -> dict[str, Any]:
    """The refund as they answer it."""
    payment = db.execute("SELECT * FROM payments WHERE trade_no = ?", (row["trade_no"],)).fetchone()
    stored = db.execute("SELECT metadata FROM stripe_refunds WHERE refund_no = ?", (row["refund_no"],)).fetchone()
    return objects.refund(row, payment, json.loads(stored["metadata"]) if stored else {}, status=status)


def _left(db: Database, payment: Row) -> int:
    query = "SELECT coalesce(sum(amount), 0) FROM refunds WHERE trade_no = ? AND status <> 'failed'"
    (taken,) = db.execute(query, (payment["trade_no"],)).fetchone()
    return int(payment["amount"]) - int(taken)
