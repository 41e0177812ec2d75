"""Forms of the products section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.core import db, ids
from app.core.i18n.marks import N_
from app.core.money import known_currencies
from app.core.web.forms import QUIET, Form, MoneyField
from app.read.catalog.products import ProductRow, SkuRow
from app.web.portal.currencies import currency_choices, main_currency
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand

_CODE = Regexp(r"^[\w.\-/]+$", message="Letters, digits, . - _ / only.")


# Kind of delivery → what the portal calls it.
DELIVERED_AS = {
    "entitlement": N_("Membership"),
    "licence_key": N_("Licence keys from a pool"),
    "download": N_("Files to download"),
    "points": N_("Points"),
    "credit": N_("Wallet credit"),
    "callback": N_("Delivered by your system"),
    "shipping": N_("Shipped in parcels"),
}


class ProductForm(Form):
    """What the buyer reads."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=200)])
    description = TextAreaField("Description", validators=[Length(max=4000)], render_kw={"rows": 4})
    min_per_order = IntegerField(
        "Minimum quantity per order", default=1, validators=[QUIET, Optional(), NumberRange(min=1, max=10_000)]
    )
    max_per_order = IntegerField(
        "Maximum quantity per order", default=10, validators=[InputRequired(), NumberRange(min=1, max=10_000)]
    )
    max_per_buyer = IntegerField(
        "Maximum quantity per buyer", validators=[QUIET, Optional(), NumberRange(min=1, max=10_000)]
    )
    max_per_period = IntegerField(
        "Maximum quantity per buyer and period", validators=[QUIET, Optional(), NumberRange(min=1, max=10_000)]
    )
    period_days = IntegerField("Period in days", validators=[QUIET, Optional(), NumberRange(min=1, max=10_000)])
    attributes = TextAreaField(
        "Attributes",
        description="One per line, such as Platform: Windows. Visible to buyers.",
        validators=[Length(max=8000)],
        render_kw={"rows": 3},
    )

    seller = SelectField("Seller", default="", validators=[Optional()])
    delivery_kind = SelectField(
        "Deliverable",
        default="entitlement",
        validators=[DataRequired()],
        choices=[SelectChoice(kind, title) for kind, title in DELIVERED_AS.items()],
    )

    def __init__(self, *args: Any, sellers: Sequence[tuple[str, str]] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.seller.choices = [SelectChoice("", N_("Our own")), *(SelectChoice(*each) for each in sellers)]

    @classmethod
    def of(cls, product: ProductRow, *, sellers: Sequence[tuple[str, str]]) -> ProductForm:
        """Filled with what the product says now."""
        facts = "\n".join(f"{each['name']}: {each['value']}" for each in product.attributes)
        seller = ids.show("sel", product.seller_id) if product.seller_id else ""
        data = {**db.by_name(product), "attributes": facts, "seller": seller}
        return cls(formdata=None, data=data, sellers=sellers)

    def command(self) -> ProductCommand:
        """What was asked for."""
        return ProductCommand(
            name=self.name.data,
            description=self.description.data or "",
            max_per_order=self.max_per_order.data,
            min_per_order=self.min_per_order.data or 1,
            max_per_buyer=self.max_per_buyer.data,
            max_per_period=self.max_per_period.data,
            period_days=self.period_days.data,
            attributes=self.facts(),
            delivery_kind=self.delivery_kind.data,
            seller=self.seller.data or "",
        )

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was typed into the field of facts, by line."""
        lines = [line.partition(":") for line in (self.attributes.data or "").splitlines() if line.strip()]
        return tuple((name.strip(), value.strip()) for name, _, value in lines)


class ScheduleForm(Form):
    """When a product is on sale."""

    starts_at = DateTimeLocalField("Goes on sale", description="Empty: now.", validators=[Optional()])
    ends_at = DateTimeLocalField("Goes off sale", description="Leave empty for no end.", validators=[Optional()])


class SystemForm(Form):
    """Where a system of the merchant's own is called."""

    url = StringField(
        "URL of your system",
        validators=[DataRequired("Enter the URL to call."), Length(max=2000)],
        render_kw={"type": "url", "inputmode": "url", "placeholder": "https://"},
    )


class KeysForm(Form):
    """Licence keys for a pool."""

    keys = TextAreaField(
        "Keys",
        description="One per line, up to 5,000 at once. Keys already in the pool are skipped.",
        validators=[DataRequired("Paste at least one key.")],
        render_kw={"rows": 8, "spellcheck": "false", "autocomplete": "off"},
    )


class SkuForm(Form):
    """One specification with its price."""

    name = StringField("Name", validators=[DataRequired("Enter a name."), Length(max=200)])
    code = StringField(
        "Code",
        description="Your own code, unique within the business.",
        validators=[
            DataRequired("Enter a code."),
            Length(max=64),
            _CODE,
        ],
    )
    price = MoneyField("Price", validators=[DataRequired("Enter a price.")], render_kw={"inputmode": "decimal"})
    currency = SelectField("Currency", choices=currency_choices, default=main_currency, validators=[DataRequired()])
    delivery_days = IntegerField(
        "Membership days per unit", default=30, validators=[Optional(), NumberRange(min=1, max=36_500)]
    )
    stock = IntegerField(
        "Stock", description="Empty: unlimited.", validators=[Optional(), NumberRange(min=0, max=10**9)]
    )
    active = BooleanField("Available for sale", default=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.delivery_days.flags.quiet = True  # left out where goods are no time; not for the reader to leave out

    @classmethod
    def of(cls, sku: SkuRow) -> SkuForm:
        """Filled with what the SKU is now."""
        form = cls(formdata=None, data=db.by_name(sku))
        form.price.show(sku.price_minor, sku.currency)
        return form

    def is_fine(self, currency: str | None = None) -> bool:
        """Validate; the price in the currency the SKU has, or the one chosen."""
        if currency is not None:
            self.currency.data = currency
        self.price.in_currency(self.currency.data if self.currency.data in known_currencies() else "USD")
        return bool(self.validate())

    def command(self) -> SkuCommand:
        """What was asked for."""
        return SkuCommand(
            code=self.code.data,
            name=self.name.data,
            price_minor=self.price.minor or 0,
            currency=self.currency.data,
            delivery_days=self.delivery_days.data or 30,
            stock=self.stock.data,
            active=self.active.data,
        )
