"""Forms of the wallets section."""

from __future__ import annotations

from datetime import date, timedelta

from flask import request
from wtforms import DateField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from app.core.money import Money
from app.core.web.forms import QUIET, Form, MoneyField, OnceField


class StatementForm(Form):
    """The days of a statement, and the kind of its file."""

    since = DateField("From", validators=[InputRequired("Enter the first day.")])
    until = DateField("To", validators=[InputRequired("Enter the last day.")])
    kind = SelectField(
        "File", choices=[SelectChoice("pdf", "PDF"), SelectChoice("csv", "CSV")], default="pdf", validators=[QUIET]
    )

    @classmethod
    def of_last_month(cls, today: date) -> StatementForm:
        """Filled with the month before."""
        until = today.replace(day=1) - timedelta(days=1)
        return cls(formdata=None, data={"since": until.replace(day=1), "until": until})


class HoldForm(Form):
    """A part of a wallet that nobody may spend."""

    once = OnceField()
    buyer = StringField("Wallet owner", validators=[DataRequired("Enter a buyer."), Length(max=120)])
    currency = StringField(
        "Currency",
        validators=[
            DataRequired("Enter a currency."),
            Regexp(r"^[A-Z]{3}$", message="Three-letter code, such as USD."),
        ],
        filters=[lambda text: (text or "").upper()],
        render_kw={"maxlength": 3},
    )
    amount = MoneyField("Amount", validators=[DataRequired("Enter the amount.")], render_kw={"inputmode": "decimal"})
    reason = StringField("Reason", validators=[DataRequired("Enter a reason."), Length(max=200)])

    @classmethod
    def from_request(cls) -> HoldForm:
        """Empty, but for the wallet that the address names."""
        form = cls(formdata=None)
        form.buyer.data = request.args.get("reference", "").replace("\x00", "")[:120]
        form.currency.data = request.args.get("currency", "").replace("\x00", "")[:3]
        return form

    def is_fine(self) -> bool:
        """Whether it can be done."""
        self.amount.in_currency(self.currency.data or "")
        return bool(self.validate())

    @property
    def money(self) -> Money:
        """The amount, once it is fine."""
        return Money(self.amount.minor or 0, self.currency.data)


class ReleaseForm(Form):
    """All of a hold, or a part of it."""

    once = OnceField()
    amount = MoneyField("Amount", description="Leave empty for the full amount.", render_kw={"inputmode": "decimal"})
    reason = StringField("Reason", validators=[DataRequired("Enter a reason."), Length(max=200)])
