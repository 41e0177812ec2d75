"""The side navigation: folded but for where one is and what was unfolded; nobody meets what they may not."""

from __future__ import annotations

from collections.abc import Callable

from app.web.portal.frame import UNFOLDED_COOKIE
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
