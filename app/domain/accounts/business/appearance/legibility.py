"""Whether everybody can read a panel: each pair of colours that meet, and the nearest colours with which it passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.accounts.business.appearance import tables
from app.domain.accounts.business.appearance.types import Appearance
from app.lib import contrast
from app.lib.contrast import Rgb

Palette = Mapping[str, Rgb]


@dataclass(frozen=True)
class Remedy:
    """A variable and the nearest value with which everything it touches can be read."""

    variable: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One pair in one scheme. `remedies` is empty when it passes, or when no single colour would do."""

    pair: str
    dark: bool
    front: str
    back: str
    ratio: float
    needed: float
    remedies: tuple[Remedy, ...]

    @property
    def passes(self) -> bool:
        """Whether it is read well enough."""
        return self.ratio >= self.needed


@dataclass(frozen=True)
class _Pair:
    name: str
    needed: float
    front: tuple[str, ...]
    back: tuple[str, ...]
    tint: tuple[str, float] | None = None

    def colours(self, palette: Palette) -> tuple[Rgb, Rgb]:
        """What is read, and what it is read on."""
        back = palette[self._worn(self.back, palette)]
        if self.tint is not None:
            back = contrast.mix(palette[self.tint[0]], back, self.tint[1])
        return palette[self._worn(self.front, palette)], back

    def variables(self, palette: Palette) -> tuple[str, str]:
        """The variables that decide it."""
        return self._worn(self.front, palette), self._worn(self.back, palette)

    @staticmethod
    def _worn(names: tuple[str, ...], palette: Palette) -> str:
        return next(name for name in names if name in palette)


_BACKGROUND = ("colorBackground",)
PAIRS = (
    _Pair("text", contrast.TEXT, ("colorText",), _BACKGROUND, ("colorText", 0.03)),
    _Pair("hints", contrast.TEXT, ("colorTextSecondary",), _BACKGROUND, ("colorText", 0.03)),
    _Pair("button", contrast.TEXT, ("buttonColorText", "colorPrimaryText"), ("buttonColorBackground", "colorPrimary")),
    _Pair("links", contrast.TEXT, ("colorLink", "colorPrimary"), _BACKGROUND),
    _Pair("choice", contrast.SHAPE, ("colorPrimary",), _BACKGROUND),
    _Pair("errors", contrast.TEXT, ("colorDanger",), _BACKGROUND, ("colorDanger", 0.06)),
    _Pair("test_badge", contrast.TEXT, ("colorWarning",), _BACKGROUND, ("colorWarning", 0.13)),
    _Pair("success", contrast.SHAPE, ("colorSuccess",), _BACKGROUND, ("colorSuccess", 0.12)),
)
"""Who is read on what; of several variables the first that is set counts. The tints are those of the panel's styles."""

_OPTIONAL = ("buttonColorText", "buttonColorBackground", "colorLink")


def findings(appearance: Appearance) -> list[Finding]:
    """Every pair, in the light and in the dark as far as the theme is seen there."""
    theme = appearance.get("theme", "auto")
    return [each for dark in tables.schemes(theme) for each in _of_scheme(appearance, theme, dark=dark)]


def _of_scheme(appearance: Appearance, theme: str, *, dark: bool) -> list[Finding]:
    variables = tables.palette(theme, dark=dark) | appearance.get("variables", {})
    if dark:
        variables |= appearance.get("variablesDark", {})
    names = (*tables.COLOURS, *(name for name in _OPTIONAL if name in variables))
    palette = {name: contrast.parse(variables[name]) for name in names}
    remedies = _Remedies(palette)
    found = []
    for pair in PAIRS:
        if pair.name == "choice" and "colorLink" not in palette:
            continue  # links ask more of the same two
        front, back = pair.colours(palette)
        ratio = contrast.ratio(front, back)
        fixes = remedies.of(pair) if ratio < pair.needed else ()
        found.append(Finding(pair.name, dark, contrast.show(front), contrast.show(back), ratio, pair.needed, fixes))
    return found


class _Remedies:
    """What would mend a palette, each variable looked at once."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._known: dict[str, Rgb | None] = {}

    def of(self, pair: _Pair) -> tuple[Remedy, ...]:
        found = ((name, self._nearest(name)) for name in pair.variables(self._palette))
        return tuple(Remedy(name, contrast.show(value)) for name, value in found if value is not None)

    def _nearest(self, name: str) -> Rgb | None:
        if name not in self._known:
            now = self._palette
            self._known[name] = contrast.nearest(now[name], lambda colour: _all_pass(name, {**now, name: colour}))
        return self._known[name]


def _all_pass(name: str, palette: Palette) -> bool:
    """Whether every pair that the variable has a part in is read well enough."""
    touched = (each for each in PAIRS if name in each.variables(palette))
    return all(contrast.ratio(*each.colours(palette)) >= each.needed for each in touched)
