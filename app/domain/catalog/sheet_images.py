"""The cell of a product file that says which images a product has: `images/mug.png: A blue mug; images/side.png`. Pure.

A name is that of a file in the zip file, or what an export calls an image that the product has already.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core import ids
from app.domain.catalog.models import ProductImage, ProductImportImage
from app.domain.catalog.rules import MAX_ALT, MAX_IMAGES
from app.domain.catalog.sheet_cells import BadCell

FOLDER = "images/"
MAX_NAME = 200


@dataclass(frozen=True)
class WantedImage:
    """An image that a product is to have: one that it has (`image_id`) or one drawn from the file (`drawn_id`)."""

    alt: str
    image_id: uuid.UUID | None = None
    drawn_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Pictures:
    """The images that a product has, in order, and those of the file that were looked at for it, by name."""

    own: Sequence[ProductImage] = ()
    drawn: Mapping[str, ProductImportImage] | None = None

    def named(self, name: str) -> ProductImage | None:
        """The product's own image of that name, or with the same content as the file of that name."""
        drawn = (self.drawn or {}).get(name)
        for image in self.own:
            if exported_name(image) == name or (drawn is not None and image.source_sha256 == drawn.sha256 != ""):
                return image
        return None


def exported_name(image: ProductImage) -> str:
    """What an export calls an image."""
    return f"{FOLDER}{ids.show('img', image.id)}.webp"


def names_in(text: str) -> list[str]:
    """The names in a cell; none when it cannot be read."""
    try:
        return [name for name, _ in _entries(text)]
    except BadCell:
        return []


def read_images(text: str, pictures: Pictures, *, product: str) -> tuple[WantedImage, ...]:
    """The images in a cell, in order. One without a description keeps its own, or gets the product's name.

    Raises:
        BadCell: there are too many, one cannot be had, or stands there twice.
    """
    wanted, seen = [], set[object]()
    for name, alt in _entries(text):
        image = pictures.named(name)
        drawn = (pictures.drawn or {}).get(name)
        if image is None and (drawn is None or drawn.problem):
            raise BadCell(f"{name[:80]}: {drawn.problem if drawn else 'not in the file; send a zip file with it'}")
        key: object = image.id if image is not None else drawn and drawn.sha256
        if key in seen:
            raise BadCell(f"{name[:80]} stands there twice")
        seen.add(key)
        if image is not None:
            wanted.append(WantedImage(alt or image.alt, image_id=image.id))
        elif drawn is not None:
            wanted.append(WantedImage(alt or product[:MAX_ALT], drawn_id=drawn.id))
    return tuple(wanted)


def as_they_are(own: Sequence[ProductImage]) -> tuple[WantedImage, ...]:
    """What a product has, to be compared with what it is to have."""
    return tuple(WantedImage(image.alt, image_id=image.id) for image in own)


def images_text(own: Sequence[ProductImage]) -> str:
    """Images as a cell; a description that a cell cannot hold is left out, and then stays what it is."""
    return "; ".join(
        exported_name(image) + ("" if ";" in image.alt or image.alt != image.alt.strip() else f": {image.alt}")
        for image in own
    )


def _entries(text: str) -> list[tuple[str, str]]:
    found = []
    for part in text.split(";"):
        name, _, alt = part.strip().partition(":")
        name, alt = name.strip(), alt.strip()
        if not name:
            if part.strip():
                raise BadCell("images such as “images/mug.png: A blue mug; images/side.png”")
            continue
        if len(name) > MAX_NAME:
            raise BadCell(f"a name can have at most {MAX_NAME} characters")
        if len(alt) > MAX_ALT:
            raise BadCell(f"a description can have at most {MAX_ALT} characters")
        found.append((name if name.startswith(FOLDER) else FOLDER + name, alt))
    if len(found) > MAX_IMAGES:
        raise BadCell(f"a product has at most {MAX_IMAGES} images")
    if len({name for name, _ in found}) < len(found):
        raise BadCell("an image stands there twice")
    return found
