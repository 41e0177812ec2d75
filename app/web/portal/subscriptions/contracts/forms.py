"""How long a contract is paused, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wtforms import DateTimeLocalField, HiddenField, IntegerField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.core import ids
from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, OnceField
from app.domain.signing.types import ChangeTerms
from app.read.subscriptions.changes import PlanChoice
from app.read.subscriptions.contracts import ContractRow
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


class ChangeForm(Form):
    """What is to change of a contract. `effective_at` and `due_minor` are those of the preview that was read."""

    once = OnceField()
    plan = SelectField(N_("Plan"), validators=[QUIET])
    quantity = IntegerField(N_("Quantity"), validators=[InputRequired(), NumberRange(min=1, max=1000)])
    anchor_day = IntegerField(
        N_("Charge on day"),
        description=N_("Of the month, or of the week (1 is Monday). Empty: as now."),
        validators=[Optional(), NumberRange(min=1, max=31)],
    )
    at = RadioField(
        N_("When"),
        choices=[
            SelectChoice("now", N_("Now, and charge the difference")),
            SelectChoice("period_end", N_("At the end of the period")),
        ],
        default="now",
        validators=[QUIET],
    )
    effective_at = HiddenField()
    due_minor = HiddenField()

    def offer(self, row: ContractRow, plans: Sequence[PlanChoice]) -> ChangeForm:
        """Name the plans that may be chosen; nothing typed yet: as it is now."""
        named = {each.plan.id: each.plan.name for each in plans} | {row.plan_id: row.plan_name}
        self.plan.choices = [SelectChoice(ids.show("plan", known), name) for known, name in named.items()]
        if self.plan.data is None:
            self.plan.data, self.quantity.data = ids.show("plan", row.plan_id), row.quantity
        return self

    def terms(self) -> ChangeTerms:
        """What was typed."""
        return ChangeTerms(
            plan_id=ids.parse("plan", self.plan.data),
            quantity=self.quantity.data,
            anchor_day=self.anchor_day.data,
            at=self.at.data,
            effective_at=_moment(self.effective_at.data) if self.at.data == "now" else None,
        )

    @property
    def due(self) -> int | None:
        """What the preview said is charged; None: it was not read."""
        text = self.due_minor.data or ""
        return int(text) if text.isascii() and text.isdecimal() else None


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
