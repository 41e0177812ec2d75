"""Buyers' complaints at WeChat Pay (complaints 2.0): asked about, answered, and settled. No money is taken for one."""

from __future__ import annotations

from dataclasses import replace

from app.core.money import MAX_MINOR, Money
from app.domain.payments.channels.types import DisputeOutcome, DisputeState, Evidence, Outcome, Settings
from app.domain.payments.channels.wechatpay import verified_calls
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, text

COMPLAINTS = "/v3/merchant-service/complaints-v2"
STATES: dict[str, DisputeState] = {"PENDING": "needs_response", "PROCESSING": "under_review", "PROCESSED": "closed"}
MAX_REPLY_LENGTH = 200


def query(settings: Settings, ref: str) -> DisputeOutcome:
    """How it stands; `absent` when they do not know it."""
    found: list[DisputeOutcome] = []

    def read(data: Json) -> Outcome:
        found.append(_complaint(data, ref))
        return Outcome(status="succeeded")

    asked = verified_calls.call(settings, "query_dispute", "GET", f"{COMPLAINTS}/{ref}", None, read)
    if found and asked.status == "succeeded":
        return replace(found[0], exchanges=asked.exchanges)
    return _nothing(asked)


def reply(settings: Settings, ref: str, evidence: Evidence) -> DisputeOutcome:
    """Answer the buyer in the complaint, and how it stands then."""
    body = {"complainted_mchid": settings.get("mchid"), "response_content": evidence.explanation[:MAX_REPLY_LENGTH]}
    return _told(settings, "submit_evidence", f"{COMPLAINTS}/{ref}/response", body, ref)


def complete(settings: Settings, ref: str) -> DisputeOutcome:
    """Say that the complaint is dealt with, which ends it."""
    body = {"complainted_mchid": settings.get("mchid")}
    return _told(settings, "accept_dispute", f"{COMPLAINTS}/{ref}/complete", body, ref)


def _told(settings: Settings, operation: str, path: str, body: Json, ref: str) -> DisputeOutcome:
    """They answer nothing: how the complaint stands is asked for."""
    told = verified_calls.call(settings, operation, "POST", path, body, lambda _: Outcome(status="succeeded"))
    if told.status != "succeeded":
        return _nothing(told)
    known = query(settings, ref)
    return replace(known, exchanges=[*told.exchanges, *known.exchanges])


def _nothing(outcome: Outcome) -> DisputeOutcome:
    status: DisputeState = "unknown"
    if outcome.status == "absent" or outcome.status == "failed":
        status = outcome.status
    code, message = outcome.decline_code, outcome.message
    return DisputeOutcome(status=status, decline_code=code, message=message, exchanges=outcome.exchanges)


def _complaint(data: Json, ref: str) -> DisputeOutcome:
    status = STATES.get(text(data, "complaint_state"))
    if status is None or text(data, "complaint_id") != ref:
        raise Unreadable("it is another complaint, or in an unknown state")
    if status == "under_review" and data.get("incoming_user_response") is True:
        status = "needs_response"  # the buyer wrote again
    orders = data.get("complaint_order_info")
    if not isinstance(orders, list) or not all(isinstance(each, dict) for each in orders):
        raise Unreadable("complaint_order_info is no list")
    about: Json = orders[0] if orders else {}
    return DisputeOutcome(
        status=status,
        kind="complaint",
        our_ref=optional_text(about, "out_trade_no"),
        channel_ref=optional_text(about, "transaction_id"),
        amount=_money(about.get("amount")),
        taken_minor=0,
        reason=optional_text(data, "problem_type"),
    )


def _money(value: object) -> Money | None:
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= MAX_MINOR:
        raise Unreadable("amount is no whole number")
    return Money(value, "CNY")
