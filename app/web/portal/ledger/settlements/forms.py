"""Forms of the settlements section."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from wtforms import DateField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, MoneyField, OnceField
from app.read.ledger.settlements import BankPage, Owed
from app.web.filters import money
from app.workflow.ledger.book_settlement import MAX_REFERENCE_LENGTH, SettlementCommand

DIRECTIONS = [SelectChoice("in", N_("The company paid us")), SelectChoice("out", N_("The company collected from us"))]
SOURCES = [
    SelectChoice("", N_("With the daily bills where there are any, otherwise with this settlement")),
    SelectChoice("settlement", N_("With this settlement")),
    SelectChoice("bills", N_("Already booked with the daily bills")),
]
_DECIMAL = {"inputmode": "decimal"}


class SettlementForm(Form):
    """What a company settled. `once` makes a double click one settlement."""

    once = OnceField()
    owed = SelectField("Channel and currency", validators=[DataRequired()])
    bank_account = SelectField("Bank account", validators=[DataRequired("Add a bank account first.")])
    gross = MoneyField(
        "Payments", description="The payments that it covers, before anything is taken off.", render_kw=_DECIMAL
    )
    refunds = MoneyField("Refunds", description="The refunds and payouts that it took off.", render_kw=_DECIMAL)
    fees = MoneyField("Fees", description="What the company kept.", render_kw=_DECIMAL)
    fee_source = SelectField("Booking", description="Where the fees are booked.", choices=SOURCES, validators=[QUIET])
    net = MoneyField(
        "Amount in the bank",
        description="As the bank shows it: payments less refunds less fees.",
        validators=[DataRequired("Enter the amount.")],
        render_kw=_DECIMAL,
    )
    direction = RadioField("Direction", choices=DIRECTIONS, default="in", validators=[QUIET])
    reference = StringField(
        "Document",
        description="The number of the company’s settlement report.",
        validators=[DataRequired("Enter the number of the document."), Length(max=MAX_REFERENCE_LENGTH)],
    )
    settled_on = DateField("Settled on", validators=[DataRequired("Enter the day.")])

    def offer(self, owed: Sequence[Owed], banks: Sequence[BankPage]) -> SettlementForm:
        """Name what may be chosen, and read the amounts in the chosen currency; call before validating."""
        self.owed.choices = [SelectChoice(_key(each), _title(each)) for each in owed]
        self.bank_account.choices = [
            SelectChoice(ids.show("bka", each.id), f"{each.row.name} · {each.row.currency} ••{each.row.number_hint}")
            for each in banks
        ]
        currency = (self.owed.data or "").partition(":")[2]
        for field in (self.gross, self.refunds, self.fees, self.net):
            field.in_currency(currency if any(each.currency == currency for each in owed) else "USD")
        return self

    def command(self) -> SettlementCommand:
        """What was typed."""
        account, _, currency = self.owed.data.partition(":")
        sign = -1 if self.direction.data == "out" else 1
        return SettlementCommand(
            channel_account_id=ids.parse("cha", account),
            bank_account_id=ids.parse("bka", self.bank_account.data),
            currency=currency,
            gross_minor=self.gross.minor or 0,
            refund_minor=self.refunds.minor or 0,
            fee_minor=self.fees.minor or 0,
            net_minor=sign * (self.net.minor or 0),
            fee_source=self.fee_source.data or None,
            reference=self.reference.data,
            settled_on=self.settled_on.data,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the settlement that this form records."""
        return ids.derive(business_id, self.once.data)


class ReasonForm(Form):
    """Why a settlement is rejected."""

    reason = StringField("Reason", validators=[Length(max=200)])


def _key(owed: Owed) -> str:
    return f"{ids.show('cha', owed.account_id)}:{owed.currency}"


def _title(owed: Owed) -> str:
    return f"{owed.account_name} · {money(owed.minor, owed.currency)}"
