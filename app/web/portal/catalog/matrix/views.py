"""Options of a product, and the SKUs they make, edited together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.catalog import products as read
from app.web.checkout.locale import translate
from app.web.portal.access import actor, needs
from app.web.portal.catalog.matrix.forms import ROWS, FillForm, cells_of, changes_of, fill_of, options_of
from app.web.portal.currencies import main_currency
from app.workflow.catalog import manage_options
from app.workflow.catalog.manage_options import CellChange

blueprint = Blueprint("matrix", __name__, url_prefix="/products/<product_id>/matrix")


@blueprint.get("")
@needs("products.read")
def detail(product_id: str) -> Response:
    return _page(product_id)


@blueprint.post("/options")
@needs("products.write")
def save_options(product_id: str) -> Response:
    try:
        business_id, product = actor().business_id, ids.parse("prd", product_id)
        retired = manage_options.set_options(business_id, product, options_of(request.form))
    except AppError as error:
        return _refused(product_id, error, typed_options=request.form)
    removed = Translatable(
        "Options saved. %(count)s SKU no longer matches and can no longer be bought.",
        many="Options saved. %(count)s SKUs no longer match and can no longer be bought.",
        count=retired,
    )
    flash(translate(removed if retired else N_("Options saved.")), "good")
    return _back(product_id)


@blueprint.post("/fill")
@needs("products.write")
def fill(product_id: str) -> Response:
    card, form = _card(product_id), FillForm()
    currency = card.currency or main_currency()
    form.price.in_currency(currency)
    if not form.validate():
        return _page(product_id, fill_form=form, status=422)
    days = card.skus[0].delivery_days if card.skus else 30
    try:
        made = manage_options.fill_matrix(actor().business_id, card.row.id, form.command(currency, days))
    except AppError as error:
        form.take_error(error)
        return _page(product_id, fill_form=form, status=error.http_status)
    done = Translatable("%(count)s SKU created.", many="%(count)s SKUs created.", count=made)
    flash(translate(done if made else N_("All combinations have a SKU.")), "good")
    return _back(product_id)


@blueprint.post("")
@needs("products.write")
def save(product_id: str) -> Response:
    card = _card(product_id)
    return _changed(product_id, lambda: changes_of(cells_of(card.skus, request.form)), typed=request.form)


@blueprint.post("/set")
@needs("products.write")
def set_many(product_id: str) -> Response:
    card = _card(product_id)
    return _changed(product_id, lambda: fill_of(card.row.options, card.skus, request.form))


def _changed(product_id: str, changes: Callable[[], Mapping[uuid.UUID, CellChange]], **typed: Any) -> Response:
    who = actor()
    try:
        manage_options.change_matrix(who.business_id, ids.parse("prd", product_id), changes(), actor=who.name)
    except AppError as error:
        return _refused(product_id, error, **typed)
    flash("Saved.", "good")
    return _back(product_id)


def _refused(product_id: str, error: AppError, **typed: Any) -> Response:
    if error.http_status == 404:
        raise error
    return _page(product_id, problem=error, status=error.http_status, **typed)


def _page(product_id: str, *, status: int = 200, **shown: Any) -> Response:
    card = _card(product_id)
    typed, names = shown.get("typed_options"), {}
    for number in range(1, ROWS + 1):
        has = card.row.options[number - 1] if number <= len(card.row.options) else {"name": "", "values": []}
        kept = {f"name_{number}": has["name"], f"values_{number}": ", ".join(has["values"])}
        names[number] = [(typed or kept).get(name, "") for name in kept]
    wrong = getattr(shown.get("problem"), "details", {}).get("sku_id")
    return page(
        "portal/catalog/matrix/detail.html",
        status=status,
        card=card,
        currency=card.currency or main_currency(),
        rows=names,
        cells=cells_of(card.in_matrix, shown.get("typed")),
        missing=card.missing,
        fill_form=shown.get("fill_form") or FillForm(formdata=None),
        problem=shown.get("problem"),
        wrong=wrong,
    )


def _card(product_id: str) -> read.ProductCard:
    return read.product_card(actor().business_id, ids.parse("prd", product_id))


def _back(product_id: str) -> Response:
    return see_other(url_for("portal.matrix.detail", product_id=product_id))
