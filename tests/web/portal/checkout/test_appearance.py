"""Choosing how the panel looks, with every control that works without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.checkout.appearance import saved
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_an_owner_chooses_and_finds_it_again(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/appearance")

    done = page.form("/appearance").send(
        theme="flat",
        density="compact",
        light_colorPrimary="#0a7d5a",
        dark_colorPrimary="#7fe0bd",
        plain_borderRadius="4px",
        more="buttonHeight: 52px\ndark colorLink: #9fe8cc;",
        rules='{".Button": {"textTransform": "uppercase"}}',
    )

    assert "Saved." in done.text
    assert saved(shop.business_id) == {
        "theme": "flat",
        "density": "compact",
        "variables": {"colorPrimary": "#0a7d5a", "borderRadius": "4px", "buttonHeight": "52px"},
        "variablesDark": {"colorPrimary": "#7fe0bd", "colorLink": "#9fe8cc"},
        "rules": {".Button": {"textTransform": "uppercase"}},
    }
    again = owner.get("/portal/appearance").form("/appearance").values()
    assert (again["theme"], again["light_colorPrimary"]) == ("flat", "#0a7d5a")
    assert again["more"].split("\n") == ["buttonHeight: 52px", "dark colorLink: #9fe8cc"]
    assert "uppercase" in again["rules"]


def test_a_pale_button_is_warned_of_and_the_nearest_colour_is_one_press_away(shop: Shop, owner: Visitor) -> None:
    sent = {**owner.get("/portal/appearance").form("/appearance").values(), "theme": "light"}
    sent["light_colorPrimary"] = "#ffd400"

    warned = owner.post("/portal/appearance/check", sent)
    response = owner.post("/portal/appearance/check", {**sent, "use": "light_colorPrimary=#8a7300"})

    assert "Text on buttons light theme: 1.43, required 4.5" in warned.text
    assert 'name="use" value="light_colorPrimary=#' in " ".join(warned.source.split())
    assert "Passed: all color pairs" in response.text
    assert response.form("/appearance").values()["light_colorPrimary"] == "#8a7300"
    assert "Unsaved changes." in response.text
    assert saved(shop.business_id) == {}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("light_colorPrimary", "red", "It has to be a colour such as #2348d6"),
        ("plain_fontFamily", "x; y", "It has to be font names"),
        ("more", "nothing", "is missing a colon"),
        ("more", "colorNothing: #fff", "colorNothing: There is no such variable."),
        ("rules", "{", "Invalid JSON"),
        ("rules", '{"body": {}}', "body: There is no such part."),
    ],
)
def test_values_that_cannot_be_stored_are_reported_beside_their_field(
    owner: Visitor, name: str, value: str, text: str
) -> None:
    page = owner.get("/portal/appearance").form("/appearance").send(**{name: value})

    assert page.status == 422
    assert text in page.text
    assert page.form("/appearance").values()[name] == value


def test_the_second_of_two_people_sees_what_the_first_has_chosen(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/appearance")
    page.form("/appearance").send(theme="flat", light_colorPrimary="#0a7d5a")

    refused = page.form("/appearance").send(theme="paper")

    assert (refused.status, refused.form("/appearance").values()["theme"]) == (409, "paper")
    assert "The appearance says now Theme Flat" in refused.text
    assert "Buttons and links, light #0a7d5a" in refused.text
    assert saved(shop.business_id)["theme"] == "flat"
    refused.form("/appearance").send()
    assert saved(shop.business_id)["theme"] == "paper"


def test_only_owners_choose(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    page = signed_in(shop, "support").get("/portal/appearance")

    assert "Only owners and developers can change this." in page.text
