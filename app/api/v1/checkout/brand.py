"""What buyers know the business by."""

from typing import Annotated

from pydantic import Field

from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import Answer, Email, HttpUrl, QueryShape, Shape
from app.api.v1.api import KeyCaller, v1
from app.core.files import images
from app.read.checkout import brand as read
from app.workflow.checkout import set_brand


class BrandRequest(Shape):
    """Where buyers write to and where the shop is, instead of what was there before."""

    contact_email: Annotated[Email | None, Field(description="Reply-to address of emails to buyers.")] = None
    website: Annotated[HttpUrl | None, Field(description="The shop’s URL; pages and emails link to it.")] = None


class BrandLogo(Answer):
    """A logo, drawn anew as WebP."""

    url: str
    width: int
    height: int


class Brand(Answer):
    """What buyers know the business by."""

    name: str
    contact_email: str | None
    website: str | None
    logo: BrandLogo | None


class LogoForm(QueryShape):
    """Nothing is sent beside the image."""


@v1.get("/brand", answer=Brand, permission="checkout.read", tag="Checkout")
def get_brand(caller: KeyCaller) -> Brand:
    """Get what buyers know the business by."""
    return _brand(caller)


@v1.post(
    "/brand",
    body=BrandRequest,
    answer=Brand,
    permission="checkout.write",
    tag="Checkout",
    errors=("invalid_email", "invalid_url"),
)
def set_brand_contact(caller: KeyCaller, body: BrandRequest) -> Brand:
    """Set where buyers write to and where the shop is."""
    website = str(body.website) if body.website else None
    set_brand.set_contact(caller.business_id, contact_email=body.contact_email, website=website, actor=caller.actor)
    return _brand(caller)


@v1.post(
    "/brand/logo",
    upload=Upload(images.MAX_BYTES, LogoForm, "The logo: JPEG, PNG, WebP or GIF, up to 8 MB."),
    answer=Brand,
    permission="checkout.write",
    tag="Checkout",
    errors=("image_type", "image_too_large", "image_damaged"),
)
def set_logo(caller: KeyCaller, upload: Uploaded) -> Brand:
    """Set the logo.

    It stands on the hosted page, on receipts' pages and in mails.
    """
    set_brand.set_logo(caller.business_id, upload.file.read(images.MAX_BYTES + 1))
    return _brand(caller)


@v1.delete("/brand/logo", status=204, permission="checkout.write", tag="Checkout")
def remove_logo(caller: KeyCaller) -> None:
    """Remove the logo."""
    set_brand.remove_logo(caller.business_id)


def _brand(caller: KeyCaller) -> Brand:
    found = read.brand(caller.business_id)
    logo = BrandLogo(url=found.logo.url, width=found.logo.width, height=found.logo.height) if found.logo else None
    return Brand(name=found.name, contact_email=found.contact_email, website=found.website, logo=logo)
