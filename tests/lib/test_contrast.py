"""Reading one colour on another, and the nearest colour that can be read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lib import contrast
from app.lib.contrast import Rgb

channels = st.integers(0, 255)
colours = st.tuples(channels, channels, channels)


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("#000", "#fff", 21.0), ("#777777", "#ffffff", 4.48), ("#fff", "#FFFFFF", 1.0)]
)
def test_the_contrast_of_known_pairs(one: str, other: str, expected: float) -> None:
    assert contrast.ratio(contrast.parse(one), contrast.parse(other)) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("text", ["", "fff", "#ffff", "#12345", "#gggggg", "red", "#1234567"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        contrast.parse(text)


@given(colours, colours)
def test_contrast_has_no_direction_and_stays_between_1_and_21(one: Rgb, other: Rgb) -> None:
    assert contrast.ratio(one, other) == contrast.ratio(other, one)
    assert 1 <= contrast.ratio(one, other) <= 21.001


@settings(max_examples=60)
@given(colours, colours)
def test_the_nearest_passes_and_none_nearer_on_the_line_does(colour: Rgb, behind: Rgb) -> None:
    def passes(one: Rgb) -> bool:
        return contrast.ratio(one, behind) >= contrast.TEXT

    found = contrast.nearest(colour, passes)

    assert found is not None  # black or white is always read
    assert passes(found)
    way = abs(contrast.lightness(found) - contrast.lightness(colour))
    nearer = [one for one in (contrast.at(colour, step / 1000) for step in range(1001)) if passes(one)]
    step = 1 / contrast.STEPS + 1 / 255  # the line's own, and a colour's rounding
    assert all(abs(contrast.lightness(one) - contrast.lightness(colour)) >= way - step for one in nearer)


@given(colours)
def test_the_line_goes_away_from_the_colour_to_black_and_white(colour: Rgb) -> None:
    places = [contrast.lightness(one) for one in contrast.line(colour)]
    away = [abs(place - contrast.lightness(colour)) for place in places]

    assert {(0, 0, 0), (255, 255, 255)} <= set(contrast.line(colour))
    assert all(later >= earlier - 2 / 255 for earlier, later in pairwise(away))


@given(colours)
def test_a_colour_that_passes_is_left_alone(colour: Rgb) -> None:
    assert contrast.nearest(colour, lambda _one: True) == colour
    assert contrast.nearest(colour, lambda _one: False) is None
