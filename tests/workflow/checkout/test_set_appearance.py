"""How the panel of a business looks: checked, and kept instead of the look before."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
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
