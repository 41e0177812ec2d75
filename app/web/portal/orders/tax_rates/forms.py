"""The form of a tax rate."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from app.core import ids
from app.core.errors import NotFound
from app.core.web.forms import Form
from app.domain.accounts.business.settings.choices import countries
from app.workflow.orders.manage_tax_rates import MAX_NAME, TaxRateCommand


class TaxRateForm(Form):
    """The tax that prices in a country include."""

    country = SelectField("Country", validators=[DataRequired("Choose a country.")])
    name = StringField("Name", validators=[DataRequired("Enter a name, such as VAT."), Length(max=MAX_NAME)])
    rate = StringField(
        "Rate", validators=[DataRequired("Enter a rate.")], render_kw={"inputmode": "decimal", "autocomplete": "off"}
    )
    product = StringField(
        "Product ID", description="Empty: all products without a rate of their own.", validators=[Length(max=40)]
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.country.choices = [SelectChoice("", "Choose a country"), *(SelectChoice(*each) for each in countries())]

    def validate_rate(self, field: StringField) -> None:
        """0 to 100 with at most two decimals, after a dot or a comma."""
        if _bps(field.data or "") is None:
            raise ValidationError("Enter a rate of 0 to 100, such as 19 or 8.1.")

    def validate_product(self, field: StringField) -> None:
        """Empty, or what could be a product."""
        try:
            field.data and ids.parse("prd", field.data)
        except NotFound as error:
            raise ValidationError("Enter a product ID, such as prd_01jd….") from error

    def command(self) -> TaxRateCommand:
        """What was asked for."""
        return TaxRateCommand(
            country=self.country.data,
            name=self.name.data or "",
            rate_bps=_bps(self.rate.data or "") or 0,
            product_id=ids.parse("prd", self.product.data) if self.product.data else None,
        )


def _bps(text: str) -> int | None:
    """Hundredths of a percent; None when it is no rate."""
    try:
        bps = Decimal(text.removesuffix("%").strip().replace(",", ".")) * 100
    except InvalidOperation:
        return None
    return int(bps) if bps.is_finite() and bps == bps.to_integral_value() and 0 <= bps <= 10_000 else None
