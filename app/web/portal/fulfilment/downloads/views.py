"""The files that buyers of a product download: added, replaced, taken away."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.web.htmx import page, see_other
from app.read.catalog import products
from app.read.fulfilment import downloads as read
from app.web.checkout.locale import translate
from app.web.marks import takes_files
from app.web.portal.access import actor, needs
from app.web.portal.fulfilment.downloads.forms import FileForm, NewFileForm
from app.workflow.fulfilment import manage_files

blueprint = Blueprint("downloads", __name__, url_prefix="/products/<product_id>/files")
_ON_FIELD = {"file_too_large": "file", "invalid_file": "file"}


@blueprint.get("")
@needs("products.read")
def index(product_id: str) -> Response:
    return _page(ids.parse("prd", product_id))


@blueprint.post("")
@needs("products.write")
@takes_files(manage_files.MAX_BYTES + 100_000)
def add(product_id: str) -> Response:
    product = ids.parse("prd", product_id)
    form = NewFileForm(skus=products.product_card(actor().business_id, product).skus)
    if not form.validate():
        return _page(product, form=form, status=422)
    try:
        _add(product, form)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(product, form=form, status=error.http_status)
    flash("File added.", "good")
    return _back(product_id)


@blueprint.post("/<file_id>")
@needs("products.write")
@takes_files(manage_files.MAX_BYTES + 100_000)
def add_version(product_id: str, file_id: str) -> Response:
    who, file, form = actor(), ids.parse("fil", file_id), FileForm()
    if not form.validate():
        flash(str(next(error for field in form for error in field.errors)), "bad")
        return _back(product_id)
    sent = form.file.data
    number = manage_files.add_version(who.business_id, file, sent.stream, name=sent.filename or "", actor=who.name)
    flash(translate(Translatable("Buyers now download version %(number)s.", number=number)), "good")
    return _back(product_id)


@blueprint.post("/<file_id>/remove")
@needs("products.write")
def remove(product_id: str, file_id: str) -> Response:
    try:
        manage_files.remove_file(actor().business_id, ids.parse("fil", file_id))
        flash("File removed.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return _back(product_id)


def _add(product_id: uuid.UUID, form: NewFileForm) -> None:
    who, sent = actor(), form.file.data
    sku = ids.parse("sku", form.sku.data) if form.sku.data else None
    name = sent.filename or ""
    manage_files.add_file(who.business_id, product_id, sent.stream, name=name, actor=who.name, sku_id=sku)


def _page(product_id: uuid.UUID, *, form: NewFileForm | None = None, status: int = 200) -> Response:
    business_id = actor().business_id
    card = products.product_card(business_id, product_id)
    return page(
        "portal/fulfilment/downloads/index.html",
        status=status,
        card=card,
        files=read.files_of(business_id, product_id),
        names={sku.id: sku.name for sku in card.skus},
        form=form or NewFileForm(formdata=None, skus=card.skus),
    )


def _back(product_id: str) -> Response:
    return see_other(url_for("portal.downloads.index", product_id=product_id))
