"""One form for each kind of delivery that has something to say."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.i18n.marks import N_
from app.core.web.forms import Form, MoneyField
from app.read.catalog.sku_rows import StockedSku

_WHEN_SPENT = [
    SelectChoice("case", N_("Open a case for review")),
    SelectChoice("debt", N_("The buyer owes it; deduct from the next credit")),
]
_UPGRADE = [
    SelectChoice("keep", N_("Pause it and resume afterwards")),
    SelectChoice("convert", N_("Convert it to this level by price")),
    SelectChoice("replace", N_("Forfeit it")),
]


class DeliverableForm(Form):
    """What one unit hands over."""

    @classmethod
    def of(cls, sku: StockedSku) -> DeliverableForm:
        """Filled with what the SKU says now."""
        return cls(formdata=None, data=sku.deliverable)

    def is_fine(self, currency: str) -> bool:  # noqa: ARG002 (for the one with money)
        """Validate; money is in the SKU's currency."""
        return bool(self.validate())

    def command(self) -> dict[str, Any]:
        """What was asked for."""
        return {field.name: field.data for field in self if field.name != "csrf_token"}


class LevelForm(DeliverableForm):
    """Membership time."""

    level = StringField(
        "Level", description="Such as Gold. Leave empty if there is only one level.", validators=[Length(max=60)]
    )
    rank = IntegerField(
        "Rank",
        description="Higher ranks take precedence.",
        default=0,
        validators=[InputRequired(), NumberRange(min=0, max=1000)],
    )
    upgrade = SelectField(
        "When upgrading, the time left on the lower level", choices=_UPGRADE, validators=[DataRequired()]
    )


class DownloadsForm(DeliverableForm):
    """Files."""

    max_downloads = IntegerField(
        "Downloads of each file",
        description="Leave empty for no limit.",
        validators=[Optional(), NumberRange(min=1, max=1000)],
    )
    days = IntegerField(
        "Days", description="Leave empty for no expiry.", validators=[Optional(), NumberRange(min=1, max=36_500)]
    )


class PointsForm(DeliverableForm):
    """Points."""

    points = IntegerField("Points", validators=[InputRequired("Enter a number."), NumberRange(min=1, max=10**9)])
    when_spent = SelectField("If spent before a refund", choices=_WHEN_SPENT, validators=[DataRequired()])


class CreditForm(DeliverableForm):
    """Wallet money."""

    credit = MoneyField(
        "Wallet credit", description="Leave empty to use the price before discounts.", validators=[Optional()]
    )
    when_spent = SelectField("If spent before a refund", choices=_WHEN_SPENT, validators=[DataRequired()])

    @classmethod
    def of(cls, sku: StockedSku) -> CreditForm:
        """Filled with what the SKU says now."""
        form = cls(formdata=None, data=sku.deliverable)
        if sku.deliverable.get("credit_minor"):
            form.credit.show(sku.deliverable["credit_minor"], sku.deliverable["currency"])
        return form

    def is_fine(self, currency: str) -> bool:
        """Validate; money is in the SKU's currency."""
        self.credit.in_currency(currency)
        return bool(self.validate())

    def command(self) -> dict[str, Any]:
        """What was asked for."""
        values: dict[str, Any] = {"when_spent": self.when_spent.data}
        if self.credit.minor:
            values |= {"credit_minor": self.credit.minor, "currency": self.credit.currency}
        return values


FORMS: dict[str, type[DeliverableForm]] = {
    "entitlement": LevelForm,
    "download": DownloadsForm,
    "points": PointsForm,
    "credit": CreditForm,
}
