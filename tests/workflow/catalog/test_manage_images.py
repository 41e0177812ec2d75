"""Images of products: in order, described, and gone with their files."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import store
from app.core.ids import new_id
from app.domain.catalog.models import ProductImage
from app.workflow.catalog import manage_images
from app.workflow.catalog.manage_images import MAX_ALT, MAX_IMAGES
from tests.factories.files import image
from tests.factories.shop import Shop


def test_images_come_behind_one_another_and_are_moved(shop: Shop) -> None:
    first, second, third = (_add(shop, alt) for alt in ("one", "two", "three"))

    manage_images.change_image(shop.business_id, third, place=1)
    manage_images.change_image(shop.business_id, first, alt="The first")

    assert [(row.id, row.alt) for row in _images(shop)] == [(third, "three"), (first, "The first"), (second, "two")]


def test_an_image_has_a_description_and_a_place_among_the_others(shop: Shop) -> None:
    image_id = _add(shop, "x" * MAX_ALT)

    for alt in ("", "  ", "x" * (MAX_ALT + 1)):
        with pytest.raises(Invalid):
            _add(shop, alt)
        with pytest.raises(Invalid):
            manage_images.change_image(shop.business_id, image_id, alt=alt)
    for place in (0, 2):
        with pytest.raises(Invalid):
            manage_images.change_image(shop.business_id, image_id, place=place)
    with pytest.raises(Invalid):
        manage_images.add_image(shop.business_id, shop.product_id, b"no image", alt="x")

    assert [row.alt for row in _images(shop)] == ["x" * MAX_ALT]


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        manage_images.add_image(shop.business_id, new_id(), image(), alt="x")
    with pytest.raises(NotFound):
        manage_images.change_image(shop.business_id, new_id(), alt="x")
    with pytest.raises(NotFound):
        manage_images.remove_image(shop.business_id, new_id())


def test_of_many_at_once_no_more_are_kept_than_a_product_has(shop: Shop) -> None:
    for number in range(MAX_IMAGES - 2):
        _add(shop, f"{number}")

    def add(number: int) -> bool:
        try:
            _add(shop, f"at once {number}")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(add, range(4)))

    assert sorted(added) == [False, False, True, True]
    assert [row.position for row in _images(shop)] == list(range(1, MAX_IMAGES + 1))


def test_a_removed_image_leaves_no_file_and_the_others_where_they_are(shop: Shop) -> None:
    gone, stays = _add(shop, "gone"), _add(shop, "stays")
    parts = {row.id: [store.part_of(row.key, str(width)) for width in row.widths] for row in _images(shop)}

    manage_images.remove_image(shop.business_id, gone)

    assert [row.id for row in _images(shop)] == [stays]
    assert all(store.get(part) for part in parts[stays])
    for part in parts[gone]:
        with pytest.raises(NotFound):
            store.get(part)


def _add(shop: Shop, alt: str) -> uuid.UUID:
    return manage_images.add_image(shop.business_id, shop.product_id, image(), alt=alt)


def _images(shop: Shop) -> list[Any]:
    return list(shop.many(select(ProductImage.__table__).order_by(ProductImage.position)))
