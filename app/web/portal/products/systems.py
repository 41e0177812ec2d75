"""The merchant's own systems: the one that delivers a product, and the one that keeps a SKU's pieces.

Their secrets are shown on the page that answers the write, once: an address that showed one could be asked for again.
"""

from __future__ import annotations

from flask import Response, flash

from app.core import ids
from app.core.errors import AppError
from app.core.htmx import page, see_other
from app.web.portal.access import actor, needs
from app.web.portal.products.forms import SystemForm
from app.web.portal.products.views import blueprint, show_product, show_sku, sku_of, url_of
from app.workflow import manage_delivery, manage_participant


@blueprint.post("/<product_id>/delivery")
@needs("products.write")
def save_callback(product_id: str) -> Response:
    business_id, product, form = actor().business_id, ids.parse("prd", product_id), SystemForm()
    if not form.validate():
        return show_product(product, system_form=form, status=422)
    try:
        secret = manage_delivery.set_callback(business_id, product, form.url.data.strip())
    except AppError as error:
        form.take_error(error, {"invalid_url": "url"})
        return show_product(product, system_form=form, status=error.http_status)
    return _saved(url_of(product), secret)


@blueprint.post("/<product_id>/delivery/secret")
@needs("products.write")
def roll_callback_secret(product_id: str) -> Response:
    product = ids.parse("prd", product_id)
    return _saved(url_of(product), manage_delivery.roll_callback_secret(actor().business_id, product))


@blueprint.post("/<product_id>/skus/<sku_id>/system")
@needs("products.write")
def save_participant(product_id: str, sku_id: str) -> Response:
    (card, row), form = sku_of(product_id, sku_id), SystemForm()
    if not form.validate():
        return show_sku(card, row, system_form=form, status=422)
    try:
        secret = manage_participant.set_participant(actor().business_id, row.id, form.url.data.strip())
    except AppError as error:
        form.take_error(error, {"invalid_url": "url"})
        return show_sku(card, row, system_form=form, status=error.http_status)
    return _saved(url_of(card.row.id), secret)


@blueprint.post("/<product_id>/skus/<sku_id>/system/secret")
@needs("products.write")
def roll_participant_secret(product_id: str, sku_id: str) -> Response:
    card, row = sku_of(product_id, sku_id)
    return _saved(url_of(card.row.id), manage_participant.roll_participant_secret(actor().business_id, row.id))


@blueprint.post("/<product_id>/skus/<sku_id>/system/remove")
@needs("products.write")
def remove_participant(product_id: str, sku_id: str) -> Response:
    card, row = sku_of(product_id, sku_id)
    try:
        manage_participant.remove_participant(actor().business_id, row.id)
        flash("Its pieces are kept here again.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(url_of(card.row.id))


def _saved(back_url: str, secret: str | None) -> Response:
    if secret is None:
        flash("Saved.", "good")
        return see_other(back_url)
    return page("portal/products/secret.html", product_url=back_url, secret=secret, status=201)
