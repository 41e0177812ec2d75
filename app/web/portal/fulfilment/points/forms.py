"""Points that the merchant gives or takes."""

from __future__ import annotations

from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.web.forms import Form, OnceField

MAX_POINTS = 1_000_000_000


class PointsForm(Form):
    """More or fewer points of one buyer."""

    once = OnceField()
    buyer = StringField("Buyer", validators=[DataRequired("Enter a buyer."), Length(max=120)])
    how = SelectField(
        "Action",
        choices=[SelectChoice("give", "Grant"), SelectChoice("take", "Deduct")],
        default="give",
        validators=[DataRequired()],
    )
    points = IntegerField(
        "Points",
        validators=[InputRequired("Enter a number."), NumberRange(min=1, max=MAX_POINTS)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    reason = StringField("Reason", validators=[DataRequired("The reason is kept in the history."), Length(max=200)])

    @property
    def change(self) -> int:
        """Above zero when they are given, below when they are taken."""
        points: int = self.points.data
        return points if self.how.data == "give" else -points
