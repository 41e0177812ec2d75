"""Images of products, and where each of their files is."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select

from app.core import db
from app.core.web.image_urls import address, path
from app.domain.catalog.models import ProductImage

MAX_ROWS = 10
SHOWN_WIDTH = 640  # what a panel shows; wide enough for a sharp screen of a telephone
_images = db.table(ProductImage)


class ShownImage(TypedDict):
    """What a checkout shows of an image: the address of a file, and its size in pixels."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class ProductImageView:
    """One image: its row, and what it is shown by."""

    row: ProductImage

    @property
    def id(self) -> uuid.UUID:
        return self.row.id

    @property
    def alt(self) -> str:
        return self.row.alt

    @property
    def files(self) -> tuple[tuple[int, int, str], ...]:
        """Width, height and address of each file, the narrowest first."""
        return tuple((width, self._height(width), address(self.row.key, width)) for width in self.row.widths)

    @property
    def thumb(self) -> str:
        """The address of the narrowest file, on this server."""
        return path(self.row.key, self.row.widths[0])

    def shown(self) -> ShownImage:
        """What a checkout shows of it."""
        width = max((each for each in self.row.widths if each <= SHOWN_WIDTH), default=self.row.widths[0])
        return {
            "url": address(self.row.key, width),
            "alt": self.alt,
            "width": width,
            "height": self._height(width),
        }

    def _height(self, width: int) -> int:
        return max(1, round(self.row.height * width / self.row.width))


def images_of(business_id: uuid.UUID, product_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[ProductImageView]]:
    """The images of these products in their order; a product without one has an empty list."""
    found: dict[uuid.UUID, list[ProductImageView]] = defaultdict(list)
    if product_ids:
        query = select(_images).where(_images.c.business_id == business_id, _images.c.product_id.in_(product_ids))
        in_order = query.order_by(_images.c.product_id, _images.c.position, _images.c.id)
        with db.reading(business_id):
            for row in db.rows(in_order.limit(MAX_ROWS * len(product_ids))):
                found[row.product_id].append(ProductImageView(row))
    return found


def first_shown(business_id: uuid.UUID, product_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ShownImage]:
    """Each product's first image; products without one are left out."""
    return {key: found[0].shown() for key, found in images_of(business_id, product_ids).items() if found}


def get_image(business_id: uuid.UUID, image_id: uuid.UUID) -> ProductImageView:
    """One image.

    Raises:
        NotFound: the business has no such image.
    """
    with db.reading(business_id):
        row = db.get(ProductImage, image_id)
    return ProductImageView(row)
