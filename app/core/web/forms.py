"""The base of every HTML form: CSRF by Flask-WTF, stripped text, money typed as people type it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask import current_app
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.fields.choices import Choice
from wtforms.validators import Length, Regexp, ValidationError
from wtforms.widgets import Select

from app.core.errors import AppError
from app.core.money import parse_minor, plain

_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class TranslatedSelect(Select):
    """A select whose options are said in the page's language."""

    @classmethod
    def render_option(cls, choice: Choice, **options: Any) -> Markup:
        """One option, translated as templates do it."""
        translate: Callable[[str], str] = current_app.extensions["translate"]
        translated = choice._replace(label=translate(str(choice.label or choice.value)))
        option: Markup = super().render_option(translated, **options)
        return option


class Form(FlaskForm):
    """A form whose text fields come in stripped and which also shows what a workflow refused."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Strip every text field but passwords; say what may be selected in the page's language."""
            kind = unbound_field.field_class
            widget = getattr(kind, "widget", None)
            if isinstance(widget, Select):
                unbound_field.kwargs.setdefault("widget", TranslatedSelect(multiple=widget.multiple))
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                filters = unbound_field.kwargs.get("filters", ())
                unbound_field.kwargs["filters"] = filters if _strip in filters else (*filters, _strip)
            return super().bind_field(form, unbound_field, options)

    def take_error(self, error: AppError, fields: Mapping[str, str] | None = None) -> None:
        """Show a workflow's error on its field (by error code), or at the head of the form."""
        name = (fields or {}).get(error.code)
        if name and name in self:
            self[name].errors = [*self[name].errors, error.message]
        else:
            self.form_errors.append(error.message)


def changed_fields(now: Form, typed: Form) -> list[Field]:
    """The fields of `now`, those that people see, in which `typed` says something else."""
    seen = [field for field in now if not isinstance(field, HiddenField) and field.name in typed]
    return [field for field in seen if (field.data or "") != (typed[field.name].data or "")]


class SeenField(HiddenField):
    """The version of what the form was drawn from: who changes it is refused when it is another by now."""

    def number(self) -> int:
        """The version; one that there never is where the form has none that can be read."""
        text = str(self.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


class OnceField(HiddenField):
    """A token made when the form is drawn: sending the same form twice sends the same token, so it acts once."""

    def __init__(self, label: str | None = None, **options: Any) -> None:
        options.setdefault("default", lambda: secrets.token_urlsafe(18))
        options.setdefault("validators", [Length(min=16, max=64), Regexp(r"^[A-Za-z0-9_-]+$")])
        super().__init__(label, **options)


class MoneyField(StringField):
    """An amount as text ("12.50") read as minor units; `minor` holds it after validation, None when left empty."""

    currency = "USD"
    minor: int | None = None

    def in_currency(self, currency: str) -> MoneyField:
        """Name the currency; call before validating."""
        self.currency = currency
        return self

    def show(self, minor: int, currency: str) -> None:
        """Fill the field with an amount."""
        self.currency, self.data = currency, plain(minor, currency)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 (the library's signature)
        """Read the text.

        Raises:
            ValidationError: no amount of the currency, or below zero.
        """
        self.minor = None
        if not self.data:
            return
        try:
            minor = parse_minor(self.data, self.currency)
        except AppError as error:
            raise ValidationError(error.message) from error
        if minor < 0:
            raise ValidationError("The amount cannot be below zero.")
        self.minor = minor


class PercentField(StringField):
    """A percentage as text ("12.5"); `bps` holds it in basis points after validation, 0 when left empty."""

    bps = 0

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 (the library's signature)
        """Read the text.

        Raises:
            ValidationError: no percentage from 0 to 100.
        """
        self.bps = 0
        if not self.data:
            return
        match = _PERCENT.fullmatch(self.data.removesuffix("%").strip())
        self.bps = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else -1
        if not 0 <= self.bps <= 10_000:
            raise ValidationError("Enter a percentage from 0 to 100, such as 12.5.")


class Quiet:
    """Marks a field beside which "(optional)" would only be noise, such as a choice that always has a value."""

    field_flags: ClassVar = {"quiet": True}

    def __call__(self, form: Any, field: Field) -> None:
        """Nothing to check."""


QUIET = Quiet()


class HourField(StringField):
    """An hour of the day; `minute` holds it as minutes after validation."""

    minute: int | None = None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 (the library's signature)
        """Read 09:30; 24:00 ends a day.

        Raises:
            ValidationError: no hour.
        """
        self.minute = None
        if not self.data:
            return
        found = _CLOCK.fullmatch(self.data)
        if found is None and self.data != "24:00":
            raise ValidationError("Write an hour like 09:30.")
        self.minute = int(found[1]) * 60 + int(found[2]) if found else 1440


def field_attributes(field: Field, hint: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes a field is drawn with: its class, and what ties its hint and error to it for screen readers."""
    described = [f"{field.id}-{part}" for part, text in (("hint", hint), ("error", field.errors)) if text]
    drawn: dict[str, Any] = {"class": "input", **given}
    if described:
        drawn["aria-describedby"] = " ".join(described)
    if field.errors:
        drawn["aria-invalid"] = "true"
    return drawn
