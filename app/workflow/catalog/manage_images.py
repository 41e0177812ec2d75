"""Images of products: added, described, put in order and taken away."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy import delete, select

from app.core import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import images, store
from app.core.ids import new_id
from app.domain.catalog.models import Product, ProductImage
from app.domain.catalog.rules import MAX_ALT
from app.domain.catalog.rules import MAX_IMAGES as MAX_IMAGES

_images = db.table(ProductImage)


def add_image(business_id: uuid.UUID, product_id: uuid.UUID, content: bytes, *, alt: str) -> uuid.UUID:
    """Add an image behind the product's others. Its files are stored first, so that a row never names a missing one.

    Raises:
        NotFound: no such product. Invalid: no usable image (see images.redraw), or no description.
        Conflict: the product has MAX_IMAGES. Unavailable: the files cannot be written.
    """
    _check(alt)
    with db.reading(business_id):
        _product(product_id)
    renderings = images.redraw(content)
    key, image_id = store.new_key("images", business_id), new_id()
    for rendering in renderings:
        store.put(store.part_of(key, str(rendering.width)), rendering.content)
    with db.phase("manage_images.add_image", business_id):
        there = _of(product_id)
        if len(there) >= MAX_IMAGES:
            raise Conflict("too_many_images", f"A product has at most {MAX_IMAGES} images.")
        db.add(
            ProductImage,
            id=image_id,
            product_id=product_id,
            key=key,
            alt=alt,
            position=there[-1].position + 1 if there else 1,
            width=renderings[-1].width,
            height=renderings[-1].height,
            widths=[rendering.width for rendering in renderings],
            source_sha256=hashlib.sha256(content).hexdigest(),
        )
    return image_id


def change_image(
    business_id: uuid.UUID, image_id: uuid.UUID, *, alt: str | None = None, place: int | None = None
) -> None:
    """Change an image's description, or move it to a position among the product's images (from 1).

    Raises:
        NotFound: no such image. Invalid: no description, or no such place.
    """
    if alt is not None:
        _check(alt)
    with db.phase("manage_images.change_image", business_id):
        image = _image(image_id)
        if alt is not None:
            db.write(db.change(ProductImage, image_id, alt=alt), expect=1)
        if place is not None:
            others = [row.id for row in _of(image.product_id) if row.id != image_id]
            if not 1 <= place <= len(others) + 1:
                raise Invalid(
                    "invalid_place",
                    f"The position must be between 1 and {len(others) + 1}.",
                    details={"param": "position"},
                )
            others.insert(place - 1, image_id)
            for number, each in enumerate(others, 1):
                db.write(db.change(ProductImage, each, position=number), expect=1)


def remove_image(business_id: uuid.UUID, image_id: uuid.UUID) -> None:
    """Remove an image, and then its files; files that a crash leaves are swept later.

    Raises:
        NotFound: no such image.
    """
    with db.phase("manage_images.remove_image", business_id):
        image = _image(image_id)
        db.run(delete(ProductImage).where(_images.c.business_id == business_id, _images.c.id == image_id))
    store.delete(*(store.part_of(image.key, str(width)) for width in image.widths))


def _image(image_id: uuid.UUID) -> ProductImage:
    """The image, its product locked."""
    found = db.first(select(_images).where(_images.c.business_id == db.here(), _images.c.id == image_id))
    image = next((row for row in _of(found.product_id) if row.id == image_id), None) if found is not None else None
    if image is None:
        raise NotFound("not_found", "There is no such image.")
    return image


def _of(product_id: uuid.UUID) -> list[ProductImage]:
    """The product's images in order, the product locked."""
    _product(product_id, locked=True)
    found = select(_images).where(_images.c.business_id == db.here(), _images.c.product_id == product_id)
    return list(db.rows(found.order_by(_images.c.position, _images.c.id).limit(MAX_IMAGES)))


def _product(product_id: uuid.UUID, *, locked: bool = False) -> None:
    (db.lock if locked else db.get)(Product, product_id)


def _check(alt: str) -> None:
    if not alt.strip() or len(alt) > MAX_ALT:
        raise Invalid("invalid_alt", f"Describe the image in 1 to {MAX_ALT} characters.", details={"param": "alt"})
