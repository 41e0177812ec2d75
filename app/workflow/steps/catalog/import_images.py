"""Images of many products of a file at once: what there is of them, and what the file says, in an open transaction."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, select

from app.core import db
from app.core.db import bulk
from app.core.ids import new_id
from app.domain.catalog.models import ProductImage, ProductImportImage
from app.domain.catalog.sheet_images import Pictures, WantedImage

_images, _drawn = db.table(ProductImage), db.table(ProductImportImage)


def load_pictures(run_id: uuid.UUID, product_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Pictures]:
    """The images of these products, and those that were drawn for them from the file."""
    here = db.here()
    own: dict[uuid.UUID, list[ProductImage]] = defaultdict(list)
    theirs = select(_images).where(_images.c.business_id == here, _images.c.product_id.in_(product_ids))
    for image in db.rows(theirs.order_by(_images.c.position, _images.c.id)):
        own[image.product_id].append(image)
    drawn: dict[uuid.UUID, dict[str, ProductImportImage]] = defaultdict(dict)
    of_run = _drawn.c.business_id == here, _drawn.c.import_id == run_id, _drawn.c.product_id.in_(product_ids)
    for each in db.rows(select(_drawn).where(*of_run)):
        drawn[each.product_id][each.name] = each
    return {key: Pictures(own[key], drawn[key]) for key in product_ids}


def write_images(there: Mapping[uuid.UUID, Pictures], wanted: Mapping[uuid.UUID, tuple[WantedImage, ...]]) -> None:
    """Let each product, which is locked, have exactly these images, in this order. Files of those that it has no more
    are swept later."""
    made, changed, gone = [], [], list[uuid.UUID]()
    for product_id, images in wanted.items():
        pictures = there[product_id]
        own = {image.id: image for image in pictures.own}
        drawn = {each.id: each for each in (pictures.drawn or {}).values()}
        gone += own.keys() - {each.image_id for each in images}
        for position, each in enumerate(images, 1):
            if each.image_id is not None:
                image = own[each.image_id]
                if (image.alt, image.position) != (each.alt, position):
                    changed.append(bulk.changed(ProductImage, image.id, alt=each.alt, position=position))
            elif each.drawn_id is not None:
                found = drawn[each.drawn_id]
                assert found.key is not None
                made.append(
                    bulk.row(
                        ProductImage,
                        id=new_id(),
                        product_id=product_id,
                        key=found.key,
                        alt=each.alt,
                        position=position,
                        width=found.width,
                        height=found.height,
                        widths=found.widths,
                        source_sha256=found.sha256,
                    )
                )
    if gone:
        db.run(delete(ProductImage).where(_images.c.business_id == db.here(), _images.c.id.in_(gone)))
    bulk.update(ProductImage, changed)
    bulk.insert(ProductImage, made)


def forget(run_id: uuid.UUID) -> None:
    """Let go of what was drawn for an import that is over; files that no product has are swept later."""
    db.run(delete(ProductImportImage).where(_drawn.c.business_id == db.here(), _drawn.c.import_id == run_id))


def undrawn(
    pictures: Mapping[uuid.UUID, Pictures], named: Iterable[tuple[uuid.UUID, str]]
) -> list[tuple[uuid.UUID, str]]:
    """Which of these (product, name) are still to be drawn, each once."""
    return [
        (product_id, name)
        for product_id, name in dict.fromkeys(named)
        if pictures[product_id].named(name) is None and name not in (pictures[product_id].drawn or {})
    ]
