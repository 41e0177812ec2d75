"""Forms of movements that people make by hand. Each is read, shown once more for a look, and only then done."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, Length, Regexp

from app.core.money import Money
from app.core.web.forms import Form, MoneyField, OnceField
from app.domain.payments.types import Payee


def reference_field(label: str) -> StringField:
    """A buyer, by the merchant's own name."""
    return StringField(label, validators=[DataRequired("Enter a buyer."), Length(max=120)])


def reason_field() -> StringField:
    """Why somebody does this by hand."""
    return StringField("Reason", validators=[DataRequired("Enter a reason."), Length(max=200)])


class MovementForm(Form):
    """What every movement has. `sure` is set by the second look."""

    once = OnceField()
    sure = HiddenField()
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

    @classmethod
    def from_request(cls) -> MovementForm:
        """Empty, but for what the address names already."""
        form = cls(formdata=None)
        for name, key in (("buyer", "reference"), ("currency", "currency")):
            if name in form:
                form[name].data = request.args.get(key, "").replace("\x00", "")[:120]
        return form

    def is_fine(self) -> bool:
        """Whether it can be shown for a second look."""
        self.amount.in_currency(self.currency.data or "")
        fine = bool(self.validate())
        if fine and not self.amount.minor:
            self.amount.errors = ["Enter an amount greater than zero."]
            return False
        return fine

    @property
    def is_sure(self) -> bool:
        """Whether somebody has looked twice."""
        return bool(self.sure.data)

    @property
    def wants_change(self) -> bool:
        """Whether somebody, looking twice, wants to change something."""
        return "change" in request.form

    @property
    def money(self) -> Money:
        """The amount, once it is fine."""
        return Money(self.amount.minor or 0, self.currency.data)

    @property
    def fields(self) -> list[Any]:
        """What is typed, in order: who, what, why."""
        order = ("buyer", "counter", "account", "name", "source", "currency", "amount", "reason")
        return [self[name] for name in order if name in self]


class TopUpForm(MovementForm):
    """Money into a wallet."""

    buyer = reference_field("Wallet owner")
    source = RadioField(
        "Who pays",
        choices=[
            SelectChoice("gift", "You: credit the wallet now from your balance"),
            SelectChoice("buyer", "The buyer: get a payment link to send"),
        ],
        default="gift",
    )
    reason = reason_field()


class TransferForm(MovementForm):
    """Money between wallets."""

    buyer = reference_field("From wallet of")
    counter = reference_field("To wallet of")
    reason = reason_field()


class PayoutForm(MovementForm):
    """Money to somebody's account."""

    account = StringField(
        "Account",
        validators=[DataRequired("Enter an account."), Length(max=120)],
        description="The payment company’s identifier, such as an IBAN.",
    )
    name = StringField("Whose account", validators=[Length(max=120)])
    reason = reason_field()

    @property
    def payee(self) -> Payee:
        """Who gets the money."""
        return Payee(account=self.account.data, name=self.name.data or "")


class WithdrawalForm(PayoutForm):
    """Money of a wallet to somebody's account."""

    buyer = reference_field("Wallet owner")
