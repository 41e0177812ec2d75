"""Disputes at Pretend Pay: asked about, answered with evidence, and accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.core.money import MAX_MINOR, Money
from app.domain.payments.channels.simulator import account_notices, answers
from app.domain.payments.channels.simulator.answers import Unreadable
from app.domain.payments.channels.types import DisputeOutcome, DisputeState, Evidence, Outcome, Settings
from app.lib.json_types import Json

Call = Callable[..., Outcome]
STATUS: dict[str, DisputeState] = {
    "open": "needs_response",
    "review": "under_review",
    "won": "won",
    "lost": "lost",
    "partly_lost": "partly_lost",
}


def query(call: Call, settings: Settings, ref: str) -> DisputeOutcome:
    """How it stands; `absent` when they do not know it."""
    return _asked(call, settings, "query_dispute", "GET", "", None, ref)


def submit(call: Call, settings: Settings, ref: str, evidence: Evidence) -> DisputeOutcome:
    """Put the evidence before them."""
    body = {
        "explanation": evidence.explanation,
        "product": evidence.product,
        "buyer_email": evidence.buyer_email,
        "buyer_ip": evidence.buyer_ip,
        "activity": evidence.activity,
        "delivered_on": evidence.delivered_on.isoformat() if evidence.delivered_on else None,
    }
    return _asked(call, settings, "submit_evidence", "POST", "/evidence", body, ref)


def accept(call: Call, settings: Settings, ref: str) -> DisputeOutcome:
    """Give in."""
    return _asked(call, settings, "accept_dispute", "POST", "/accept", {}, ref)


def read(data: Json, ref: str) -> DisputeOutcome:
    """The dispute as they show it. Raises Unreadable."""
    status = STATUS.get(answers.text(data, "status"))
    if status is None or answers.text(data, "dispute_no") != ref:
        raise Unreadable("it is another dispute, or in an unknown status")
    return DisputeOutcome(
        status=status,
        our_ref=answers.optional_text(data, "out_trade_no"),
        channel_ref=answers.optional_text(data, "trade_no"),
        amount=_money(data),
        taken_minor=_minor(data, "taken"),
        lost_minor=_minor(data, "lost") if data.get("lost") is not None else None,
        fee_minor=_minor(data, "fee"),
        reason=answers.optional_text(data, "reason"),
        due_at=account_notices.moment(data, "due_at"),
    )


def _money(data: Json) -> Money | None:
    return answers.money(data) if data.get("amount") is not None else None


def _minor(data: Json, name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= MAX_MINOR:
        raise Unreadable(f"{name} is no amount")
    return value


def _asked(
    call: Call, settings: Settings, operation: str, method: str, path: str, body: Json | None, ref: str
) -> DisputeOutcome:
    found: list[DisputeOutcome] = []

    def keep(data: Json) -> Outcome:
        found.append(read(data, ref))
        return Outcome(status="succeeded")

    answer = call(settings, operation, method, f"/v1/disputes/{ref}{path}", body, keep)
    if found and answer.status == "succeeded":
        return replace(found[0], exchanges=answer.exchanges)
    status: DisputeState = "unknown"
    if answer.status == "absent" or answer.status == "failed" or answer.status == "unsent":
        status = answer.status
    return DisputeOutcome(
        status=status, decline_code=answer.decline_code, message=answer.message, exchanges=answer.exchanges
    )
