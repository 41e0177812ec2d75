"""Pages that may show the checkout: a list that two people may change at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.origins import MAX_ORIGINS
from app.workflow.checkout.manage_origins import add_origin, remove_origin
from tests.factories.shop import Shop


def test_an_origin_is_kept_once_as_browsers_write_it_and_removed(shop: Shop) -> None:
    kept = [add_origin(shop.business_id, text) for text in ("https://Shop.Example", "https://shop.example")]
    added = _origins(shop)
    remove_origin(shop.business_id, kept[0])

    assert (kept, added, _origins(shop)) == (["https://shop.example"] * 2, ["https://shop.example"], [])


def test_what_is_no_safe_origin_is_refused(shop: Shop) -> None:
    for text in ("", "shop.example", "http://shop.example", "https://u:p@shop.example", "https://*.shop.example"):
        with pytest.raises(Invalid):
            add_origin(shop.business_id, text)
    with pytest.raises(NotFound):
        remove_origin(shop.business_id, "https://shop.example")

    assert _origins(shop) == []


def test_there_are_no_more_than_there_may_be_and_one_that_is_there_still_is_fine(shop: Shop) -> None:
    for number in range(MAX_ORIGINS):
        add_origin(shop.business_id, f"https://shop{number}.example")

    with pytest.raises(Conflict):
        add_origin(shop.business_id, "https://one-more.example")

    assert add_origin(shop.business_id, "https://shop0.example") == "https://shop0.example"
    assert len(_origins(shop)) == MAX_ORIGINS


def test_who_add_at_once_lose_none(shop: Shop) -> None:
    texts = [f"https://shop{number}.example" for number in range(6)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda text: add_origin(shop.business_id, text), texts))

    assert sorted(_origins(shop)) == texts


def _origins(shop: Shop) -> list[str]:
    return list(shop.one(select(Business.allowed_origins).where(Business.id == shop.business_id))[0])
