"""An appearance as a style sheet, for pages that have no script to put it on."""

from __future__ import annotations

import re

from app.domain.accounts.business.appearance import tables
from app.domain.accounts.business.appearance.rules import selector
from app.domain.accounts.business.appearance.types import Appearance


def stylesheet(appearance: Appearance) -> str:
    """The rules of one that `cleaned` let pass; the theme, density and labels are attributes of the page's own."""
    theme = appearance.get("theme", "auto")
    plain = dict(appearance.get("variables", {}))
    dark = appearance.get("variablesDark", {})
    both = {}
    if theme in tables.DARK_THEMES:
        plain |= dark
    elif theme not in tables.LIGHT_THEMES:
        light = tables.palette(theme, dark=False) | plain
        both = {name: f"light-dark({light[name]}, {value})" for name, value in dark.items() if name in light}
    blocks = [_block(".bursar", {_property(name): value for name, value in plain.items()})]
    if both:
        inner = _block(".bursar", {_property(name): value for name, value in both.items()})
        blocks.append(f"@supports (color: light-dark(#000, #fff)) {{\n{inner}}}\n")
    for names, declarations in appearance.get("rules", {}).items():
        where = selector(names, ".bursar")
        if where is not None:
            blocks.append(_block(where, {_kebab(name): value for name, value in declarations.items()}))
    return "".join(blocks)


def _block(where: str, declarations: dict[str, str]) -> str:
    if not declarations:
        return ""
    lines = "".join(f"  {name}: {value};\n" for name, value in declarations.items())
    return f"{where} {{\n{lines}}}\n"


def _property(name: str) -> str:
    return f"--bursar-{_kebab(name)}"


def _kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
