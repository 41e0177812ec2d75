"""How the panel of a business looks: checked, and kept instead of the look before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import ChangedMeanwhile, Invalid
from app.domain.accounts.business.models import Business
from app.domain.orders.types import Buyer, OrderItem
from app.read.checkout import checkouts
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.checkout.set_appearance import set_appearance
from tests.factories.shop import Shop


def test_a_look_takes_the_place_of_the_one_before_without_what_is_empty(shop: Shop) -> None:
    set_appearance(shop.business_id, {"density": "compact", "variables": {"colorPrimary": "#2348d6"}})

    kept = set_appearance(
        shop.business_id,
        {"theme": "night", "density": "", "variables": {"colorText": "", "borderRadius": " 12px "}, "rules": None},
    )

    assert kept == _kept(shop) == {"theme": "night", "variables": {"borderRadius": "12px"}}


def test_an_open_checkout_wears_it_with_its_next_snapshot(shop: Shop) -> None:
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"))
    before = checkouts.snapshot(shop.business_id, opened.session_id)["appearance"]

    set_appearance(shop.business_id, {"theme": "paper"})

    after = checkouts.snapshot(shop.business_id, opened.session_id)["appearance"]
    assert (before, after) == (None, {"theme": "paper"})


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"theme": "pink"}, "theme"),
        ({"fonts": "all"}, "fonts"),
        ({"variables": {"colorPrimary": "url(https://elsewhere.example)"}}, "variables.colorPrimary"),
        ({"rules": {".Nothing": {"color": "red"}}}, "rules..Nothing"),
        ({"rules": {".Button": {"background": "red;}body{display:none"}}}, "rules..Button.background"),
    ],
)
def test_a_look_that_cannot_be_leaves_the_one_before(shop: Shop, wrong: dict[str, Any], param: str) -> None:
    set_appearance(shop.business_id, {"theme": "dark"})

    with pytest.raises(Invalid) as refused:
        set_appearance(shop.business_id, {"density": "compact", **wrong})

    assert (refused.value.details["param"], _kept(shop)) == (param, {"theme": "dark"})


def _kept(shop: Shop) -> Any:
    return shop.one(select(Business.appearance).where(Business.id == shop.business_id)).appearance


def test_the_second_of_two_edits_is_told_what_the_first_has_changed(shop: Shop) -> None:
    set_appearance(shop.business_id, {"theme": "dark"}, seen=0)

    with pytest.raises(ChangedMeanwhile) as refused:
        set_appearance(shop.business_id, {"theme": "paper", "variables": {"colorText": "#111111"}}, seen=0)

    assert refused.value.details == {
        "version": 1,
        "changes": {
            "theme": {"before": "dark", "after": "paper"},
            "variables.colorText": {"before": None, "after": "#111111"},
        },
    }
    assert _kept(shop) == {"theme": "dark"}
    # Who wants what is there already has nothing to compare; who has seen the change goes on.
    set_appearance(shop.business_id, {"theme": "dark"}, seen=0)
    assert set_appearance(shop.business_id, {"theme": "paper"}, seen=1) == _kept(shop) == {"theme": "paper"}


def test_of_two_edits_at_once_one_is_kept(shop: Shop) -> None:
    def edit(theme: str) -> str:
        try:
            return str(set_appearance(shop.business_id, {"theme": theme}, seen=0)["theme"])
        except ChangedMeanwhile:
            return ""

    with ThreadPoolExecutor(4) as pool:
        won = [each for each in pool.map(edit, ["dark", "paper", "night", "flat"]) if each]

    assert [_kept(shop)["theme"]] == won
