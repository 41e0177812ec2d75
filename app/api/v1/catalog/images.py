"""Images of products."""

from typing import Annotated

from pydantic import Field

from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import PRINTABLE, Answer, QueryShape, Shape
from app.api.v1.api import KeyCaller, v1
from app.core.files import images
from app.core.ids import parse, show
from app.read.catalog import product_images
from app.read.catalog.product_images import ProductImageView
from app.workflow.catalog import manage_images

Alt = Annotated[
    str,
    Field(min_length=1, max_length=200, description="Alternative text for screen readers."),
    PRINTABLE,
]


class ImageFile(Answer):
    """One file of an image."""

    width: int
    height: int
    url: str


class ProductImage(Answer):
    """An image of a product, as WebP in a few widths. Its addresses never stand for another image."""

    id: str
    alt: str
    files: Annotated[list[ImageFile], Field(description="Narrowest first.")]


class ImageForm(QueryShape):
    """What is sent beside the image."""

    alt: Alt


class ImageChange(Shape):
    """What an image shall be; members that are absent stay as they are."""

    alt: Alt | None = None
    position: Annotated[int | None, Field(ge=1, le=10, description="Position among the product’s images, from 1.")] = (
        None
    )


IMAGE = Upload(images.MAX_BYTES, ImageForm, "The image: JPEG, PNG, WebP or GIF, at most 8 MB and 30 megapixels.")


@v1.post(
    "/products/{product_id}/images",
    upload=IMAGE,
    answer=ProductImage,
    status=201,
    permission="products.write",
    tag="Products",
    errors=("image_type", "image_too_large", "image_damaged", "too_many_images", "invalid_alt"),
)
def add_image(caller: KeyCaller, product_id: str, upload: Uploaded) -> ProductImage:
    """Add an image to a product.

    It is drawn anew in a few widths; metadata, such as where it was taken, is not kept. Of a moving image only the
    first frame is.
    """
    content = upload.file.read(images.MAX_BYTES + 1)
    product = parse("prd", product_id)
    image_id = manage_images.add_image(caller.business_id, product, content, alt=upload.form.alt)
    return image_of(product_images.get_image(caller.business_id, image_id))


@v1.get("/images/{image_id}", answer=ProductImage, permission="products.read", tag="Products")
def get_image(caller: KeyCaller, image_id: str) -> ProductImage:
    """Get an image."""
    return image_of(product_images.get_image(caller.business_id, parse("img", image_id)))


@v1.patch(
    "/images/{image_id}",
    body=ImageChange,
    answer=ProductImage,
    permission="products.write",
    tag="Products",
    errors=("invalid_place", "invalid_alt"),
)
def change_image(caller: KeyCaller, image_id: str, body: ImageChange) -> ProductImage:
    """Describe an image anew, or move it."""
    image = parse("img", image_id)
    manage_images.change_image(caller.business_id, image, alt=body.alt, place=body.position)
    return image_of(product_images.get_image(caller.business_id, image))


@v1.delete("/images/{image_id}", status=204, permission="products.write", tag="Products")
def remove_image(caller: KeyCaller, image_id: str) -> None:
    """Take an image away.

    Browsers and caches that have it may keep it.
    """
    manage_images.remove_image(caller.business_id, parse("img", image_id))


def image_of(image: ProductImageView) -> ProductImage:
    """An image as the API shows it."""
    files = [ImageFile(width=width, height=height, url=url) for width, height, url in image.files]
    return ProductImage(id=show("img", image.id), alt=image.alt, files=files)
