"""Forms of the adjustments section."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask_wtf.file import FileField
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.money import Money
from app.core.web.forms import QUIET, Form, MoneyField, OnceField
from app.read.ledger.adjustments import AdjustedAccount
from app.web.checkout.locale import translate
from app.workflow.ledger.adjust_ledger import MAX_REASON_LENGTH, AdjustmentCommand, LineCommand

_AMOUNT = {"inputmode": "decimal", "autocomplete": "off"}
_NONE = ""


class AdjustmentForm(Form):
    """A new adjustment of up to four lines in one currency. `once` makes a double click one adjustment."""

    once = OnceField()
    currency = SelectField("Currency", validators=[DataRequired()])
    account_1 = SelectField("Account")
    debit_1 = MoneyField("Debit", validators=[QUIET], render_kw=_AMOUNT)
    credit_1 = MoneyField("Credit", validators=[QUIET], render_kw=_AMOUNT)
    account_2 = SelectField("Account")
    debit_2 = MoneyField("Debit", validators=[QUIET], render_kw=_AMOUNT)
    credit_2 = MoneyField("Credit", validators=[QUIET], render_kw=_AMOUNT)
    account_3 = SelectField("Account")
    debit_3 = MoneyField("Debit", validators=[QUIET], render_kw=_AMOUNT)
    credit_3 = MoneyField("Credit", validators=[QUIET], render_kw=_AMOUNT)
    account_4 = SelectField("Account")
    debit_4 = MoneyField("Debit", validators=[QUIET], render_kw=_AMOUNT)
    credit_4 = MoneyField("Credit", validators=[QUIET], render_kw=_AMOUNT)
    reason = TextAreaField(
        "Reason",
        description="What happened, and what shows it.",
        validators=[DataRequired("Enter the reason."), Length(max=MAX_REASON_LENGTH)],
    )

    def offer(self, accounts: Sequence[AdjustedAccount], currencies: Sequence[str]) -> AdjustmentForm:
        """Name what may be chosen; call before validating."""
        self.currency.choices = [SelectChoice(each) for each in currencies]
        chosen = self.currency.data if self.currency.data in currencies else currencies[0]
        choices = [
            SelectChoice(_NONE, "–"),
            *(SelectChoice(f"{each.kind}:{each.owner}", _title(each)) for each in accounts),
        ]
        for account, debit, credit in self.rows:
            account.choices = choices
            debit.in_currency(chosen)
            credit.in_currency(chosen)
        return self

    @property
    def rows(self) -> list[tuple[SelectField, MoneyField, MoneyField]]:
        """The fields of each line."""
        return [(self[f"account_{n}"], self[f"debit_{n}"], self[f"credit_{n}"]) for n in range(1, 5)]

    def command(self) -> AdjustmentCommand:
        """What was typed; a line without an account or an amount is none."""
        lines = []
        for account, debit, credit in self.rows:
            kind, _, owner = account.data.partition(":")
            minor = (debit.minor or 0) - (credit.minor or 0)
            if kind or minor:
                lines.append(LineCommand(kind=kind, owner=owner, money=Money(minor, self.currency.data)))
        return AdjustmentCommand(reason=self.reason.data, lines=lines)

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the adjustment that this form requests."""
        return ids.derive(business_id, self.once.data)


class ReversalForm(Form):
    """Why something is reversed."""

    once = OnceField()
    reason = StringField("Reason", validators=[DataRequired("Enter the reason."), Length(max=MAX_REASON_LENGTH)])


class ReasonForm(Form):
    """Why an adjustment is rejected."""

    reason = StringField("Reason", validators=[Length(max=200)])


class DocumentForm(Form):
    """A document to keep with an adjustment."""

    file = FileField("Document", validators=[DataRequired("Choose a file.")])


def _title(account: AdjustedAccount) -> str:
    name = translate(account.kind_name)
    return f"{name}, {account.owner_name}" if account.owner else name
