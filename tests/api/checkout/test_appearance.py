"""How the panel looks, by key."""

from __future__ import annotations

import pytest


def test_an_appearance_is_saved_and_unreadable_colours_are_reported(merchant) -> None:
    expected = {"theme": "flat", "variables": {"colorPrimary": "#ffee00"}, "rules": {".Label": {"fontWeight": "600"}}}

    first = merchant.get("/v1/appearance").json
    saved = merchant.post("/v1/appearance", expected, once=None).json
    reset = merchant.post("/v1/appearance", {}, once=None).json

    assert (first["theme"], first["variables"], first["illegible"]) == ("auto", {}, [])
    assert {name: saved[name] for name in expected} == expected
    pale = next(each for each in saved["illegible"] if each["pair"] == "links")
    assert pale["ratio"] < pale["needed"]
    assert "colorPrimary" in pale["remedies"]
    assert (first["version"], saved["version"], reset["version"]) == (0, 1, 2)
    assert reset == {**first, "version": 2}


def test_an_edit_of_what_somebody_else_has_changed_is_refused_with_the_difference(merchant) -> None:
    merchant.post("/v1/appearance", {"theme": "flat", "version": 0}, once=None)

    late = merchant.post("/v1/appearance", {"theme": "paper", "version": 0}, once=None)

    assert (late.status_code, late.json["code"]) == (409, "version_conflict")
    assert late.json["details"] == {"version": 1, "changes": {"theme": {"before": "flat", "after": "paper"}}}


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"variables": {"colorPrimary": "red; }"}}, "invalid_appearance", "variables.colorPrimary"),
        ({"rules": {".Nothing": {}}}, "invalid_appearance", "rules..Nothing"),
        ({"theme": "loud"}, "invalid_parameter", "theme"),
    ],
)
def test_what_cannot_be_an_appearance_is_refused(merchant, wrong, code: str, param: str) -> None:
    answer = merchant.post("/v1/appearance", wrong, once=None)

    assert (answer.status_code, answer.json["code"], answer.json["param"]) == (422, code, param)
