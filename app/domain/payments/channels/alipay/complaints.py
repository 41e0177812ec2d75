"""Buyers' complaints at Alipay: a message to the app's gateway names the complaint, and nothing else of it. The rest is
asked for; the merchant can answer the buyer in it. No money is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

from app.domain.payments.channels.alipay import answers, gateway
from app.domain.payments.channels.alipay.answers import Unreadable
from app.domain.payments.channels.types import (
    AccountNotice,
    DisputeOutcome,
    DisputeState,
    Evidence,
    Outcome,
    Settings,
)
from app.lib.json_types import Json

MESSAGE = "alipay.merchant.tradecomplain.changed"
STATUS: dict[str, DisputeState] = {
    "MERCHANT_PROCESSING": "needs_response",
    "MERCHANT_FEEDBACK_OVERTIME": "needs_response",
    "MERCHANT_FEEDBACKED": "under_review",
    "PLATFORM_PROCESSING": "under_review",
    "FINISHED": "closed",
    "PLATFORM_FINISH": "closed",
    "CANCELLED": "closed",
    "CLOSED": "closed",
}
MAX_REPLY_LENGTH = 200


def notice(fields: dict[str, str]) -> AccountNotice:
    """The message that a complaint was made or changed: which trade it is about only their platform says, so it counts
    as open. Raises Unreadable."""
    try:
        about = json.loads(answers.text(fields, "biz_content"))
    except ValueError as error:
        raise Unreadable("biz_content is not JSON") from error
    if not isinstance(about, dict):
        raise Unreadable("biz_content is no object")
    return AccountNotice(
        kind="dispute",
        external_id=answers.text(fields, "notify_id"),
        event=MESSAGE,
        subject_ref=answers.text(about, "complain_event_id"),
        merchant_ref=answers.text(fields, "app_id"),
        status="open",
    )


def query(settings: Settings, ref: str) -> DisputeOutcome:
    """How it stands."""
    found: list[DisputeOutcome] = []

    def read(data: Json) -> Outcome:
        found.append(_complaint(data, ref))
        return Outcome(status="succeeded")

    biz = {"complain_event_id": ref}
    asked = gateway.call(settings, "query_dispute", "alipay.merchant.tradecomplain.query", biz, read)
    if found and asked.status == "succeeded":
        return replace(found[0], exchanges=asked.exchanges)
    return _nothing(asked)


def reply(settings: Settings, ref: str, evidence: Evidence) -> DisputeOutcome:
    """Answer the buyer in the complaint, and how it stands then."""
    biz = {"complain_event_id": ref, "reply_content": evidence.explanation[:MAX_REPLY_LENGTH]}
    told = gateway.call(
        settings,
        "submit_evidence",
        "alipay.merchant.tradecomplain.reply.submit",
        biz,
        lambda _: Outcome(status="succeeded"),
    )
    if told.status != "succeeded":
        return _nothing(told)
    known = query(settings, ref)
    return replace(known, exchanges=[*told.exchanges, *known.exchanges])


def accept() -> DisputeOutcome:
    """They have no word for it that says all: whoever gives in refunds, or settles it on their platform."""
    words = "Refund the order, or settle the complaint on Alipay’s merchant platform."
    return DisputeOutcome(status="failed", kind="complaint", decline_code="kind_unsupported", message=words)


def _nothing(outcome: Outcome) -> DisputeOutcome:
    status: DisputeState = "unknown"
    if outcome.status == "absent" or outcome.status == "failed":
        status = outcome.status
    code, message = outcome.decline_code, outcome.message
    return DisputeOutcome(status=status, decline_code=code, message=message, exchanges=outcome.exchanges)


def _complaint(data: Json, ref: str) -> DisputeOutcome:
    status = STATUS.get(answers.text(data, "status"))
    if status is None or answers.text(data, "complain_event_id") != ref:
        raise Unreadable("it is another complaint, or in an unknown state")
    return DisputeOutcome(
        status=status,
        kind="complaint",
        our_ref=_said(data, "merchant_order_no"),
        channel_ref=_said(data, "trade_no"),
        amount=answers.money(data, "trade_amount") if data.get("trade_amount") else None,
        taken_minor=0,
        reason=_said(data, "complain_reason"),
    )


def _said(data: Json, name: str) -> str | None:
    return answers.optional_text(data, name) if data.get(name) else None
