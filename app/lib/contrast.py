"""How well one colour is read on another (WCAG 2), and the nearest colour that is read well enough."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

Rgb = tuple[int, int, int]

TEXT = 4.5
"""What words need on what is behind them (WCAG 2.2, 1.4.3)."""
SHAPE = 3.0
"""What a sign or a border needs (1.4.11)."""

STEPS = 256
"""Into how many steps the line from black to white is divided."""


def parse(text: str) -> Rgb:
    """The colour of `#rgb` or `#rrggbb`. Raises ValueError."""
    if not re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", text, re.IGNORECASE):
        raise ValueError("not a colour such as #2348d6")
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def show(colour: Rgb) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def mix(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of a colour over another, as `color-mix(in srgb, …)`."""
    red, green, blue = (round(one * share + two * (1 - share)) for one, two in zip(colour, other, strict=True))
    return red, green, blue


@lru_cache(4096)
def luminance(colour: Rgb) -> float:
    """How light it is, 0 to 1."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(colour: Rgb, other: Rgb) -> float:
    """The contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(colour), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lightness(colour: Rgb) -> float:
    """Where a colour lies on the line of its own hue and saturation from black (0) to white (1)."""
    return colorsys.rgb_to_hls(*(channel / 255 for channel in colour))[1]


def at(colour: Rgb, place: float) -> Rgb:
    """The colour of the same hue and saturation at another place on the line."""
    hue, _, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    red, green, blue = (round(channel * 255) for channel in colorsys.hls_to_rgb(hue, place, saturation))
    return red, green, blue


def nearest(colour: Rgb, passes: Callable[[Rgb], bool]) -> Rgb | None:
    """The colour itself when it passes, else the one on its line that passes with the least change; None when none
    does. Of two that are as near the darker is taken."""
    if passes(colour):
        return colour
    return next((one for one in line(colour) if passes(one)), None)


def line(colour: Rgb) -> Iterator[Rgb]:
    """The colours of the same hue and saturation, those that differ least in lightness first, the darker of two."""
    here = lightness(colour)
    for step in range(1, STEPS + 1):
        for place in (here - step / STEPS, here + step / STEPS):
            if -1 / STEPS <= place <= 1 + 1 / STEPS:
                yield at(colour, min(max(place, 0.0), 1.0))
