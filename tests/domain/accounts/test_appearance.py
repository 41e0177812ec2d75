"""What an appearance may say, what it becomes, and whether it can be read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.domain.accounts.business.appearance import legibility, tables
from app.domain.accounts.business.appearance.rules import cleaned, merged
from app.domain.accounts.business.appearance.sheet import stylesheet
from app.lib import contrast
from ops.paths import ROOT

APPEARANCE = (ROOT / "sdk/src/appearance/appearance.css").read_text()
PANEL = (ROOT / "sdk/src/panel/bursar.css").read_text()
TABLES = (ROOT / "sdk/src/appearance/tables.js").read_text()
TYPES = (ROOT / "sdk/src/types.d.ts").read_text()

words = st.text(max_size=40)
hexes = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_what_is_set_is_stored_and_what_is_empty_is_not() -> None:
    values = {
        "theme": "flat",
        "density": "normal",
        "labels": "",
        "disableAnimations": False,
        "variables": {"colorPrimary": " #0A7D5A ", "colorText": "", "fontFamily": "Inter, 'Open Sans', system-ui"},
        "variablesDark": {},
        "rules": {".Button:hover, .Label": {"boxShadow": "0 1px 2px rgb(0 0 0 / 20%)"}, ".Total": {}},
    }

    assert cleaned(values) == {
        "theme": "flat",
        "variables": {"colorPrimary": "#0A7D5A", "fontFamily": "Inter, 'Open Sans', system-ui"},
        "rules": {".Button:hover, .Label": {"boxShadow": "0 1px 2px rgb(0 0 0 / 20%)"}},
    }
    assert cleaned({}) == {}


@pytest.mark.parametrize(
    ("values", "param"),
    [
        ([], "appearance"),
        ({"style": "x"}, "style"),
        ({"theme": "neon"}, "theme"),
        ({"variables": []}, "variables"),
        ({"variables": {"colorNothing": "#fff"}}, "variables.colorNothing"),
        ({"variables": {"colorPrimary": "red"}}, "variables.colorPrimary"),
        ({"variables": {"colorPrimary": 7}}, "variables.colorPrimary"),
        ({"variables": {"borderRadius": "4px; color: red"}}, "variables.borderRadius"),
        ({"variables": {"fontFamily": 'Inter", x: y'}}, "variables.fontFamily"),
        ({"variables": {"fontFamily": "a\\62"}}, "variables.fontFamily"),
        ({"variables": {"panelBoxShadow": "url(https://evil.example/x)"}}, "variables.panelBoxShadow"),
        ({"rules": {"body": {"color": "#fff"}}}, "rules.body"),
        ({"rules": {".Button > *": {"color": "#fff"}}}, "rules..Button > *"),
        ({"rules": {".Button": {"position": "fixed"}}}, "rules..Button.position"),
        ({"rules": {".Button": {"color": "#fff} body { color: red"}}}, "rules..Button.color"),
        ({"rules": {".Button": {"boxShadow": "env(x)"}}}, "rules..Button.boxShadow"),
        ({"rules": {".Button": {"color": "rgb(0 0 0"}}}, "rules..Button.color"),
        ({"rules": {".Button": "color: red"}}, "rules..Button"),
        ({"rules": {f".Button{' ' * n}": {"color": "a" * 150} for n in range(60)}}, "appearance"),
    ],
)
def test_what_is_not_known_or_not_safe_is_refused(values: Any, param: str) -> None:
    with pytest.raises(Invalid) as refused:
        cleaned(values)

    assert refused.value.details["param"] == param


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(sorted(tables.VARIABLES)), st.text(max_size=40), max_size=3), st.text(max_size=40)
)
def test_nothing_that_is_kept_ends_its_declaration(variables: dict[str, str], value: str) -> None:
    try:
        stored = cleaned({"variables": variables, "rules": {".Button": {"border": value}}})
    except Invalid:
        return
    sheet = stylesheet(stored)

    assert not set(sheet) & set("\\<>@")
    assert all(re.fullmatch(r"[.\w -]+ \{|  [\w-]+: [^;{}]+;|\}", line) for line in sheet.splitlines())


def test_an_appearance_as_a_style_sheet() -> None:
    values = {
        "variables": {"colorPrimary": "#123456"},
        "variablesDark": {"colorPrimary": "#abcdef", "colorText": "#eee"},
    }

    assert stylesheet(cleaned(values)) == (
        ".bursar {\n  --bursar-color-primary: #123456;\n}\n"
        "@supports (color: light-dark(#000, #fff)) {\n"
        ".bursar {\n  --bursar-color-primary: light-dark(#123456, #abcdef);\n"
        "  --bursar-color-text: light-dark(#1a1f36, #eee);\n}\n}\n"
    )
    assert "color-primary: #abcdef;" in stylesheet(cleaned({**values, "theme": "night"}))
    assert "abcdef" not in stylesheet(cleaned({**values, "theme": "paper"}))


def test_the_second_of_two_comes_first_variable_by_variable() -> None:
    first = {"theme": "flat", "variables": {"colorText": "#111", "colorPrimary": "#222"}}

    both = merged(first, {"density": "compact", "variables": {"colorPrimary": "#333"}})

    assert both == {"theme": "flat", "density": "compact", "variables": {"colorText": "#111", "colorPrimary": "#333"}}


@pytest.mark.parametrize("theme", tables.THEMES)
def test_every_theme_can_be_read(theme: str) -> None:
    assert [each for each in legibility.findings({"theme": theme}) if not each.passes] == []


@settings(max_examples=12)
@given(hexes, hexes, hexes)
def test_every_remedy_mends_its_pair(primary: str, background: str, text: str) -> None:
    variables = {"colorPrimary": primary, "colorBackground": background, "colorText": text}
    for finding in legibility.findings({"theme": "light", "variables": variables}):
        for remedy in finding.remedies:
            fixed = {**variables, remedy.variable: remedy.value}
            again = legibility.findings({"theme": "light", "variables": fixed})
            assert next(each for each in again if each.pair == finding.pair).passes


def test_a_pale_button_is_reported_with_both_remedies() -> None:
    found = legibility.findings({"theme": "light", "variables": {"colorPrimary": "#ffd400"}})

    [button] = [each for each in found if each.pair == "button"]
    assert not button.passes
    assert [remedy.variable for remedy in button.remedies] == ["colorPrimaryText", "colorPrimary"]
    assert round(button.ratio, 2) == 1.43


def test_the_sdk_has_the_same_tables() -> None:
    js = {
        name: re.search(rf"export const {name} = ([\[{{].*?^[\]}}]);", TABLES, re.S | re.M)
        for name in ("PARTS", "STATES")
    }
    for name, match in js.items():
        assert match is not None
        pairs = re.findall(r"^  '?([^\s']+?)'?: '(.*)',$", match[1], re.M)
        assert dict(pairs) == getattr(tables, name)
    listed = re.search(r"PROPERTIES = \[(.*?)\]", TABLES, re.S)
    assert listed is not None
    assert tuple(re.findall(r"'(\w+)'", listed[1])) == tables.PROPERTIES
    declared = re.search(r"export type AppearanceVariable =(.*?);", TYPES, re.S)
    assert declared is not None
    assert set(re.findall(r"'(\w+)'", declared[1])) == set(tables.VARIABLES)
    [themes] = re.findall(r"theme\?: (.*);", TYPES)
    assert set(re.findall(r"'(\w+)'", themes)) == set(tables.THEMES)


def test_every_variable_has_a_place_in_the_styles() -> None:
    for name in tables.VARIABLES:
        kebab = re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
        assert f"var(--bursar-{kebab}," in PANEL + APPEARANCE, name


@pytest.mark.parametrize("theme", ["auto", "night", "paper", "contrast"])
def test_the_themes_colours_are_those_of_the_styles(theme: str) -> None:
    """The last word of a theme's styles on each colour: as one for both schemes, or as light-dark."""
    ours = (
        [PANEL] if theme == "auto" else re.findall(rf'\.bursar\[data-theme="{theme}"\] \{{(.*?)\}}', APPEARANCE, re.S)
    )
    answers: dict[str, tuple[str, str]] = {}
    for name, light, dark, both in re.findall(
        r"var\(--bursar-(color-[\w-]+), (?:light-dark\((#\w+), (#\w+)\)|(#\w+))\)", "".join(ours)
    ):
        answers[name] = (light or both, dark or both)

    for name in tables.COLOURS:
        kebab = re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
        if kebab in answers:
            ours_now = [tables.palette(theme, dark=False)[name], tables.palette(theme, dark=True)[name]]
            assert [contrast.parse(each) for each in answers[kebab]] == [contrast.parse(each) for each in ours_now], (
                name
            )
    assert len(answers) >= 5
