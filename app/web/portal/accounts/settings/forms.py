"""The form of a section, drawn from the declared settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.web.forms import QUIET, Form
from app.domain.accounts.business.settings.declared import of_section
from app.domain.accounts.business.settings.types import LONGEST_TEXT, Setting, Value

MAX_REASON = 200


def number_of(text: str) -> int:
    """The number of a version as a form sends it; 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class SettingsForm(Form):
    """Settings of one section. `version` is what was in force when the page was drawn; `accepted` are the settings
    whose effects were shown."""

    section = ""
    version = HiddenField(default="0")
    accepted = HiddenField(default="")
    reason = StringField(
        "Reason for the change", description="Kept in the history.", validators=[Length(max=MAX_REASON)]
    )

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        for setting in of_section(self.section):
            if setting.now is not None:
                self[setting.key].description = setting.here.does
                bounds = {"min": setting.here.least // setting.per, "max": setting.here.most // setting.per}
                self[setting.key].render_kw = {"inputmode": "numeric", **bounds}

    @classmethod
    def of(cls, values: Mapping[str, Value], version: int) -> SettingsForm:
        """The form with what is in force."""
        shown = {setting.key: _shown(setting, values[setting.key]) for setting in of_section(cls.section)}
        return cls(formdata=None, data={**shown, "version": str(version)})

    def values(self, before: Mapping[str, Value]) -> dict[str, Value]:
        """What was typed, by key. A number that looks as it did stays what it was, to the second."""
        return {
            setting.key: before[setting.key]
            if setting.kind == "number" and self[setting.key].data == _shown(setting, before[setting.key])
            else _value(setting, self[setting.key].data)
            for setting in of_section(self.section)
        }

    def seen(self) -> int:
        """The version that was in force when the page was drawn."""
        return number_of(self.version.data or "")


class RestoreForm(Form):
    """Putting a version back. `version` is what was in force when the page was drawn."""

    version = HiddenField(default="0")
    reason = StringField(
        "Reason for the change", description="Kept in the history.", validators=[Length(max=MAX_REASON)]
    )

    def seen(self) -> int:
        """The version that was in force when the page was drawn."""
        return number_of(self.version.data or "")


def form_of(section: str) -> type[SettingsForm]:
    """The form of a section."""
    fields: dict[str, Any] = {setting.key: _field(setting) for setting in of_section(section)}
    return type(f"{section.title()}Form", (SettingsForm,), {**fields, "section": section})


def _shown(setting: Setting, value: Value) -> Any:
    if isinstance(value, list):
        return {"codes": ", ".join(value), "texts": "\n".join(value)}.get(setting.kind, value)
    if setting.kind == "number" and isinstance(value, int):
        return -(-value // setting.per)
    return value


def _value(setting: Setting, typed: Any) -> Value:
    if setting.kind == "codes":
        return [code.strip().upper() for code in (typed or "").replace("\n", ",").split(",") if code.strip()]
    if setting.kind == "texts":
        return [line.strip() for line in (typed or "").splitlines() if line.strip()]
    if setting.kind == "number":
        return None if typed is None else int(typed) * setting.per
    if setting.kind in ("flag", "choices"):
        found: Value = typed
        return found
    return typed or None


def _field(setting: Setting) -> Field:
    named: dict[str, Any] = {"label": setting.title, "description": setting.does}
    if setting.kind == "flag":
        return BooleanField(**named)
    if setting.kind == "number":
        return _number(setting, named)
    if setting.kind == "choice":
        return _select(setting, named)
    if setting.kind == "choices":
        choices = [SelectChoice(*each) for each in setting.choices()] if setting.choices else []
        widgets = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
        return SelectMultipleField(**named, choices=choices, validators=[QUIET], **widgets)
    needed = [] if setting.may_be_empty else [InputRequired("Enter a value.")]
    if setting.kind in ("lines", "texts"):
        most = setting.most * (LONGEST_TEXT + 2) if setting.kind == "texts" else setting.most
        return TextAreaField(**named, validators=[*needed, Length(max=most)], render_kw={"rows": 4})
    return StringField(**named, validators=[*needed, Length(max=max(setting.most, 320))])


def _number(setting: Setting, named: dict[str, Any]) -> Field:
    least, most = setting.least // setting.per, setting.most // setting.per
    first = Optional() if setting.may_be_empty else InputRequired("Enter a number.")
    within = _Within(setting) if setting.now else NumberRange(least, most, f"{setting.bounds}.")
    limits = {"inputmode": "numeric", "min": least, "max": most}
    return IntegerField(**named, validators=[first, within], render_kw=limits)


class _Within:
    """A number within the bounds of this installation, which are read when the form is sent."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def __call__(self, form: object, field: Field) -> None:
        bounds, per = self._setting.here, self._setting.per
        NumberRange(bounds.least // per, bounds.most // per, f"{self._setting.bounds}.")(form, field)


def _select(setting: Setting, named: dict[str, Any]) -> Field:
    choices = [SelectChoice(*each) for each in setting.choices()] if setting.choices else []
    if setting.may_be_empty:
        choices.insert(0, SelectChoice("", setting.empty[:1].upper() + setting.empty[1:]))
    return SelectField(**named, choices=choices, validators=[QUIET])
