"""Forms of the payment orders section."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, HiddenField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.i18n.marks import N_
from app.core.web.forms import Form, OnceField
from app.read.payments.payment_orders import Batch
from app.web.filters import money
from app.workflow.payments.make_payment_order import PaymentOrderCommand

FORMATS = [SelectChoice("pain.001", N_("SEPA credit transfer (pain.001)")), SelectChoice("csv", N_("CSV"))]


class OrderForm(Form):
    """A new payment order. `once` makes a double click one order."""

    once = OnceField()
    batch = SelectField("What to pay", validators=[DataRequired()])
    file_format = RadioField("File format", choices=FORMATS, default="pain.001")
    execute_on = DateField(
        "Execute on",
        description="The day on which your bank is to execute it.",
        validators=[DataRequired("Enter the day.")],
    )

    def offer(self, batches: Sequence[Batch]) -> OrderForm:
        """Name what may be chosen; call before validating."""
        self.batch.choices = [SelectChoice(_key(each), _title(each)) for each in batches]
        return self

    def command(self) -> PaymentOrderCommand:
        """What was chosen."""
        account, _, currency = self.batch.data.partition(":")
        return PaymentOrderCommand(
            account_id=ids.parse("cha", account),
            currency=currency,
            file_format=self.file_format.data,
            execute_on=self.execute_on.data,
        )

    def once_id(self, business_id: uuid.UUID) -> uuid.UUID:
        """The id of the order that this form makes."""
        return ids.derive(business_id, self.once.data)


class ReasonForm(Form):
    """Why an order is cancelled."""

    reason = StringField("Reason", validators=[Length(max=200)])


class DecisionForm(Form):
    """What the bank did with a line, and why."""

    status = SelectField(
        "What the bank did",
        choices=(),
        validators=[DataRequired()],
    )
    reason = StringField(
        "Reason",
        description="As the bank gives it. Required unless the payment was executed.",
        validators=[Length(max=200)],
    )


class BankReportForm(Form):
    """A file of the bank's."""

    file = FileField(
        "File",
        description="pain.002, camt.054 or camt.053 (XML), up to 5 MB. You review what it says before it is recorded.",
        validators=[FileRequired("Choose a file.")],
        render_kw={"accept": ".xml,application/xml,text/xml"},
    )


class RecordForm(Form):
    """What was read and looked at."""

    entries = HiddenField()


def _key(batch: Batch) -> str:
    return f"{ids.show('cha', batch.account_id)}:{batch.currency}"


def _title(batch: Batch) -> str:
    return f"{batch.account_name} · {money(batch.total_minor, batch.currency)} ({batch.count})"
