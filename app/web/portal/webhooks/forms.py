"""The forms of endpoints: where, what, and from when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import BooleanField, DateField, RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput

from app.core.web.forms import QUIET, Form
from app.domain.webhooks.events import EVENT_TYPES
from app.read.webhooks.webhooks import EndpointRow
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from app.workflow.webhooks.replay_webhooks import Extent

ALL = "*"
_EVENT_CHOICES = [topic for topic in EVENT_TYPES if topic != "webhook.test"]


class EndpointForm(Form):
    """An endpoint as people type it."""

    url = StringField(
        "URL", description="We POST each event to this HTTPS URL.",
        validators=[DataRequired("Enter a URL."), Length(max=2000)],
    )  # fmt: skip
    description = StringField("Description", description="What it is for.", validators=[Length(max=200)])
    extent = RadioField(
        "Events",
        choices=[SelectChoice("all", "All events, including future types"), SelectChoice("some", "Only selected:")],
        default="all",
    )
    topics = SelectMultipleField(
        "Event types",
        choices=[SelectChoice(topic, topic) for topic in sorted(_EVENT_CHOICES)],
        option_widget=CheckboxInput(),
    )
    in_order = BooleanField(
        "Preserve order per object",
        description="Later events of an object wait until earlier ones are delivered.",
        default=True,
    )

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The types of events by what they are about."""
        return [(head, list(some)) for head, some in groupby(self.topics, lambda each: each.label.text.split(".")[0])]

    def command(self) -> EndpointCommand:
        """What was typed. Types that the form does not show (`order.*`) were made over the API and are spelt out."""
        topics = [ALL] if self.extent.data == "all" else list(self.topics.data or ())
        return EndpointCommand(self.url.data or "", topics, self.description.data or "", bool(self.in_order.data))

    def show(self, row: EndpointRow) -> None:
        """Fill the form with an endpoint."""
        heads = tuple(topic[:-1] for topic in row.topics if topic.endswith(".*"))
        self.url.data, self.description.data, self.in_order.data = row.url, row.description, row.in_order
        self.extent.data = "all" if ALL in row.topics else "some"
        self.topics.data = [each for each in _EVENT_CHOICES if each in row.topics or (heads and each.startswith(heads))]


class EnableForm(Form):
    """How to go on after a pause."""

    waiting = RadioField(
        "Events while paused",
        choices=[SelectChoice("send", "Send them now, oldest first"), SelectChoice("skip", "Skip them")],
        default="send",
    )


class RollForm(Form):
    """How long the old secret counts."""

    overlap = SelectField(
        "Keep the old secret valid for",
        choices=[
            SelectChoice("0", "no time (revoke now)"),
            SelectChoice("3600", "an hour"),
            SelectChoice("86400", "a day"),
            SelectChoice("604800", "a week"),
        ],
        default="86400",
        validators=[QUIET],
    )


class ReplayForm(Form):
    """Which events to send again."""

    since = DateField("From", description="Up to 30 days back.", validators=[Optional()])
    until = DateField("Through", validators=[Optional()])
    which = RadioField(
        "Which",
        choices=[
            SelectChoice("missing", "Undelivered only"),
            SelectChoice("all", "All, including delivered"),
        ],
        default="missing",
    )

    def extent(self, time_zone: str) -> Extent:
        """What was typed, days in the business's zone."""
        until = self.until.data + timedelta(days=1) if self.until.data else None
        return Extent(
            since=_midnight(self.since.data, time_zone),
            until=_midnight(until, time_zone),
            also_delivered=self.which.data == "all",
        )


def _midnight(day: Any, time_zone: str) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC) if day else None
