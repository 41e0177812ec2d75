"""Saved payment methods: sessions in setup mode, SetupIntents, methods, and PaymentIntents without the buyer."""

import json
import secrets
from typing import Any

from sandbox.simulator import fields, notices, payments
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, insert, now
from sandbox.simulator.stripe import forms, objects
from sandbox.simulator.stripe.objects import Refused

SETUP_CALLS = frozenset(
    {
        *("mode", "client_reference_id", "currency", "customer_creation", "expires_at", "success_url", "cancel_url"),
        *("metadata.*", "setup_intent_data.metadata.*"),
    }
)
INTENT_CALLS = frozenset(
    {
        *("amount", "currency", "customer", "payment_method", "off_session", "confirm", "description"),
        "metadata.*",
    }
)
INTENT_QUESTIONS = frozenset(
    {"limit", "starting_after", "customer", *(f"created.{word}" for word in ("gt", "gte", "lt", "lte"))}
)
EDGES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
DEDUCTED_WITHIN_S = 86_400.0


class Declined(Refused):
    """The bank said no; the PaymentIntent is kept, and told along."""

    def __init__(self, made: dict[str, Any]) -> None:
        self.made, error = made, made["last_payment_error"]
        super().__init__(402, error["code"], error["message"], "card_error")

    def body(self) -> dict[str, Any]:
        shown = super().body()
        shown["error"] |= {"payment_intent": self.made, **self.made["last_payment_error"]}
        return shown


def references(db: Database, account: Row, number: str) -> list[str]:
    """The reference of the contract that a payment method was saved for."""
    row = _of_account(db, account, "method", number)
    return [row["reference"]] if row is not None else []


def open_setup(db: Database, account: Row, request: dict[str, Any]) -> Row:
    """A new session in setup mode. Raises: Refused."""
    forms.text(request, "currency")
    number = f"cs_test_set{secrets.token_hex(8)}"
    values = {
        "session_id": number,
        "account_id": account["account_id"],
        "reference": request.get("client_reference_id", ""),
        "status": "open",
        "request": json.dumps(request),
        "return_url": forms.address(request, "success_url"),
        "owner": f"cus_{secrets.token_hex(6)}",
        "method": f"pm_{secrets.token_hex(8)}",
        "created_at": now(),
    }
    insert(db, "stripe_setups", values)
    return setup(db, number)


def setup(db: Database, number: str) -> Row:
    """The session of this number. Raises: Refusal 404."""
    row: Row | None = db.execute("SELECT * FROM stripe_setups WHERE session_id = ?", (number,)).fetchone()
    if row is None:
        raise fields.Refusal(404, "agreement_not_found", "There is no such session.")
    return row


def decide(db: Database, row: Row, action: str) -> None:
    """The buyer saves the card (`sign`), thinks better of it (`decline`), or takes it away (`end`)."""
    moves = {"sign": ("open", "complete"), "decline": ("open", "expired"), "end": ("complete", "detached")}
    if action not in moves:
        raise fields.Refusal(404, "unknown_action", f"{', '.join(moves)}.")
    before, after = moves[action]
    if row["status"] != before:
        raise fields.Refusal(409, "agreement_decided", f"The session is {row['status']}.")
    db.execute("UPDATE stripe_setups SET status = ? WHERE session_id = ?", (after, row["session_id"]))
    event = {"sign": "contract.signed", "end": "payment_method.detached"}.get(action)
    if event is not None:
        account = db.execute("SELECT * FROM stripe_accounts WHERE account_id = ?", (row["account_id"],)).fetchone()
        about = {"contract_no": f"{row['owner']}:{row['method']}", "out_contract_no": row["reference"]}
        numbers = (row["session_id"], row["reference"] or row["session_id"])
        merchant_id, url = row["account_id"], account["webhook_url"]
        notices.queue(db, event, about, merchant_id=merchant_id, numbers=numbers, url=url)


def session(row: Row, *, base_url: str) -> dict[str, Any]:
    """The session as it stands."""
    request = json.loads(row["request"])
    is_open, is_signed = row["status"] == "open", row["status"] in ("complete", "detached")
    return {
        "id": row["session_id"],
        "object": "checkout.session",
        "client_reference_id": row["reference"] or None,
        "created": int(row["created_at"]),
        "customer": row["owner"] if is_signed else None,
        "livemode": False,
        "metadata": request.get("metadata", {}),
        "mode": "setup",
        "payment_intent": None,
        "payment_status": "no_payment_required",
        "setup_intent": f"seti_{row['session_id']}",
        "status": "complete" if is_signed else row["status"],
        "url": f"{base_url}/setup/{row['session_id']}" if is_open else None,
    }


def sessions_listed(db: Database, account: Row, form: dict[str, Any]) -> list[Row]:
    """The sessions in setup mode that were made in that time, the newest first; none on later pages."""
    if "payment_intent" in form or "starting_after" in form:
        return []
    where, arguments = _when(form, "created_at")
    query = "SELECT * FROM stripe_setups WHERE account_id = ?" + where + " ORDER BY rowid DESC LIMIT 100"  # noqa: S608 - columns from here
    return db.execute(query, (account["account_id"], *arguments)).fetchall()


def setup_intent(db: Database, account: Row, number: str) -> dict[str, Any]:
    """Raises: Refused."""
    row = _of_account(db, account, "session_id", number.removeprefix("seti_"))
    if row is None:
        raise objects.missing("setupintent", number)
    is_signed = row["status"] in ("complete", "detached")
    request = json.loads(row["request"])
    return {
        "id": number,
        "object": "setup_intent",
        "customer": row["owner"],
        "livemode": False,
        "metadata": request.get("setup_intent_data", {}).get("metadata", {}),
        "payment_method": row["method"] if is_signed else None,
        "status": "succeeded" if is_signed else "requires_payment_method",
        "usage": "off_session",
    }


def method(db: Database, account: Row, number: str) -> dict[str, Any]:
    """A payment method. Raises: Refused."""
    row = _of_account(db, account, "method", number)
    if row is None or row["status"] not in ("complete", "detached"):
        raise objects.missing("PaymentMethod", number)
    is_kept = row["status"] == "complete"
    owner = row["owner"] if is_kept else None
    return {"id": number, "object": "payment_method", "customer": owner, "livemode": False, "type": "card"}


def detach(db: Database, account: Row, number: str) -> dict[str, Any]:
    """Raises: Refused."""
    row = _of_account(db, account, "method", number)
    if row is None or row["status"] != "complete":
        raise Refused(400, None, "The payment method is not attached to a customer.")
    decide(db, row, "end")
    return method(db, account, number)


def open_intent(db: Database, account: Row, request: dict[str, Any], script: Script | None) -> dict[str, Any]:
    """A PaymentIntent that is confirmed at once, without the buyer. Raises: Refused."""
    number = forms.text(request, "payment_method")
    row = _of_account(db, account, "method", number)
    if row is None or row["status"] != "complete" or row["owner"] != request.get("customer"):
        raise objects.missing("PaymentMethod", number)
    currency = forms.text(request, "currency").upper()
    data = {
        "out_trade_no": reference(request),
        "amount": objects.minor(forms.whole(request, "amount"), currency),
        "currency": currency,
        "subject": request.get("description") or "deduction",
        "notify_url": account["webhook_url"],
        "return_url": row["return_url"],
        "expires_at": fields.iso(now() + DEDUCTED_WITHIN_S),
    }
    payment, _ = payments.open_payment(db, account["account_id"], data)
    kept = {"customer": request.get("customer"), "payment_intent_data": {"metadata": request.get("metadata", {})}}
    insert(db, "stripe_intents", {"trade_no": payment["trade_no"], "request": json.dumps(kept)})
    behavior = script.behavior if script else ""
    if behavior == "decline":
        payment = payments.decline(db, payment, (script and script.value) or "card_declined")
    elif behavior != "pending":
        payment = payments.approve(db, payment)
    return objects.intent(payment, kept)


def reference(request: dict[str, Any]) -> str:
    """Pretend Pay's number: ours in the metadata."""
    metadata = forms.part(request, "metadata")
    return str(metadata.get("bursar_attempt") or fields.new_number("pi_"))


def intents_listed(db: Database, account: Row, form: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str], bool]:
    """A page of PaymentIntents made without a buyer, the newest first; our numbers; and whether there are more."""
    payments.expire_due(db)
    limit = forms.whole(form, "limit") if "limit" in form else 10
    where, arguments = _when(form, "p.created_at")
    if "starting_after" in form:
        where += " AND i.rowid < (SELECT rowid FROM stripe_intents WHERE trade_no = ?)"
        arguments.append(form["starting_after"].removeprefix("pi_"))
    query = (
        "SELECT p.*, i.request FROM stripe_intents i JOIN payments p ON p.trade_no = i.trade_no"  # noqa: S608 - columns from here
        " WHERE p.merchant_id = ?" + where + " ORDER BY i.rowid DESC LIMIT ?"
    )
    rows = db.execute(query, (account["account_id"], *arguments, limit + 1)).fetchall()
    shown = [objects.intent(row, json.loads(row["request"])) for row in rows[:limit]]
    return shown, [row["out_trade_no"] for row in rows[:limit]], len(rows) > limit


def deduction_of(db: Database, trade_no: str) -> dict[str, Any] | None:
    """What a payment was deducted with; None for one of a session."""
    row = db.execute("SELECT request FROM stripe_intents WHERE trade_no = ?", (trade_no,)).fetchone()
    return dict(json.loads(row["request"])) if row is not None else None


def cancel(db: Database, account: Row, number: str) -> dict[str, Any]:
    """Raises: Refused."""
    row: Row | None = db.execute(
        "SELECT * FROM payments WHERE trade_no = ? AND merchant_id = ?",
        (number.removeprefix("pi_"), account["account_id"]),
    ).fetchone()
    kept = deduction_of(db, row["trade_no"]) if row is not None else None
    if row is None or kept is None:
        raise objects.missing("payment_intent", number)
    if row["status"] != "pending":
        raise Refused(400, "payment_intent_unexpected_state", "This PaymentIntent cannot be canceled.")
    return objects.intent(payments.close(db, row, reason="merchant"), kept)


def _of_account(db: Database, account: Row, column: str, value: str) -> Row | None:
    sql = f"SELECT * FROM stripe_setups WHERE account_id = ? AND {column} = ?"  # noqa: S608 - a name from above
    row: Row | None = db.execute(sql, (account["account_id"], value)).fetchone()
    return row


def _when(form: dict[str, Any], column: str) -> tuple[str, list[Any]]:
    created = forms.part(form, "created")
    where = "".join(f" AND CAST({column} AS INTEGER) {EDGES[edge]} ?" for edge in created)
    return where, [forms.whole(created, edge) for edge in created]
