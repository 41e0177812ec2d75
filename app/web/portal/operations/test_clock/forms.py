"""How far a test clock is advanced."""

from __future__ import annotations

from datetime import datetime, timedelta

from wtforms import DateTimeLocalField, SelectChoice, SelectField
from wtforms.validators import Optional

from app.core.web.forms import QUIET, Form
from app.web.portal.days import moment_of

_BY = (
    ("1h", "1 hour", timedelta(hours=1)),
    ("1d", "1 day", timedelta(days=1)),
    ("7d", "7 days", timedelta(days=7)),
    ("30d", "30 days", timedelta(days=30)),
    ("365d", "365 days", timedelta(days=365)),
)


class AdvanceForm(Form):
    """By a span, or to a moment."""

    by = SelectField(
        "Advance by", choices=[SelectChoice(key, title) for key, title, _ in _BY], default="1d", validators=[QUIET]
    )
    time = DateTimeLocalField("Or to", description="Leave empty to advance by that time.", validators=[Optional()])

    def target(self, now: datetime, time_zone: str) -> datetime:
        """Where to, from the business's present time."""
        typed = moment_of(self.time.data, time_zone)
        return typed if typed is not None else now + {key: span for key, _, span in _BY}[self.by.data]
