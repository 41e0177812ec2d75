"""The side navigation: folded but for where one is and what was unfolded; nobody meets what they may not."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.api.docs import shelf
from app.web.portal.frame import FAVOURITES_COOKIE, UNFOLDED_COOKIE
from app.web.portal.help import GUIDES
from tests.factories.shop import Shop
from tests.pages import Visitor


def _groups(visitor: Visitor, path: str) -> dict[str, bool]:
    """The groups that fold, by title, and whether each is unfolded."""
    found = visitor.get(path).document.all("details")
    return {
        each.all("summary")[0].text.strip(): "open" in each.attributes
        for each in found
        if "nav-group" in each.attributes.get("class", "")
    }


def _sections(visitor: Visitor) -> list[str]:
    """The sections of the navigation, from top to bottom."""
    links = visitor.get("/portal").document.all("a")
    return [each.attributes["data-section"] for each in links if "data-section" in each.attributes]


def _offered(visitor: Visitor) -> set[str]:
    """Where the actions of the palette lead."""
    links = visitor.get("/portal").document.all("a")
    return {each.attributes["href"] for each in links if "data-group" in each.attributes}


def test_there_are_at_most_nine_groups_and_all_are_folded_at_home(owner: Visitor) -> None:
    groups = _groups(owner, "/portal")

    assert 5 <= len(groups) <= 8  # and one that has no title
    assert not any(groups.values())


def test_the_group_of_the_page_is_unfolded(owner: Visitor) -> None:
    found = [_groups(owner, path) for path in ("/portal/coupons", "/portal/jobs", "/portal/categories")]

    assert [[title for title, is_open in each.items() if is_open] for each in found] == [
        ["Catalogue"],
        ["Operations"],
        ["Catalogue"],
    ]


def test_what_a_browser_has_unfolded_stays_so(owner: Visitor) -> None:
    owner.client.set_cookie(UNFOLDED_COOKIE, "money.developers.nonsense", path="/portal")

    assert [title for title, is_open in _groups(owner, "/portal").items() if is_open] == ["Money", "Developers"]


def test_a_role_sees_only_groups_it_may_open(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    owner, support = signed_in(shop), signed_in(shop, "support")

    assert set(_groups(support, "/portal")) < set(_groups(owner, "/portal"))


def test_what_a_browser_has_starred_is_at_the_top_once(owner: Visitor) -> None:
    owner.client.set_cookie(FAVOURITES_COOKIE, "coupons.nonsense.orders.coupons", path="/portal")

    sections = _sections(owner)

    assert sections[:3] == ["coupons", "orders", "home"]
    assert len(sections) == len(set(sections))


def test_a_star_leads_nobody_where_they_may_not_go(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    support = signed_in(shop, "support")
    support.client.set_cookie(FAVOURITES_COOKIE, "keys.orders", path="/portal")

    sections = _sections(support)

    assert sections[0] == "orders"
    assert "keys" not in sections


def test_the_palette_offers_what_a_role_may_begin(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    owner, support = _offered(signed_in(shop)), _offered(signed_in(shop, "support"))

    assert {"/portal/products/new", "/portal/team/invite", "/portal/settings/orders"} <= owner
    assert support < owner
    assert "/portal/keys/new" not in support


def test_every_action_of_the_palette_opens(owner: Visitor) -> None:
    for path in _offered(owner):
        assert owner.get(path).status == 200, path


def test_every_page_has_a_mark_that_leads_to_its_guide(app: Flask, owner: Visitor) -> None:
    def help_of(path: str) -> str:
        return next(link for link in owner.get(path).links if link.startswith("/docs/"))

    assert set(_sections(owner)) <= set(GUIDES)
    assert [slug for slug in GUIDES.values() if shelf.file_of(slug) is None] == []
    assert set(GUIDES) <= {
        rule.endpoint.split(".")[1] for rule in app.url_map.iter_rules() if "portal." in rule.endpoint
    }
    assert help_of("/portal/disputes") == "/docs/how-to/answer-a-dispute"
    assert help_of("/portal/alerts") == "/docs/how-to/set-up-alerts"
    assert help_of("/portal/account/security") == "/docs/how-to/secure-sign-in"


def test_the_portal_is_found_with_a_slash_behind_it(owner: Visitor) -> None:
    response = owner.client.get("/portal/")

    assert (response.status_code, response.location) == (302, "/portal")
