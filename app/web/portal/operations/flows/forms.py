"""The form of a manual transition."""

from __future__ import annotations

from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.web.forms import Form
from app.workflow.orders.transition_manually import MAX_REASON_LENGTH, TransitionTarget


class TransitionForm(Form):
    """Where to, and how one knows."""

    to = RadioField("Outcome", validators=[InputRequired("Choose an outcome.")])
    reason = StringField(
        "Evidence",
        description="Shown to the approver: a page you checked, a person you asked, a reference.",
        validators=[DataRequired("Enter your evidence."), Length(max=MAX_REASON_LENGTH)],
        render_kw={"autocomplete": "off"},
    )

    def of(self, found: TransitionTarget) -> TransitionForm:
        """With the transitions there are now."""
        self.to.choices = [SelectChoice(to, to.replace("_", " ").capitalize()) for to in found.targets]
        return self
