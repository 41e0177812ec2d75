"""Forms of the orders section."""

from __future__ import annotations

from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form, MoneyField, OnceField
from app.workflow.write_note import MAX_LENGTH

REASONS = (
    ("requested_by_buyer", "Requested by the buyer"),
    ("duplicate", "Bought twice"),
    ("not_delivered", "Goods not delivered"),
    ("goodwill", "Goodwill"),
    ("fraud", "Fraud"),
)


class RefundForm(Form):
    """All that is left, or a part of it. `once` makes a double click one refund."""

    once = OnceField()
    extent = RadioField(
        "How much", choices=[SelectChoice("rest", "All that is left"), SelectChoice("part", "A part")], default="rest"
    )
    amount = MoneyField("Amount", description="Only for a part.", render_kw={"inputmode": "decimal"})
    reason = RadioField("Reason", choices=[SelectChoice(*reason) for reason in REASONS], default="requested_by_buyer")

    def validate(self, extra_validators: object = None) -> bool:
        """A part needs its amount; an amount beside "all that is left" is a slip that would cost money."""
        fine = super().validate(extra_validators)
        if self.extent.data == "rest" and self.amount.minor is not None:
            self.extent.errors = ["You entered an amount. Choose “A part”, or clear the amount to refund everything."]
            return False
        if self.extent.data == "part" and self.amount.minor is None and not self.amount.errors:
            self.amount.errors = ["Enter the amount to refund."]
            return False
        return bool(fine)

    @property
    def wanted_minor(self) -> int | None:
        """Minor units, or None for all that is left."""
        return self.amount.minor if self.extent.data == "part" else None


class NoteForm(Form):
    """A note for colleagues."""

    body = TextAreaField(
        "Note", validators=[DataRequired("Write something first."), Length(max=MAX_LENGTH)], render_kw={"rows": 2}
    )


class ReasonForm(Form):
    """Why something is done by hand."""

    reason = StringField("Reason", validators=[Length(max=200)])
