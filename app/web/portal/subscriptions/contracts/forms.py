"""How long a contract is paused, and when it ends."""

from __future__ import annotations

from datetime import datetime

from wtforms import DateTimeLocalField, RadioField, SelectChoice
from wtforms.validators import Optional

from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form
from app.web.portal.days import moment_of


class PauseForm(Form):
    """Until when nothing is charged."""

    resumes_at = DateTimeLocalField(
        N_("Resume on"), description=N_("Leave empty to pause until somebody resumes it."), validators=[Optional()]
    )

    def moment(self, time_zone: str) -> datetime | None:
        """When it resumes; None: when somebody says so."""
        return moment_of(self.resumes_at.data, time_zone)


class CancelForm(Form):
    """When it ends."""

    at = RadioField(
        N_("When"),
        description=N_("Cancelling now refunds what the plan says."),
        choices=[
            SelectChoice("period_end", N_("At the end of the period")),
            SelectChoice("now", N_("Now, and end the membership")),
        ],
        default="period_end",
        validators=[QUIET],
    )
