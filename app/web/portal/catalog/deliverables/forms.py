"""One form for each kind of delivery that has something to say."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.web.forms import Form, MoneyField

_WHEN_SPENT = [
    SelectChoice("case", "People look at it"),
    SelectChoice("debt", "The buyer owes it, and it is taken from the next"),
]
_UPGRADE = [
    SelectChoice("keep", "It waits and goes on afterwards"),
    SelectChoice("convert", "It becomes time of this level, by price"),
    SelectChoice("replace", "It is given up"),
]


class DeliverableForm(Form):
    """What one piece hands over."""

    @classmethod
    def of(cls, sku: Any) -> DeliverableForm:
        """Filled with what the SKU says now."""
        return cls(formdata=None, data=sku.deliverable)

    def is_fine(self, currency: str) -> bool:  # noqa: ARG002 (for the one with money)
        """Validate; money is in the SKU's currency."""
        return bool(self.validate())

    def wish(self) -> dict[str, Any]:
        """What was asked for."""
        return {field.name: field.data for field in self if field.name != "csrf_token"}


class LevelForm(DeliverableForm):
    """Membership time."""

    level = StringField(
        "Level", description="Such as Gold. Empty where there is only one.", validators=[Length(max=60)]
    )
    rank = IntegerField(
        "Rank",
        description="A higher rank runs before lower ones.",
        default=0,
        validators=[InputRequired(), NumberRange(min=0, max=1000)],
    )
    upgrade = SelectField(
        "When bought above a lower level, the lower one’s time", choices=_UPGRADE, validators=[DataRequired()]
    )


class DownloadsForm(DeliverableForm):
    """Files."""

    max_downloads = IntegerField(
        "Downloads of each file",
        description="Empty: as often as wanted.",
        validators=[Optional(), NumberRange(min=1, max=1000)],
    )
    days = IntegerField("Days", description="Empty: for good.", validators=[Optional(), NumberRange(min=1, max=36_500)])


class PointsForm(DeliverableForm):
    """Points."""

    points = IntegerField("Points", validators=[InputRequired("Say how many."), NumberRange(min=1, max=10**9)])
    when_spent = SelectField("When they were spent before a refund", choices=_WHEN_SPENT, validators=[DataRequired()])


class CreditForm(DeliverableForm):
    """Wallet money."""

    credit = MoneyField(
        "Wallet money", description="Empty: what the piece costs, before discounts.", validators=[Optional()]
    )
    when_spent = SelectField("When it was spent before a refund", choices=_WHEN_SPENT, validators=[DataRequired()])

    @classmethod
    def of(cls, sku: Any) -> CreditForm:
        """Filled with what the SKU says now."""
        form = cls(formdata=None, data=sku.deliverable)
        if sku.deliverable.get("credit_minor"):
            form.credit.show(sku.deliverable["credit_minor"], sku.deliverable["currency"])
        return form

    def is_fine(self, currency: str) -> bool:
        """Validate; money is in the SKU's currency."""
        self.credit.in_currency(currency)
        return bool(self.validate())

    def wish(self) -> dict[str, Any]:
        """What was asked for."""
        said: dict[str, Any] = {"when_spent": self.when_spent.data}
        if self.credit.minor:
            said |= {"credit_minor": self.credit.minor, "currency": self.credit.currency}
        return said


FORMS: dict[str, type[DeliverableForm]] = {
    "entitlement": LevelForm,
    "download": DownloadsForm,
    "points": PointsForm,
    "credit": CreditForm,
}
