"""The images of a product: added, described, put in order, taken away."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.files import images
from app.core.web.htmx import page, see_other
from app.read.catalog import products as read
from app.web.marks import takes_files
from app.web.portal.access import actor, needs
from app.web.portal.catalog.images.forms import AltForm, ProductImageForm
from app.workflow.catalog import manage_images

blueprint = Blueprint("images", __name__, url_prefix="/products/<product_id>/images")
_ON_FIELD = {"image_type": "file", "image_too_large": "file", "image_damaged": "file", "invalid_alt": "alt"}


@blueprint.get("")
@needs("products.read")
def index(product_id: str) -> Response:
    return _page(ids.parse("prd", product_id))


@blueprint.post("")
@needs("products.write")
@takes_files(images.MAX_BYTES + 100_000)
def add(product_id: str) -> Response:
    product, form = ids.parse("prd", product_id), ProductImageForm()
    if not form.validate():
        return _page(product, form=form, status=422)
    content = form.file.data.stream.read(images.MAX_BYTES + 1)
    try:
        manage_images.add_image(actor().business_id, product, content, alt=form.alt.data)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(product, form=form, status=error.http_status)
    flash("Image added.", "good")
    return _back(product_id)


@blueprint.post("/<image_id>")
@needs("products.write")
def describe(product_id: str, image_id: str) -> Response:
    form = AltForm()
    if not form.validate():
        flash(str(form.alt.errors[0]), "bad")
        return _back(product_id)
    manage_images.change_image(actor().business_id, ids.parse("img", image_id), alt=form.alt.data)
    flash("Saved.", "good")
    return _back(product_id)


@blueprint.post("/<image_id>/move/<int:place>")
@needs("products.write")
def move(product_id: str, image_id: str, place: int) -> Response:
    manage_images.change_image(actor().business_id, ids.parse("img", image_id), place=place)
    return _back(product_id)


@blueprint.post("/<image_id>/remove")
@needs("products.write")
def remove(product_id: str, image_id: str) -> Response:
    manage_images.remove_image(actor().business_id, ids.parse("img", image_id))
    flash("Image removed.", "good")
    return _back(product_id)


def _page(product_id: uuid.UUID, *, form: ProductImageForm | None = None, status: int = 200) -> Response:
    card = read.product_card(actor().business_id, product_id)
    return page(
        "portal/catalog/images/index.html",
        status=status,
        most=manage_images.MAX_IMAGES,
        card=card,
        form=form or ProductImageForm(formdata=None),
    )


def _back(product_id: str) -> Response:
    return see_other(url_for("portal.images.index", product_id=product_id))
