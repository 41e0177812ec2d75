"""The form of a price."""

from __future__ import annotations

from wtforms import DateTimeLocalField, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from app.core.money import known_currencies
from app.core.web.forms import Form, MoneyField
from app.web.portal.currencies import currency_choices
from app.web.portal.days import moment_of
from app.workflow.catalog.manage_prices import PriceCommand


class PriceForm(Form):
    """What one unit costs, from so many on, for a time."""

    price = MoneyField("Unit price", validators=[DataRequired("Enter a price.")], render_kw={"inputmode": "decimal"})
    currency = SelectField("Currency", choices=currency_choices, validators=[DataRequired()])
    from_quantity = IntegerField(
        "From quantity", default=1, validators=[InputRequired(), NumberRange(min=1, max=10_000)]
    )
    starts_at = DateTimeLocalField("Starts", description="Empty: now.", validators=[Optional()])
    ends_at = DateTimeLocalField("Ends", description="Leave empty for no end.", validators=[Optional()])

    def is_fine(self) -> bool:
        """Validate; the price in the currency that was chosen."""
        self.price.in_currency(self.currency.data if self.currency.data in known_currencies() else "USD")
        return bool(self.validate())

    def command(self, time_zone: str) -> PriceCommand:
        """What was asked for. Times were typed in the business's zone."""
        return PriceCommand(
            currency=self.currency.data,
            unit_minor=self.price.minor or 0,
            from_quantity=self.from_quantity.data,
            starts_at=moment_of(self.starts_at.data, time_zone),
            ends_at=moment_of(self.ends_at.data, time_zone),
        )
