"""Transfers to connected accounts, and payouts to the account's own banks and cards. Raises: Refused."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.simulator import fields, payouts
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.stripe import forms, objects
from sandbox.simulator.stripe.objects import Refused

_SHARED = ("amount", "currency", "destination", "metadata.*", "description")
TRANSFER_CALLS = frozenset({*_SHARED, "transfer_group", "source_transaction"})
PAYOUT_CALLS = frozenset({*_SHARED, "method", "statement_descriptor", "source_type"})
_PAGES = ("limit", "starting_after", "ending_before", *(f"created.{word}" for word in ("gt", "gte", "lt", "lte")))
TRANSFER_QUESTIONS = frozenset({*_PAGES, "destination", "transfer_group"})
PAYOUT_QUESTIONS = frozenset({*_PAGES, "destination", "status"})
TRANSFER, PAYOUT = ("acct_",), ("ba_", "card_")
# A bank takes days; here it takes no longer than whoever tries it has patience.
ARRIVES_S = 1.0
MOST = 100
# our reason → theirs, of money that a bank sent back
FAILURES = {"account_closed": "account_closed", "payee_rejected": "no_account"}
# our reason → the code of a refusal on the spot
REFUSALS = {"insufficient_merchant_balance": "balance_insufficient", "payee_rejected": "resource_missing"}


def open_payout(
    db: Database, account: Row, form: dict[str, Any], *, key: str | None, script: Script | None, to: tuple[str, ...]
) -> Row:
    """A new transfer, or a new payout, by what it goes `to`; `key` becomes its number."""
    destination = forms.text(form, "destination")
    if not destination.startswith(to):
        raise objects.missing("destination", destination)
    currency = forms.text(form, "currency").upper()
    amount = objects.minor(forms.whole(form, "amount"), currency)
    if amount <= 0:
        raise Refused(400, "parameter_invalid_integer", "Invalid positive integer")
    behavior, value = (script.behavior, script.value) if script else ("", None)
    code = (value or "account_closed") if behavior == "decline" else None
    if code is not None and (to == TRANSFER or code not in FAILURES):
        raise objects.refused(REFUSALS.get(code, code))
    asked = {
        "out_payout_no": key if key and fields.NUMBER.fullmatch(key) else fields.new_number("po_"),
        "amount": amount,
        "currency": currency,
        "account": destination,
        "reason": form.get("description", "-"),
        "notify_url": account["webhook_url"],
    }
    waits_s = script.seconds if script and behavior == "pending" else ARRIVES_S
    decides_at = now() + waits_s if to == PAYOUT and code is None else None
    row, _ = payouts.open_payout(db, account["account_id"], asked, fail_code=code, decides_at=decides_at)
    about = {"metadata": forms.part(form, "metadata"), "transfer_group": form.get("transfer_group")}
    db.execute("INSERT OR IGNORE INTO stripe_payouts VALUES (?, ?)", (row["payout_no"], json.dumps(about)))
    return row


def find(db: Database, account: Row, number: str) -> Row:
    payouts.decide_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM payouts WHERE payout_no = ? AND merchant_id = ?",
        (number.partition("_")[2], account["account_id"]),
    ).fetchone()
    if row is None:
        raise objects.missing("payout", number)
    return row


def listed(
    db: Database, account: Row, form: dict[str, Any], *, to: tuple[str, ...]
) -> tuple[list[dict[str, Any]], bool]:
    """A page of those that went `to` such accounts, the newest first, and whether there are more."""
    payouts.decide_due(db)
    rows = db.execute("SELECT * FROM payouts WHERE merchant_id = ? ORDER BY rowid DESC", (account["account_id"],))
    shown = [object_of(db, row) for row in rows.fetchall() if row["account"].startswith(to)]
    fitting = [each for each in shown if _fits(each, form)]
    if "starting_after" in form:
        numbers = [each["id"] for each in shown]
        after = set(numbers[numbers.index(form["starting_after"]) + 1 :]) if form["starting_after"] in numbers else ()
        fitting = [each for each in fitting if each["id"] in after]
    most = min(forms.whole(form, "limit") if "limit" in form else 10, MOST)
    return fitting[:most], len(fitting) > most


def numbers(db: Database, account: Row, form: dict[str, Any]) -> Sequence[str]:
    """The merchant's own numbers of all that such a question is about."""
    found = db.execute("SELECT * FROM payouts WHERE merchant_id = ?", (account["account_id"],)).fetchall()
    group = form.get("transfer_group")
    return [row["out_payout_no"] for row in found if group in (None, row["out_payout_no"])]


def object_of(db: Database, row: Row, *, status: str | None = None) -> dict[str, Any]:
    """The transfer or payout as they answer it, as it stands or with another `status` of ours."""
    state = status or row["status"]
    stored = db.execute("SELECT about FROM stripe_payouts WHERE payout_no = ?", (row["payout_no"],)).fetchone()
    about = json.loads(stored["about"]) if stored else {"metadata": {}, "transfer_group": None}
    shared = {
        "amount": objects.figure(row),
        "created": int(row["created_at"]),
        "currency": row["currency"].lower(),
        "description": row["reason"],
        "destination": row["account"],
        "livemode": False,
        "metadata": about["metadata"],
    }
    if row["account"].startswith(TRANSFER):
        is_back = state == "failed"
        return shared | {
            "id": f"tr_{row['payout_no']}",
            "object": "transfer",
            "amount_reversed": shared["amount"] if is_back else 0,
            "reversed": is_back,
            "source_type": "card",
            "transfer_group": about["transfer_group"],
        }
    return shared | {
        "id": f"po_{row['payout_no']}",
        "object": "payout",
        "arrival_date": int(row["created_at"]) + 86_400,
        "automatic": False,
        "failure_code": FAILURES.get(row["code"], "could_not_process") if state == "failed" else None,
        "method": "standard",
        "status": {"pending": "in_transit", "succeeded": "paid", "failed": "failed"}[state],
        "type": "card" if row["account"].startswith("card_") else "bank_account",
    }


def _fits(shown: dict[str, Any], form: dict[str, Any]) -> bool:
    named = ("destination", "transfer_group", "status")
    created = {edge: int(value) for edge, value in forms.part(form, "created").items()}
    return (
        all(shown.get(name) == form[name] for name in named if name in form)
        and created.get("gte", 0) <= shown["created"] <= created.get("lte", shown["created"])
        and created.get("gt", -1) < shown["created"] < created.get("lt", shown["created"] + 1)
    )
