"""Alerts: what people should hear of without looking."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.domain.notifications.alerts.texts import text_of
from app.domain.notifications.alerts.types import KINDS
from app.read.notifications import alerts


class Alert(Answer):
    """Something that began, and ends by itself."""

    id: str
    kind: Annotated[str, Field(description=f"One of {', '.join(f'`{each}`' for each in KINDS)}.")]
    title: str
    text: str
    path: Annotated[str, Field(description="Link to the portal page.")]
    created_at: Moment
    ended_at: Annotated[Moment | None, Field(description="When it ended; null while ongoing.")]


class AlertQuery(ListQuery):
    """What a list of alerts may be narrowed by."""

    open: Annotated[bool, Field(description="Only ongoing alerts.")] = False


@v1.get("/alerts", query=AlertQuery, answer=Page[Alert], permission="alerts.read", tag="Alerts")
def list_alerts(caller: KeyCaller, query: AlertQuery) -> Page[Alert]:
    """List alerts.

    Newest first: failing webhook endpoints, channels that are down, approvals that wait, events that were set aside,
    large refunds and low stock.
    """
    found = alerts.list_alerts(
        caller.business_id, tuple(KINDS), after=query.after(), limit=query.limit, only_open=query.open
    )
    return page_of(found, limit=query.limit, item=_alert, key=lambda row: (row.created_at, row.id))


def _alert(row: alerts.AlertRow) -> Alert:
    text = text_of(row.kind, row.subject_id, row.facts)
    return Alert(
        id=show("alt", row.id),
        kind=row.kind,
        title=text.title,
        text=text.text,
        path=text.path,
        created_at=moment_text(row.created_at),
        ended_at=moment_text(row.ended_at) if row.ended_at else None,
    )
