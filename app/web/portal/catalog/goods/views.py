"""What one piece of a SKU hands over."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.web.htmx import page, see_other
from app.read.catalog import stock as read
from app.web.portal.access import actor, needs
from app.web.portal.catalog.goods.forms import FORMS, GoodsForm
from app.workflow.catalog import manage_goods

blueprint = Blueprint("goods", __name__, url_prefix="/goods")


@blueprint.get("/<sku_id>")
@needs("products.read")
def detail(sku_id: str) -> Response:
    return _detail(ids.parse("sku", sku_id))


@blueprint.post("/<sku_id>")
@needs("products.write")
def save(sku_id: str) -> Response:
    sku = ids.parse("sku", sku_id)
    row, form = _form(sku, sent=True)
    if not form.is_fine(row.currency):
        return _detail(sku, form=form, status=422)
    try:
        manage_goods.set_goods(actor().business_id, sku, form.wish())
    except AppError as error:
        form.take_error(error, {})
        return _detail(sku, form=form, status=error.http_status)
    flash("Saved. Orders keep what they were placed with.", "good")
    return see_other(url_for("portal.products.sku", product_id=ids.show("prd", row.product_id), sku_id=sku_id))


def _detail(sku_id: uuid.UUID, *, form: GoodsForm | None = None, status: int = 200) -> Response:
    row, fresh = _form(sku_id)
    return page("portal/catalog/goods/detail.html", status=status, sku=row, form=form or fresh)


def _form(sku_id: uuid.UUID, *, sent: bool = False) -> tuple[Any, GoodsForm]:
    """The SKU and the form of its kind. Raises NotFound, also for a kind that has nothing to say."""
    row = read.stock_of(actor().business_id, sku_id)
    if row.delivery_kind not in FORMS:
        raise NotFound("not_found", "Goods of this kind have nothing to set here.")
    kind = FORMS[row.delivery_kind]
    return row, kind() if sent else kind.of(row)
