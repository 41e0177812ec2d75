"""Links to what a buyer owns: signed, and over after a while."""

from __future__ import annotations

from types import ModuleType

import pytest

from app.core.errors import NotFound
from app.domain.fulfilment import rules
from app.workflow.checkout.link_buyer import make_link, read_link
from tests.factories.shop import Shop


def test_a_link_names_business_and_buyer_until_it_is_over(shop: Shop, clock: ModuleType) -> None:
    token = make_link(shop.business_id, "büyer/1").url.rpartition("/my/")[2]

    clock.move(rules.BUYER_LINK_LASTS.total_seconds() - 60)
    assert read_link(token) == (shop.business_id, "büyer/1")
    clock.move(120)

    with pytest.raises(NotFound):
        read_link(token)


def test_a_new_link_ends_none_and_nobody_makes_one_up(shop: Shop) -> None:
    ann, ben = (make_link(shop.business_id, buyer).url.rpartition("/my/")[2] for buyer in ("ann", "ben"))

    assert [read_link(token)[1] for token in (ann, ben)] == ["ann", "ben"]
    swapped = f"{ann.rpartition('.')[0]}.{ben.rpartition('.')[2]}"
    for text in (swapped, ann[:-1], f"{ann}x", "", "nonsense"):
        with pytest.raises(NotFound):
            read_link(text)
