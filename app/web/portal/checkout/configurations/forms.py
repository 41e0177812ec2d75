"""The form of a checkout configuration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from babel.core import Locale
from flask import request
from wtforms import BooleanField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core import ids
from app.core.i18n.language import LOCALES
from app.core.web.forms import QUIET, Form
from app.domain.orders.types import MAX_LINES, OrderItem, SessionTerms, read_items, read_terms
from app.read.checkout.configurations import ConfigurationRow
from app.web.portal.currencies import currency_choices
from app.workflow.checkout.manage_configurations import Changes, ConfigurationCommand

_QUANTITY = re.compile(r"[1-9][0-9]{0,4}")
_FULL_URL = "Enter a full URL, such as https://shop.example/thanks."
_ADDRESS = Regexp(r"^https?://[^\s/?#\\]+[^\s\\]*$", message=_FULL_URL)


def _with_host(_form: Form, field: StringField) -> None:
    """Refuses what a pattern lets through, such as `http://[x`."""
    try:
        host = urlsplit(field.data or "").hostname
    except ValueError:
        host = None
    if host is None:
        raise ValidationError(_FULL_URL)


@dataclass(frozen=True)
class Row:
    """One line as it was typed."""

    sku_id: str = ""
    quantity: str = "1"


class ConfigurationForm(Form):
    """What is sold and how. Its lines are `sku_1`, `quantity_1` and so on, as many as `rows` says."""

    name = StringField(
        "Name", description="Visible to your team only.", validators=[DataRequired("Enter a name."), Length(max=120)]
    )
    quantity_changeable = BooleanField("Buyers may change the quantity", default=True)
    sku_changeable = BooleanField("Buyers may choose another variant of the product", default=True)
    coupons_allowed = BooleanField("Buyers may enter coupon codes", default=True)
    collect_email = SelectField(
        "Email address",
        description="For the receipt, and so that buyers find their purchases again.",
        choices=[
            SelectChoice("optional", "Ask, optional"),
            SelectChoice("required", "Ask, required"),
            SelectChoice("verified", "Ask, and confirm by a code before paying"),
            SelectChoice("none", "Do not ask"),
        ],
        validators=[QUIET],
    )
    collect_phone = SelectField(
        "Phone number",
        choices=[
            SelectChoice("none", "Do not ask"),
            SelectChoice("optional", "Ask, optional"),
            SelectChoice("required", "Ask, required"),
        ],
        validators=[QUIET],
    )
    return_url = StringField(
        "Return URL",
        description="Where buyers go after paying.",
        validators=[Optional(), Length(max=2000), _ADDRESS, _with_host],
        render_kw={"inputmode": "url", "placeholder": "https://"},
    )
    locale = SelectField("Language", validators=[QUIET])
    currency = SelectField("Currency", validators=[QUIET])
    channels = SelectMultipleField(
        "Payment methods", validators=[Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def __init__(self, *args: Any, skus: Sequence[Any], channels: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.skus = skus
        self.channels.choices = [SelectChoice(name, title) for name, title in channels]
        names = [(tag, str(Locale.parse(tag.replace("-", "_")).get_display_name())) for tag in LOCALES]
        self.locale.choices = [SelectChoice("", "Buyer’s language"), *(SelectChoice(*name) for name in names)]
        self.currency.choices = [SelectChoice("", "Product currency"), *currency_choices()]
        self.rows = _typed() if self.is_submitted() and options.get("formdata", "") is not None else [Row()]

    def show(self, row: ConfigurationRow) -> None:
        """Fill it with a configuration."""
        terms = read_terms(row.terms)
        self.name.data, self.return_url.data = row.name, row.return_url
        self.locale.data, self.currency.data = row.locale or "", row.currency or ""
        self.quantity_changeable.data, self.sku_changeable.data = terms.quantity_changeable, terms.sku_changeable
        self.coupons_allowed.data, self.channels.data = terms.coupons_allowed, list(terms.channels)
        self.collect_email.data, self.collect_phone.data = terms.collect_email, terms.collect_phone
        self.rows = [Row(ids.show("sku", item.sku_id), str(item.quantity)) for item in read_items(row.items)]

    @property
    def wants_more(self) -> bool:
        """Whether the button for another line was pressed."""
        return request.form.get("do") == "more"

    def add_row(self) -> None:
        """Draw one more line."""
        if len(self.rows) < MAX_LINES:
            self.rows = [*self.rows, Row("")]

    def is_fine(self) -> bool:
        """Validate, the lines too."""
        is_fine = bool(self.validate())
        if not [row for row in self.rows if row.sku_id]:
            self.form_errors.append("Choose at least one product.")
            is_fine = False
        for number, row in enumerate(self.rows, start=1):
            if row.sku_id and not _QUANTITY.fullmatch(row.quantity):
                self.form_errors.append(f"Enter a quantity for product {number}.")
                is_fine = False
        return is_fine

    @property
    def items(self) -> list[OrderItem]:
        """What was chosen. Raises NotFound for an id that is none."""
        return [OrderItem(ids.parse("sku", row.sku_id), int(row.quantity)) for row in self.rows if row.sku_id]

    def command(self) -> ConfigurationCommand:
        """What was asked for."""
        return ConfigurationCommand(
            name=self.name.data,
            items=self.items,
            currency=self.currency.data or None,
            locale=self.locale.data or None,
            return_url=self.return_url.data or None,
            terms=SessionTerms(
                quantity_changeable=self.quantity_changeable.data,
                sku_changeable=self.sku_changeable.data,
                coupons_allowed=self.coupons_allowed.data,
                channels=tuple(self.channels.data or ()),
                collect_email=self.collect_email.data,
                collect_phone=self.collect_phone.data,
            ),
        )

    def changes(self) -> Changes:
        """The same, as changes to a configuration; what the form does not show stays."""
        command = self.command()
        return {
            "name": command.name,
            "items": command.items,
            "currency": command.currency,
            "locale": command.locale,
            "return_url": command.return_url,
            "quantity_changeable": command.terms.quantity_changeable,
            "sku_changeable": command.terms.sku_changeable,
            "coupons_allowed": command.terms.coupons_allowed,
            "channels": command.terms.channels,
            "collect_email": command.terms.collect_email,
            "collect_phone": command.terms.collect_phone,
        }


def _typed() -> list[Row]:
    count = request.form.get("rows", "1")
    most = min(int(count), MAX_LINES) if count.isdecimal() and len(count) < 4 else 1
    numbers = range(1, max(most, 1) + 1)
    return [
        Row(request.form.get(f"sku_{number}", "")[:60], request.form.get(f"quantity_{number}", "1").strip()[:10])
        for number in numbers
    ]
