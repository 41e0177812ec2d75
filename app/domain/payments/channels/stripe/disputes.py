"""Disputes at Stripe: retrieved, answered with evidence, and closed, by the official library."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.core.money import Money
from app.domain.payments.channels.stripe import mapping, wire
from app.domain.payments.channels.types import DisputeOutcome, DisputeState, Evidence, Outcome, Settings
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, text

if TYPE_CHECKING:
    from app.domain.payments.channels.stripe.library import StripeHttpClient

STATUS: dict[str, DisputeState] = {
    "needs_response": "needs_response",
    "warning_needs_response": "needs_response",
    "under_review": "under_review",
    "warning_under_review": "under_review",
    "won": "won",
    "lost": "lost",
    "warning_closed": "closed",
    "prevented": "closed",
}
MAX_FIELD_LENGTH = 20_000  # of all fields together they take 150,000 characters


def query(settings: Settings, ref: str) -> DisputeOutcome:
    """How it stands; `absent` when they do not know it."""
    return _asked(settings, "query_dispute", ref, lambda v1: v1.disputes.retrieve(ref))


def submit(settings: Settings, ref: str, evidence: Evidence) -> DisputeOutcome:
    """Put the evidence before the bank: they take it once."""
    params = {"evidence": _fields(evidence), "submit": True}
    return _asked(settings, "submit_evidence", ref, lambda v1: v1.disputes.update(ref, params))


def accept(settings: Settings, ref: str) -> DisputeOutcome:
    """Close it, which loses it."""
    return _asked(settings, "accept_dispute", ref, lambda v1: v1.disputes.close(ref))


def read(about: Json, ref: str) -> DisputeOutcome:
    """The dispute as they show it. Raises Unreadable."""
    if text(about, "object") != "dispute" or text(about, "id") != ref:
        raise Unreadable("it is another dispute")
    status = STATUS.get(text(about, "status"))
    if status is None:
        raise Unreadable("unknown status")
    amount = mapping.money(about.get("amount"), about.get("currency"))
    taken, fee = _moved(about.get("balance_transactions"), amount)
    return DisputeOutcome(
        status=status,
        channel_ref=optional_text(about, "payment_intent"),
        amount=amount,
        taken_minor=taken,
        fee_minor=fee,
        reason=optional_text(about, "reason"),
        due_at=_due(about.get("evidence_details")),
    )


def _moved(rows: object, amount: Money) -> tuple[int, int | None]:
    """What they have taken and not given back, and their fee: gross amounts below zero left the balance. A balance in
    another currency than the dispute's says only whether the disputed amount is gone; its fee stands on their bill."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("balance_transactions is no list")
    currencies = {row.get("currency") for row in rows}
    gone = -sum(_whole(row, "amount") for row in rows)
    if currencies - {amount.currency.lower()}:
        return (amount.minor if gone > 0 else 0), None
    fee = sum(_whole(row, "fee") for row in rows)
    return _minor(gone, amount.currency), _minor(fee, amount.currency)


def _minor(figure: int, currency: str) -> int:
    return mapping.money(figure, currency.lower()).minor if figure > 0 else 0


def _whole(row: Json, name: str) -> int:
    value = row.get(name)
    if type(value) is not int:
        raise Unreadable(f"{name} is no whole number")
    return value


def _due(evidence: object) -> datetime | None:
    due = evidence.get("due_by") if isinstance(evidence, dict) else None
    if due is None:
        return None
    if type(due) is not int or not 0 < due < 10**11:
        raise Unreadable("due_by is no time")
    return datetime.fromtimestamp(due, UTC)


def _fields(evidence: Evidence) -> dict[str, str]:
    found: Iterable[tuple[str, str]] = (
        ("uncategorized_text", evidence.explanation),
        ("product_description", evidence.product),
        ("customer_email_address", evidence.buyer_email),
        ("customer_purchase_ip", evidence.buyer_ip),
        ("access_activity_log", evidence.activity),
        ("service_date", evidence.delivered_on.isoformat() if evidence.delivered_on else ""),
    )
    return {name: value[:MAX_FIELD_LENGTH] for name, value in found if value}


def _asked(settings: Settings, operation: str, ref: str, send: Callable[[Any], object]) -> DisputeOutcome:
    found: list[DisputeOutcome] = []

    def ask(client: StripeHttpClient) -> Outcome:
        found.append(read(client.call(operation, send), ref))
        return Outcome(status="succeeded")

    answer = wire.outcome_of(settings, operation, ask)
    if found and answer.status == "succeeded":
        return replace(found[0], exchanges=answer.exchanges)
    return DisputeOutcome(
        status="failed" if answer.status == "failed" else "absent" if answer.status == "absent" else "unknown",
        decline_code=answer.decline_code,
        message=answer.message,
        exchanges=answer.exchanges,
    )
