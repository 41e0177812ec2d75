"""A form drawn from a channel's own schema: a new channel needs no page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, IntegerField, PasswordField, SelectChoice, SelectField, StringField, URLField
from wtforms.validators import URL, DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.errors import AppError
from app.core.forms import Form
from app.domain.payments.channels.types import Channel, SettingField

_PREFIX = "setting_"
_KEPT = "Kept sealed. Leave empty to keep it."


class AccountForm(Form):
    """What every channel account has; `form_for` adds the channel's own settings."""

    name = StringField(
        "Name",
        description="What your colleagues call it.",
        validators=[DataRequired("Give it a name."), Length(max=80)],
    )
    enabled = BooleanField("Buyers can pay with it", default=True)
    priority = IntegerField(
        "Priority",
        default=100,
        description="Smaller comes first.",
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


def form_for(channel: Channel, kept: Mapping[str, Any] | None = None, *, fill: Any = None) -> AccountForm:
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
    filled: AccountForm = form_class(formdata=None, data={**dict(fill), **open_settings})
    return filled


def _drawn(field: SettingField, *, is_kept: bool) -> Any:
    needed = field.required and not (field.kind == "secret" and is_kept)
    validators: list[Any] = [DataRequired(f"{field.label} is needed.") if needed else Optional(), Length(max=8000)]
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
