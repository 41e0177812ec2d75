"""Forms of the bank accounts section."""

from __future__ import annotations

import uuid

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.web.forms import Form, OnceField
from app.workflow.ledger.manage_bank_accounts import MAX_NUMBER_LENGTH, MAX_TEXT_LENGTH, BankAccountCommand

_TEXT = Length(max=MAX_TEXT_LENGTH)


class NameForm(Form):
    """What the account is called."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), _TEXT])


class BankAccountForm(NameForm):
    """A new bank account. `once` makes a double click one account."""

    once = OnceField()
    holder = StringField("Account holder", validators=[DataRequired("Enter the account holder."), _TEXT])
    bank_name = StringField("Bank", validators=[DataRequired("Enter the bank."), _TEXT])
    currency = StringField(
        "Currency",
        description="Three letters, such as EUR. An account is in one currency.",
        validators=[DataRequired("Enter the currency."), Length(min=3, max=3)],
    )
    number = StringField(
        "IBAN or account number",
        description="Kept encrypted. Later pages show its last four characters.",
        validators=[DataRequired("Enter the number."), Length(max=MAX_NUMBER_LENGTH + 10)],
    )

    def command(self) -> BankAccountCommand:
        """What was typed."""
        return BankAccountCommand(
            name=self.name.data,
            holder=self.holder.data,
            bank_name=self.bank_name.data,
            currency=self.currency.data.upper(),
            number=self.number.data,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the account that this form adds."""
        return ids.derive(business_id, self.once.data)
