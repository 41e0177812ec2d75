"""Stripe's events about something else than our payments, refunds and payouts: mandates (SetupIntents), disputes,
payment methods, and payouts that the account makes by itself. Raises Unreadable for what does not fit."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

from app.core.ids import try_parse
from app.domain.payments.channels.stripe import mapping
from app.domain.payments.channels.types import AccountNotice, ContractNotice, ContractOutcome, ContractStatus
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, text

CONTRACT = "bursar_contract"  # the name of a contract's reference among the metadata
NUMBER = re.compile(r"(cus_[A-Za-z0-9]{1,100}):((?:pm|card|src)_[A-Za-z0-9]{1,100})")
SETUP: dict[str, tuple[str, ContractStatus]] = {
    "setup_intent.succeeded": ("succeeded", "active"),
    "setup_intent.canceled": ("canceled", "failed"),
}
# Their page lets the buyer try again: it says nothing of the contract yet.
SETUP_FAILED = "setup_intent.setup_failed"
DETACHED = "payment_method.detached"
# event → the states of the dispute that fit it; None: any
DISPUTES: dict[str, tuple[str, ...] | None] = {
    "charge.dispute.created": None,
    "charge.dispute.updated": None,
    "charge.dispute.funds_withdrawn": None,
    "charge.dispute.funds_reinstated": None,
    "charge.dispute.closed": ("won", "lost", "warning_closed", "prevented"),
}
DISPUTE_STATUS: dict[str, Literal["open", "won", "lost", "closed"]] = {
    "needs_response": "open",
    "under_review": "open",
    "warning_needs_response": "open",
    "warning_under_review": "open",
    "won": "won",
    "lost": "lost",
    "warning_closed": "closed",
    "prevented": "closed",
}
PAYOUT_STATUS: dict[str, Literal["pending", "paid", "failed"]] = {
    "pending": "pending",
    "in_transit": "pending",
    "paid": "paid",
    "failed": "failed",
    "canceled": "failed",
}


def number(owner: str, method: str) -> str:
    """Their number of a mandate: a deduction names both. Raises Unreadable."""
    joined = f"{owner}:{method}"
    if not NUMBER.fullmatch(joined):
        raise Unreadable("no number of a customer and a payment method")
    return joined


def contract_ref(about: Json) -> str | None:
    """The reference of our contract in the metadata of an object; None for what is none of ours."""
    metadata = about.get("metadata")
    if not isinstance(metadata, dict):
        raise Unreadable("metadata is missing")
    ref = optional_text(metadata, CONTRACT)
    return ref if ref is not None and try_parse(ref, "con") is not None else None


def setup(event: str, about: Json, *, external_id: str, merchant_ref: str) -> ContractNotice | None:
    """What a SetupIntent's event says of our contract; None when it is none of ours, or says nothing yet."""
    ref = contract_ref(about)
    if event == SETUP_FAILED or ref is None:
        return None
    expected, status = SETUP[event]
    if text(about, "status") != expected:
        raise Unreadable("event and state do not fit")
    contract_no = number(text(about, "customer"), text(about, "payment_method")) if status == "active" else None
    outcome = ContractOutcome(status=status, contract_no=contract_no)
    return ContractNotice(external_id=external_id, event=event, our_ref=ref, merchant_ref=merchant_ref, outcome=outcome)


def dispute(event: str, about: Json, *, external_id: str, merchant_ref: str) -> AccountNotice:
    """What an event says of a dispute, of whatever payment of the account."""
    state, fitting = text(about, "status"), DISPUTES[event]
    status = DISPUTE_STATUS.get(state)
    if status is None or (fitting is not None and state not in fitting):
        raise Unreadable("event and state do not fit")
    evidence = about.get("evidence_details")
    return AccountNotice(
        kind="dispute",
        external_id=external_id,
        event=event,
        subject_ref=text(about, "id"),
        merchant_ref=merchant_ref,
        status=status,
        channel_ref=optional_text(about, "payment_intent"),
        amount=mapping.money(about.get("amount"), about.get("currency")),
        reason=optional_text(about, "reason"),
        due_at=_moment(evidence.get("due_by")) if isinstance(evidence, dict) and status == "open" else None,
    )


def detached(event: str, about: Json, before: Json, *, external_id: str, merchant_ref: str) -> AccountNotice:
    """A payment method that is its customer's no more; whose it was stands among what was `before`."""
    method, owner = text(about, "id"), optional_text(before, "customer")
    return AccountNotice(
        kind="payment_method",
        external_id=external_id,
        event=event,
        subject_ref=number(owner, method) if owner else method,
        merchant_ref=merchant_ref,
        status="ended",
    )


def payout(event: str, about: Json, *, external_id: str, merchant_ref: str) -> AccountNotice:
    """A payout that was not made by us: what the account pays to its bank by itself."""
    status, fitting = PAYOUT_STATUS.get(text(about, "status")), mapping.PAYOUT_EVENTS[event]
    if status is None or (fitting is not None and about["status"] not in fitting):
        raise Unreadable("event and state do not fit")
    return AccountNotice(
        kind="payout",
        external_id=external_id,
        event=event,
        subject_ref=text(about, "id"),
        merchant_ref=merchant_ref,
        status=status,
        amount=mapping.money(about.get("amount"), about.get("currency")),
        reason=optional_text(about, "failure_code"),
    )


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if type(value) is not int or not 0 < value < 10**11:
        raise Unreadable("due_by is no time")
    return datetime.fromtimestamp(value, UTC)
