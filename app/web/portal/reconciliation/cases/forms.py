"""What people do with a case."""

from __future__ import annotations

from datetime import datetime, timedelta

from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core import clock
from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, OnceField
from app.workflow.reconciliation.manage_cases import MAX_COMMENT, MAX_REASON

SNOOZES = {"1": N_("A day"), "3": N_("3 days"), "7": N_("A week"), "30": N_("30 days"), "": N_("Not snoozed")}


class AssignForm(Form):
    """Who is responsible."""

    assignee = SelectField(N_("Assigned to"), validate_choice=False, validators=[QUIET])


class SnoozeForm(Form):
    """For how long it is out of the inbox."""

    days = SelectField(N_("Snooze for"), choices=[SelectChoice(*each) for each in SNOOZES.items()], validators=[QUIET])

    @property
    def until(self) -> datetime | None:
        """When it comes back; None at once."""
        return clock.now() + timedelta(days=int(self.days.data)) if self.days.data else None


class CommentForm(Form):
    """What was found out."""

    body = TextAreaField(
        N_("Comment"), validators=[DataRequired(N_("Enter a comment.")), Length(max=MAX_COMMENT)], render_kw={"rows": 3}
    )


class ResolveForm(Form):
    """Why nothing is left to do."""

    reason = StringField(N_("Reason"), validators=[DataRequired(N_("Enter a reason.")), Length(max=MAX_REASON)])


class MendForm(Form):
    """Why it is mended so. `once` makes a double click one mend."""

    once = OnceField()
    mend_reason = StringField(N_("Reason"), validators=[DataRequired(N_("Enter a reason.")), Length(max=MAX_REASON)])


class BulkForm(Form):
    """What is done to many cases; each action has its field. `once` makes a double click one run."""

    once = OnceField()
    assignee = SelectField(N_("Assigned to"), validate_choice=False, validators=[QUIET])
    days = SelectField(
        N_("Snooze for"),
        choices=[SelectChoice(*each) for each in SNOOZES.items()],
        validate_choice=False,
        validators=[QUIET],
    )
    comment = TextAreaField(N_("Comment"), validators=[QUIET, Length(max=MAX_COMMENT)], render_kw={"rows": 3})
    mend = SelectField(N_("Action"), validate_choice=False, validators=[QUIET])
    reason = StringField(N_("Reason"), validators=[QUIET, Length(max=MAX_REASON)])

    @property
    def until(self) -> datetime | None:
        """When the cases come back; None at once."""
        days = self.days.data or ""
        return clock.now() + timedelta(days=int(days)) if days in SNOOZES and days else None
