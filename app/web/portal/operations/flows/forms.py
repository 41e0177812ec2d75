"""The form of a move by hand."""

from __future__ import annotations

from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.web.forms import Form
from app.workflow.orders.move_by_hand import LONGEST_REASON, Movable


class MoveForm(Form):
    """Where to, and how one knows."""

    to = RadioField("What became of it", validators=[InputRequired("Choose what became of it.")])
    reason = StringField(
        "How do you know?",
        description="Whoever approves reads this: a page you looked at, a person you asked, a number.",
        validators=[DataRequired("Say how you know."), Length(max=LONGEST_REASON)],
        render_kw={"autocomplete": "off"},
    )

    def of(self, found: Movable) -> MoveForm:
        """With the moves there are now."""
        self.to.choices = [SelectChoice(to, to.replace("_", " ").capitalize()) for to in found.targets]
        return self
