"""Forms of the bank transfers section."""

from __future__ import annotations

from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length

from app.core.web.forms import Form, MoneyField, OnceField
from app.workflow.payments.confirm_bank_transfer import MAX_TEXT_LENGTH, Line


class LineForm(Form):
    """One line of the bank's statement. `once` makes a double click one line."""

    once = OnceField()
    amount = MoneyField("Amount", validators=[DataRequired("Enter the amount.")], render_kw={"inputmode": "decimal"})
    bank_reference = StringField(
        "Bank reference",
        description="From the statement. Each line has its own.",
        validators=[DataRequired("Enter the bank reference of this line."), Length(max=MAX_TEXT_LENGTH)],
    )
    booked_on = DateField("Booked on", validators=[DataRequired("Enter the booking date.")])
    counterparty = StringField(
        "Whose account",
        description="Name or account of the counterparty. Required if money has to be returned.",
        validators=[Length(max=MAX_TEXT_LENGTH)],
    )

    @property
    def line(self) -> Line:
        """What was typed."""
        return Line(
            amount_minor=self.amount.minor or 0,
            bank_reference=self.bank_reference.data,
            booked_on=self.booked_on.data,
            counterparty=self.counterparty.data or "",
        )


class SentForm(Form):
    """Money that was sent back."""

    sent_reference = StringField(
        "Bank reference",
        validators=[DataRequired("Enter the bank reference of this line."), Length(max=MAX_TEXT_LENGTH)],
    )
    sent_on = DateField("Sent on", validators=[DataRequired("Enter the date it was sent.")])


class ReasonForm(Form):
    """Why something is done by hand."""

    reason = StringField("Reason", validators=[Length(max=200)])
