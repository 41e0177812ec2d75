"""Forms of stock, and of what a unit hands over."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from wtforms import HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.i18n.marks import N_
from app.core.ids import new_id, show
from app.core.web.forms import Form

RESTOCK = {
    "always": N_("Always"),
    "undelivered": N_("Only undelivered units"),
    "never": N_("Never"),
}
MAX_COUNT = 10**9


class Adjustment(TypedDict):
    """By how much stock changes, or to what."""

    change: NotRequired[int]
    to: NotRequired[int]
    reason: str


class AdjustForm(Form):
    """Units that are counted anew."""

    how = SelectField(
        "Action",
        default="change",
        choices=[SelectChoice("change", "Change by"), SelectChoice("to", "Set to")],
        validators=[DataRequired()],
    )
    quantity = IntegerField(
        "Quantity",
        description="Use a negative number to reduce stock.",
        validators=[InputRequired("Enter a number."), NumberRange(min=-MAX_COUNT, max=MAX_COUNT)],
        render_kw={"inputmode": "numeric"},
    )
    reason = StringField("Reason", validators=[DataRequired("The reason is kept in the history."), Length(max=200)])
    once = HiddenField(default=lambda: show("stc", new_id()))

    def command(self) -> Adjustment:
        """What was asked for."""
        if self.how.data == "to":
            return {"to": self.quantity.data, "reason": self.reason.data}
        return {"change": self.quantity.data, "reason": self.reason.data}


class RulesForm(Form):
    """What becomes of refunded units, and when people are told."""

    restock = SelectField(
        "Return refunded units to stock",
        choices=[SelectChoice(rule, title) for rule, title in RESTOCK.items()],
        validators=[DataRequired()],
    )
    low_stock = IntegerField(
        "Alert when available units fall to",
        description="Empty: never.",
        validators=[Optional(), NumberRange(min=0, max=MAX_COUNT)],
    )
