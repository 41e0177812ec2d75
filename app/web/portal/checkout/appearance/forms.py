"""The form of the appearance section: the SDK's appearance as people choose it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from app.core.errors import Invalid
from app.core.i18n.marks import N_
from app.core.web.forms import QUIET, Form, SeenField
from app.read.checkout.appearance import choices

CHOICES = choices()
THEMES = {
    "auto": N_("Automatic"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    "flat": N_("Flat"),
    "minimal": N_("No frame"),
    "night": N_("Night"),
    "paper": N_("Paper"),
    "contrast": N_("High contrast"),
}
COLOURS = {
    "colorPrimary": N_("Buttons and links"),
    "colorPrimaryText": N_("Text on buttons"),
    "colorBackground": N_("Background"),
    "colorText": N_("Text"),
    "colorTextSecondary": N_("Hints"),
    "colorBorder": N_("Borders"),
    "colorDanger": N_("Errors"),
    "colorSuccess": N_("Success"),
    "colorWarning": N_("Warnings"),
}
PLAIN = {
    "fontFamily": ("Typeface", "system-ui"),
    "fontSizeBase": ("Text size", "15px"),
    "borderRadius": ("Corners", "8px"),
    "buttonBorderRadius": ("Corners of buttons", "8px"),
}


DENSITIES = {"normal": N_("Normal"), "compact": N_("Compact"), "spacious": N_("Spacious")}
LABELS = {"above": N_("Above"), "beside": N_("Beside"), "hidden": N_("Hidden")}


def _of(names: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(name, title) for name, title in names.items()]


class AppearanceForm(Form):
    """Colours twice: for the light, and where the dark needs another."""

    version = SeenField()
    theme = RadioField("Theme", choices=_of(THEMES), default="auto")
    density = SelectField("Density", choices=_of(DENSITIES), default="normal", validators=[QUIET])
    labels = SelectField("Option labels", choices=_of(LABELS), default="above", validators=[QUIET])
    disable_animations = BooleanField("No animation")
    more = TextAreaField(
        "Other variables",
        [QUIET],
        description="One per line, such as buttonHeight: 52px.",
        render_kw={"rows": 4, "spellcheck": "false"},
    )
    rules = TextAreaField(
        "Rules",
        [QUIET],
        description='JSON, such as {".Button": {"textTransform": "uppercase"}}.',
        render_kw={"rows": 5, "spellcheck": "false"},
    )

    def colours(self) -> list[tuple[str, list[tuple[Field, str]]]]:
        """Each colour's title with its fields for the light and for the dark, and what the theme has there."""
        light, dark = CHOICES.palettes.get(self.theme.data, CHOICES.palettes["auto"])
        return [
            (title, [(self[f"light_{name}"], light[name]), (self[f"dark_{name}"], dark[name])])
            for name, title in COLOURS.items()
        ]

    def plain(self) -> list[Field]:
        """The fields of type and shape."""
        return [self[f"plain_{name}"] for name in PLAIN]

    def show(self, kept: Mapping[str, Any], version: int) -> None:
        """Fill the form with an appearance, and the number of its changes."""
        self.version.data = str(version)
        self.theme.data = kept.get("theme", "auto")
        self.density.data = kept.get("density", "normal")
        self.labels.data = kept.get("labels", "above")
        self.disable_animations.data = kept.get("disableAnimations", False)
        others = []
        for name, value in kept.get("variables", {}).items():
            place = f"light_{name}" if name in COLOURS else f"plain_{name}"
            if place in self:
                self[place].data = value
            else:
                others.append(f"{name}: {value}")
        for name, value in kept.get("variablesDark", {}).items():
            if f"dark_{name}" in self:
                self[f"dark_{name}"].data = value
            else:
                others.append(f"dark {name}: {value}")
        self.more.data = "\n".join(others)
        self.rules.data = json.dumps(kept["rules"], indent=2) if kept.get("rules") else ""

    def appearance(self) -> dict[str, Any]:
        """What was chosen, in the members of the SDK's appearance.

        Raises:
            Invalid: the rules are no JSON, or a line of the others has no colon.
        """
        light = {name: self[f"light_{name}"].data for name in COLOURS}
        light |= {name: self[f"plain_{name}"].data for name in PLAIN}
        dark = {name: self[f"dark_{name}"].data for name in COLOURS}
        for line in filter(None, map(str.strip, (self.more.data or "").splitlines())):
            name, colon, value = line.partition(":")
            if not colon:
                raise Invalid("invalid_appearance", f"“{line[:40]}” is missing a colon.", details={"param": "more"})
            target, name = (dark, name.removeprefix("dark ")) if name.startswith("dark ") else (light, name)
            target[name.strip()] = value.strip().rstrip(";")
        return {
            "theme": self.theme.data,
            "density": self.density.data,
            "labels": self.labels.data,
            "disableAnimations": self.disable_animations.data,
            "variables": light,
            "variablesDark": dark,
            "rules": self._rules(),
        }

    def _rules(self) -> Any:
        try:
            return json.loads(self.rules.data or "{}")
        except ValueError as error:
            raise Invalid("invalid_appearance", f"Invalid JSON: {error}.", details={"param": "rules"}) from error

    def take_refusal(self, error: Invalid) -> None:
        """Show what cannot be kept beside the field that says it."""
        param = str((error.details or {}).get("param", ""))
        place, _, name = param.partition(".")
        ways = {"variables": [f"light_{name}", f"plain_{name}"], "variablesDark": [f"dark_{name}"]}
        fields = ways.get(place, [place])
        field = next((each for each in fields if each in self), "more" if place.startswith("variables") else None)
        if field is None:
            self.form_errors.append(f"{param}: {error.message}")
            return
        words = error.message if field != "more" or place == "more" else f"{name}: {error.message}"
        words = f"{name}: {error.message}" if place == "rules" and name else words
        self[field].errors = [*self[field].errors, words]

    def use(self, remedy: str) -> None:
        """Put a colour that was offered in its place: `light_colorPrimary=#8c7500`."""
        place, _, value = remedy.partition("=")
        if place in self and place.startswith(("light_", "dark_", "more_")):
            self[place].data = value
        elif place:
            scheme, _, name = place.partition("_")
            line = f"{'dark ' if scheme == 'dark' else ''}{name}: {value}"
            self.more.data = "\n".join(filter(None, [self.more.data, line]))


_TYPED = {"spellcheck": "false", "autocomplete": "off"}
for _name, _title in COLOURS.items():
    for _scheme in ("light", "dark"):
        _look = {**_TYPED, "maxlength": 7, "data-variable": _name, "data-scheme": _scheme}
        setattr(AppearanceForm, f"{_scheme}_{_name}", StringField(f"{_title}, {_scheme}", render_kw=_look))
for _name, (_title, _default) in PLAIN.items():
    _look = {**_TYPED, "maxlength": 200, "placeholder": _default, "data-variable": _name, "data-scheme": "light"}
    setattr(AppearanceForm, f"plain_{_name}", StringField(_title, [QUIET], render_kw=_look))
