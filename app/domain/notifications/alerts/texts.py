"""What an alert says, and where in the portal it leads."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.core import ids
from app.core.money import format_money
from app.domain.notifications.alerts.types import KINDS, AlertFacts


@dataclass(frozen=True)
class AlertText:
    """A line, a sentence or two, and the path of the page that shows more."""

    title: str
    text: str
    path: str


def text_of(kind: str, subject_id: uuid.UUID, facts: AlertFacts) -> AlertText:
    """The alert in words."""
    if kind.startswith("webhook_"):
        return _webhook(kind, subject_id, facts)
    if kind == "case_summary":
        return _summary(facts)
    if kind.startswith("case_"):
        before = {"case_raised": "Still open: ", "case_overdue": "Open for too long: "}.get(kind, "")
        title = f"{before}{facts['title']}{_amount(facts, ', ')}"
        return AlertText(title, facts["says"], f"/portal/cases/{ids.show('case', subject_id)}")
    if kind == "approval_waiting":
        what = f"{facts.get('what') or 'request'}".replace("_", " ")
        return AlertText(
            f"Waiting for approval: {what}{_amount(facts, ' of ')}",
            f"Reason: {facts['reason']}" if facts.get("reason") else "No reason was given.",
            f"/portal/approvals/{ids.show('apr', subject_id)}",
        )
    if kind == "channel_down":
        return AlertText(
            f"Channel “{facts['name']}” is down",
            f"The operation “{facts['operation']}” failed too often. We retry it automatically at growing intervals.",
            "/portal/channels/health",
        )
    if kind == "dead_letters":
        many = "An event was" if facts["count"] == 1 else f"{facts['count']} events were"
        return AlertText(
            f"{many} moved to dead letters", f"All attempts failed, for example for {facts['event']}.", "/portal"
        )
    if kind == "refund_large":
        order = facts.get("order")
        path = f"/portal/orders/{ids.show('ord', uuid.UUID(order))}" if order else "/portal/orders?view=refunds"
        return AlertText(f"Large refund{_amount(facts, ' of ')}", "It is above the amount you set.", path)
    if kind == "stock_low":
        return AlertText(f"Low stock: {facts['code']}", f"{facts['left']} left.", "/portal/stock?low=1")
    return AlertText(KINDS[kind].title if kind in KINDS else kind, "", "/portal/alerts")


def _webhook(kind: str, subject_id: uuid.UUID, facts: AlertFacts) -> AlertText:
    name, error = facts["name"], facts.get("error") or "There was no response."
    event = f" The last event was {facts['event']}." if facts.get("event") else ""
    path = f"/portal/webhooks/{ids.show('whe', subject_id)}"
    if kind == "webhook_paused":
        why = "It returned 410 Gone." if facts.get("why") == "gone" else "It failed for three days."
        return AlertText(f"Webhook endpoint paused: {name}", f"{why} {error}{event} Its events are queued.", path)
    times = facts["failures"]
    return AlertText(f"Webhook endpoint failing: {name}", f"{times} attempts in a row failed. {error}{event}", path)


def _summary(facts: AlertFacts) -> AlertText:
    count, urgent, days = facts["count"], facts["urgent"], facts["days"]
    title = "1 case is open" if count == 1 else f"{count} cases are open"
    oldest = {0: "The oldest is less than a day old.", 1: "The oldest is a day old."}
    says = [f"{urgent} urgent." if urgent else "None is urgent.", oldest.get(days, f"The oldest is {days} days old.")]
    return AlertText(title, " ".join(says), "/portal/cases")


def _amount(facts: AlertFacts, before: str) -> str:
    if facts.get("minor") is None or not facts.get("currency"):
        return ""
    return before + format_money(facts["minor"], facts["currency"])
