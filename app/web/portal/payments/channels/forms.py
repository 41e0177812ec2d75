"""A form drawn from a channel's own schema: a new channel needs no page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, IntegerField, PasswordField, SelectChoice, SelectField, StringField, URLField
from wtforms.validators import URL, DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.core.errors import AppError
from app.core.money import known_currencies
from app.core.web.forms import QUIET, Form, MoneyField
from app.domain.payments.channels.types import Channel, SettingField
from app.read.payments.routing import TermsRow
from app.web.portal.currencies import currency_choices
from app.workflow.payments.manage_routing import ChannelTermsCommand

_PREFIX = "setting_"
_KEPT = "Stored encrypted. Leave empty to keep the current value."


class AccountForm(Form):
    """What every channel account has; `form_for` adds the channel's own settings."""

    name = StringField(
        "Name",
        description="Visible to your team only.",
        validators=[DataRequired("Enter a name."), Length(max=80)],
    )
    enabled = BooleanField("Available to buyers", default=True)
    priority = IntegerField(
        "Priority",
        default=100,
        description="Lower numbers come first.",
        validators=[InputRequired(), NumberRange(min=0, max=10_000)],
    )

    @property
    def setting_fields(self) -> list[Any]:
        """The channel's own fields, in the schema's order."""
        return [field for field in self if field.name.startswith(_PREFIX)]

    @property
    def settings(self) -> dict[str, str]:
        """What was typed, by the schema's names."""
        return {field.name.removeprefix(_PREFIX): field.data or "" for field in self.setting_fields}

    def take_refusal(self, error: AppError) -> None:
        """Show what the workflow refused: each wrong setting on its own field."""
        if error.code != "invalid_settings":
            return self.take_error(error, {"name_taken": "name"})
        for name, text in error.details.items():
            if _PREFIX + name in self:
                self[_PREFIX + name].errors = [text]
        return None


class TermsForm(Form):
    """An account's limits and cost in one currency."""

    currency = SelectField("Currency", choices=currency_choices, validators=[QUIET])
    lowest = MoneyField("Smallest payment")
    highest = MoneyField("Largest payment")
    daily = MoneyField("Daily limit")
    fee_percent = StringField(
        "Fee in percent",
        description="Such as 2.9",
        validators=[Optional(), Regexp(r"^\d{1,3}([.,]\d{1,2})?$", message="Such as 2.9")],
    )
    fee_fixed = MoneyField("Fee per payment", description="Such as 0.30")

    @classmethod
    def of(cls, terms: TermsRow | None, currency: str) -> TermsForm:
        """Filled with the terms in the currency, when there are some."""
        form = cls(formdata=None, data={"currency": currency if currency in known_currencies() else "USD"})
        if terms is not None:
            shown = {"lowest": terms.min_minor, "highest": terms.max_minor, "daily": terms.daily_minor}
            for name, minor in {**shown, "fee_fixed": terms.fee_fixed_minor}.items():
                if minor is not None:
                    form[name].show(minor, terms.currency)
            if terms.fee_bps is not None:
                form.fee_percent.data = f"{terms.fee_bps // 100}.{terms.fee_bps % 100:02}"
        return form

    def is_fine(self) -> bool:
        """Validate, with the amounts read in the chosen currency."""
        currency = self.currency.data if self.currency.data in known_currencies() else "USD"
        for field in (self.lowest, self.highest, self.daily, self.fee_fixed):
            field.in_currency(currency)
        return bool(self.validate())

    def command(self) -> ChannelTermsCommand:
        """What was asked for."""
        return ChannelTermsCommand(
            min_minor=self.lowest.minor,
            max_minor=self.highest.minor,
            daily_minor=self.daily.minor,
            fee_fixed_minor=self.fee_fixed.minor,
            fee_bps=_basis_points(self.fee_percent.data or ""),
        )


def _basis_points(percent: str) -> int | None:
    whole, _, part = percent.replace(",", ".").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0")) if whole else None


def form_for(
    channel: Channel, kept: Mapping[str, Any] | None = None, *, fill: Mapping[str, Any] | None = None
) -> AccountForm:
    """The form of one account of the channel; `kept` are its present settings, `fill` its row for a fresh form."""
    fields = {
        _PREFIX + field.name: _drawn(field, is_kept=bool((kept or {}).get(field.name)))
        for field in channel.settings_schema
    }
    form_class = type("DrawnAccountForm", (AccountForm,), fields)
    if fill is None:
        form: AccountForm = form_class()
        return form
    open_settings = {
        _PREFIX + field.name: (kept or {}).get(field.name)
        for field in channel.settings_schema
        if field.kind != "secret"
    }
    filled: AccountForm = form_class(formdata=None, data={**fill, **open_settings})
    return filled


def _drawn(field: SettingField, *, is_kept: bool) -> Any:
    needed = field.required and not (field.kind == "secret" and is_kept)
    validators: list[Any] = [DataRequired(f"{field.label} is required.") if needed else Optional(), Length(max=8000)]
    hint = f"{field.help} {_KEPT}".strip() if field.kind == "secret" and is_kept else field.help
    if field.kind == "select":
        return SelectField(
            field.label,
            description=hint,
            choices=[SelectChoice(*choice) for choice in field.choices],
            validators=validators[:1],
        )
    if field.kind == "secret":
        attributes = {"autocomplete": "new-password", "placeholder": "••••••••" if is_kept else ""}
        return PasswordField(field.label, description=hint, validators=validators, render_kw=attributes)
    if field.kind == "url":
        return URLField(field.label, description=hint, validators=[*validators, URL(require_tld=False)])
    return StringField(field.label, description=hint, validators=validators)
