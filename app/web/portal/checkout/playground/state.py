"""What is tried in the playground: all of it stands in the address."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from babel.core import Locale
from flask import request

from app.core.i18n.language import LOCALES
from app.core.i18n.marks import N_
from app.read.checkout.appearance import choices

MODES = {"inline": N_("In the page"), "modal": N_("In a dialog"), "redirect": N_("On the hosted page")}


@dataclass(frozen=True)
class Option:
    """One thing to choose: its name in the address, and (value, title) of what there is."""

    name: str
    title: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tried:
    """The chosen values; empty ones are the SDK's own."""

    sells: str = ""
    mode: str = "inline"
    theme: str = ""
    density: str = ""
    locale: str = ""
    channel: str = ""

    @classmethod
    def from_request(cls, options: tuple[Option, ...]) -> Tried:
        """What the address says, where it is one of the values."""
        found = {}
        for option in options:
            requested = request.values.get(option.name, "")
            known = [value for value, _ in option.values]
            found[option.name] = requested if requested in known else (known[0] if known else "")
        return cls(**{field.name: found.get(field.name, "") for field in fields(cls)})

    def as_dict(self) -> dict[str, str]:
        """For scripts and addresses."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def options(sells: tuple[tuple[str, str], ...], channels: tuple[tuple[str, str], ...]) -> tuple[Option, ...]:
    """Everything there is to choose."""
    appearance = choices()
    named = tuple((tag, str(Locale.parse(tag.replace("-", "_")).get_display_name())) for tag in LOCALES)
    saved = ("", N_("As saved"))
    return (
        Option("sells", N_("Products"), sells),
        Option("mode", N_("Where"), tuple(MODES.items())),
        Option("theme", N_("Theme"), (saved, *((name, name.capitalize()) for name in appearance.themes))),
        Option("density", N_("Density"), (saved, *((name, name.capitalize()) for name in appearance.densities))),
        Option("locale", N_("Language"), (("", N_("Buyer’s language")), *named)),
        Option("channel", N_("Payment method"), (("", N_("First available")), *channels)),
    )


def script_of(tried: Tried, *, key: str, address: str) -> str:
    """The code that does the same in a merchant's page."""
    options: dict[str, Any] = {}
    if tried.sells.startswith("cfg_"):
        options["configuration"] = tried.sells
    if tried.mode != "inline":
        options["mode"] = tried.mode
    if tried.locale:
        options["locale"] = tried.locale
    appearance = {name: value for name, value in (("theme", tried.theme), ("density", tried.density)) if value}
    if appearance:
        options["appearance"] = appearance
    lines = [f"  {name}: {_written(value)}," for name, value in options.items()]
    if "configuration" not in options:
        lines.insert(0, "  clientSecret, // of a session that your server opened")
    show = (
        '\ncheckout.mount("#checkout");'
        if tried.mode == "inline"
        else "\nbutton.onclick = () => checkout.open(button);"
    )
    chosen = f'\nawait checkout.whenReady();\nawait checkout.actions.selectPaymentMethod("{tried.channel}");'
    return (
        f'import {{ Bursar }} from "{address}";\n\nconst checkout = Bursar("{key}").checkout({{\n'
        + "\n".join(lines)
        + f"\n}});{show}{chosen if tried.channel else ''}"
    )


def markup_of(tried: Tried, *, loader: str) -> str:
    """The same without a script of one's own, as far as attributes go; empty when it takes a server."""
    if not tried.sells.startswith("cfg_"):
        return ""
    attributes = [f'data-bursar-configuration="{tried.sells}"']
    for name in ("theme", "locale"):
        if getattr(tried, name):
            attributes.append(f'data-bursar-{name}="{getattr(tried, name)}"')
    if tried.mode == "redirect":
        attributes.append('data-bursar-mode="redirect"')
    tag = "div" if tried.mode == "inline" else "button"
    inside = "" if tag == "div" else "Buy now"
    own = "\n  ".join(attributes)
    return f"{loader}\n\n<{tag} {own}>{inside}</{tag}>"


def _written(value: Any) -> str:
    """A value as people write it in scripts."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name}: {json.dumps(each)}" for name, each in value.items()) + " }"
    return json.dumps(value)
