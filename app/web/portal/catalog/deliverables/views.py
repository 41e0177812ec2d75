"""What one unit of a SKU hands over."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.web.htmx import page, see_other
from app.read.catalog import stock as read
from app.read.catalog.sku_rows import StockedSku
from app.web.portal.access import actor, needs
from app.web.portal.catalog.deliverables.forms import FORMS, DeliverableForm
from app.workflow.catalog.set_deliverable import set_deliverable

blueprint = Blueprint("deliverables", __name__, url_prefix="/deliverables")


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
        set_deliverable(actor().business_id, sku, form.command())
    except AppError as error:
        form.take_error(error, {})
        return _detail(sku, form=form, status=error.http_status)
    flash("Saved. Existing orders are unchanged.", "good")
    return see_other(url_for("portal.products.sku", product_id=ids.show("prd", row.product_id), sku_id=sku_id))


def _detail(sku_id: uuid.UUID, *, form: DeliverableForm | None = None, status: int = 200) -> Response:
    row, fresh = _form(sku_id)
    return page("portal/catalog/deliverables/detail.html", status=status, sku=row, form=form or fresh)


def _form(sku_id: uuid.UUID, *, sent: bool = False) -> tuple[StockedSku, DeliverableForm]:
    """The SKU and the form of its kind. Raises NotFound, also for a kind that has nothing to say."""
    row = read.stock_of(actor().business_id, sku_id)
    if row.delivery_kind not in FORMS:
        raise NotFound("not_found", "Deliverables of this kind have no settings.")
    kind = FORMS[row.delivery_kind]
    return row, kind() if sent else kind.of(row)
