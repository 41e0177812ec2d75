"""What a SKU costs: now, later, and what it cost before."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, flash, request, url_for

from app.core import clock, ids
from app.core.errors import AppError
from app.core.paging import cursor_of, key_of
from app.core.web.htmx import page, see_other
from app.read.catalog import prices as read
from app.read.catalog import products
from app.web.portal.access import actor, needs
from app.web.portal.catalog.prices.forms import PriceForm
from app.workflow.catalog import manage_prices

blueprint = Blueprint("prices", __name__, url_prefix="/products/<product_id>/skus/<sku_id>/prices")
PAGE = 50


@blueprint.get("")
@needs("products.read")
def index(product_id: str, sku_id: str) -> Response:
    return _page(product_id, sku_id)


@blueprint.post("")
@needs("products.write")
def create(product_id: str, sku_id: str) -> Response:
    form, who = PriceForm(), actor()
    if not form.is_fine():
        return _page(product_id, sku_id, form=form, status=422)
    sku = products.sku_of(who.business_id, ids.parse("prd", product_id), ids.parse("sku", sku_id))
    try:
        manage_prices.set_price(who.business_id, sku.id, form.command(who.membership.time_zone), actor=who.name)
    except AppError as error:
        form.take_error(error, {"invalid_window": "ends_at"})
        return _page(product_id, sku_id, form=form, status=error.http_status)
    flash("Price set. Existing orders keep their price.", "good")
    return _back(product_id, sku_id)


@blueprint.post("/<price_id>/end")
@needs("products.write")
def end(product_id: str, sku_id: str, price_id: str) -> Response:
    manage_prices.end_price(actor().business_id, ids.parse("prc", price_id))
    flash("Price ended.", "good")
    return _back(product_id, sku_id)


def _page(product_id: str, sku_id: str, *, form: PriceForm | None = None, status: int = 200) -> Response:
    business_id, cursor = actor().business_id, request.args.get("cursor")
    card = products.product_card(business_id, ids.parse("prd", product_id))
    sku = read.priced_sku(business_id, card.row.id, ids.parse("sku", sku_id))
    found = read.list_prices(business_id, sku.id, after=key_of(cursor), limit=PAGE)
    shown = found[:PAGE]
    more = cursor_of(shown[-1].created_at, shown[-1].id) if len(found) > PAGE else None
    address = partial(url_for, "portal.prices.index", product_id=product_id, sku_id=sku_id)
    return page(
        "portal/catalog/prices/index.html",
        status=status,
        card=card,
        sku=sku,
        current=read.current_prices(sku),
        prices=shown,
        now=clock.now(),
        next_url=address(cursor=more) if more else "",
        first_url=address() if cursor else "",
        form=form or PriceForm(formdata=None, currency=sku.currency),
    )


def _back(product_id: str, sku_id: str) -> Response:
    return see_other(url_for("portal.prices.index", product_id=product_id, sku_id=sku_id))
