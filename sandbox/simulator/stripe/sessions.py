"""Checkout Sessions: opened, listed, expired. Each runs in one transaction. Raises: Refused."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.simulator import fields, payments
from sandbox.simulator.scripts import take
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.stripe import forms, objects
from sandbox.simulator.stripe.objects import Refused

MIN_S, MAX_S = 30 * 60, 24 * 3600
SMALLEST, LARGEST = 50, 99_999_999
THREE_DECIMAL = ("BHD", "JOD", "KWD", "OMR", "TND")
REPEATABLE_CALLS = frozenset(
    {
        *("mode", "client_reference_id", "customer", "customer_creation", "customer_email", "locale", "metadata.*"),
        *("expires_at", "success_url", "cancel_url", "adaptive_pricing.enabled", "line_items.#.quantity"),
        *("line_items.#.price_data.currency", "line_items.#.price_data.unit_amount"),
        *("line_items.#.price_data.product_data.name", "line_items.#.price_data.product_data.description"),
        *("payment_intent_data.metadata.*", "payment_intent_data.setup_future_usage"),
        *("payment_intent_data.description", "payment_intent_data.statement_descriptor"),
    }
)
QUESTIONS = frozenset(
    {"limit", "starting_after", "payment_intent", *(f"created.{word}" for word in ("gt", "gte", "lt", "lte"))}
)
EDGES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def open_session(db: Database, account: Row, request: dict[str, Any]) -> Row:
    """A new session; its payment."""
    forms.choice(request, "mode", ("payment",))
    amount, currency, subject = _lines(request)
    if request.get("customer_creation") and request.get("customer"):
        raise Refused(400, None, "You may only specify one of these parameters: customer, customer_creation.")
    if "setup_future_usage" in forms.part(request, "payment_intent_data"):
        forms.choice(request["payment_intent_data"], "setup_future_usage", ("off_session", "on_session"))
    expires_at = forms.whole(request, "expires_at") if "expires_at" in request else int(now()) + MAX_S
    if not now() + MIN_S <= expires_at <= now() + MAX_S:
        raise Refused(400, None, "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
    forms.text(request, "success_url", longest=5000)
    payment_fields = {
        "out_trade_no": _number(db, account, request),
        "amount": amount,
        "currency": currency,
        "subject": subject,
        "notify_url": account["webhook_url"],
        "return_url": forms.address(request, "success_url"),
        "expires_at": fields.iso(expires_at),
    }
    payment, _ = payments.open_payment(db, account["account_id"], payment_fields)
    values = (objects.session_id(payment), payment["trade_no"], account["account_id"], json.dumps(request))
    db.execute("INSERT INTO stripe_sessions VALUES (?, ?, ?, ?)", values)
    if take(db, "pay", payment["out_trade_no"], without=("decline",)):
        payment = payments.approve(db, payment)
    return payment


def expire(db: Database, payment: Row) -> Row:
    if payment["status"] != "pending":
        raise Refused(400, None, "Only Checkout Sessions with a status in ['open'] can be expired.")
    return payments.close(db, payment, reason="merchant")


def listed(db: Database, account: Row, form: dict[str, Any]) -> tuple[Sequence[Row], bool]:
    """The payments of a page of sessions, the newest first, and whether there are more."""
    payments.expire_due(db)
    limit = forms.whole(form, "limit") if "limit" in form else 10
    if not 1 <= limit <= 100:
        raise Refused(400, "parameter_invalid_integer", "limit must be between 1 and 100")
    where, arguments = ["s.account_id = ?"], [account["account_id"]]
    for edge in forms.part(form, "created"):
        where.append(f"CAST(p.created_at AS INTEGER) {EDGES[edge]} ?")
        arguments.append(forms.whole(form["created"], edge))
    if "payment_intent" in form:
        where.append("p.trade_no = ?")
        arguments.append(form["payment_intent"].removeprefix("pi_"))
    if "starting_after" in form:
        where.append("s.rowid < (SELECT rowid FROM stripe_sessions WHERE trade_no = ?)")
        arguments.append(of_session(db, account, form["starting_after"])["trade_no"])
    begin = "SELECT p.* FROM stripe_sessions s JOIN payments p ON p.trade_no = s.trade_no WHERE "
    query = begin + " AND ".join(where) + " ORDER BY s.rowid DESC LIMIT ?"
    rows = db.execute(query, (*arguments, limit + 1)).fetchall()
    return rows[:limit], len(rows) > limit


def of_session(db: Database, account: Row, number: str) -> Row:
    """The payment of a session."""
    return _payment(db, account, number.removeprefix("cs_test_"), objects.missing("checkout.session", number))


def of_intent(db: Database, account: Row, number: str) -> Row:
    """The payment of a PaymentIntent; there is none before the session is complete."""
    payment = _payment(db, account, number.removeprefix("pi_"), objects.missing("payment_intent", number))
    if objects.STATES[payment["status"]][0] != "complete":
        raise objects.missing("payment_intent", number)
    return payment


def request_of(db: Database, payment: Row) -> dict[str, Any]:
    """What the session was opened with."""
    row = db.execute("SELECT request FROM stripe_sessions WHERE trade_no = ?", (payment["trade_no"],)).fetchone()
    return dict(json.loads(row["request"]))


def _payment(db: Database, account: Row, trade_no: str, otherwise: Refused) -> Row:
    payments.expire_due(db)
    row: Row | None = db.execute(
        "SELECT * FROM payments WHERE trade_no = ? AND merchant_id = ?", (trade_no, account["account_id"])
    ).fetchone()
    if row is None:
        raise otherwise
    return row


def _number(db: Database, account: Row, request: dict[str, Any]) -> str:
    """Pretend Pay's number: theirs need not be unique, so a second session of the same reference gets another."""
    reference = request.get("client_reference_id", "")
    if not fields.NUMBER.fullmatch(reference) or payments.by_number(db, account["account_id"], reference):
        return fields.new_number("cs_")
    return str(reference)


def _lines(request: dict[str, Any]) -> tuple[int, str, str]:
    """What all lines cost in our minor units, the currency, and the first line's name."""
    lines = list(forms.part(request, "line_items").values())
    if not lines:
        raise Refused(400, "parameter_missing", "Missing required param: line_items.")
    prices = [forms.part(line, "price_data") for line in lines]
    currencies = {forms.text(price, "currency").upper() for price in prices}
    if len(currencies) != 1:
        raise Refused(400, None, "All line items must have the same currency.")
    total = sum(
        forms.whole(p, "unit_amount") * forms.whole(line, "quantity") for p, line in zip(prices, lines, strict=True)
    )
    [currency] = currencies
    if total < SMALLEST:
        raise Refused(400, "amount_too_small", "The amount must be greater than the minimum charge amount.")
    if total > LARGEST:
        raise Refused(400, "amount_too_large", "The amount must be no more than 99999999.")
    if currency in THREE_DECIMAL and total % 10:
        raise Refused(400, "parameter_invalid_integer", "The last digit must be 0 in three-decimal currencies.")
    return objects.minor(total, currency), currency, forms.text(forms.part(prices[0], "product_data"), "name")
