"""Warehouses: the list, adding, archiving and using one again."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.fulfilment import warehouses
from app.web.portal.access import actor, needs
from app.web.portal.fulfilment.warehouses.forms import WarehouseForm
from app.workflow.fulfilment import manage_warehouses

blueprint = Blueprint("warehouses", __name__, url_prefix="/warehouses")
_ON_FIELD = {"warehouse_name_taken": "warehouse_name", "invalid_warehouse": "warehouse_name"}


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    return _index(WarehouseForm(formdata=None))


@blueprint.post("")
@needs("products.write")
def create() -> Response:
    business_id, form = actor().business_id, WarehouseForm()
    if not form.validate():
        return _index(form, status=422)
    try:
        manage_warehouses.create_warehouse(business_id, form.command(), warehouse_id=form.once_id(business_id))
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _index(form, status=error.http_status)
    flash("Warehouse added.", "good")
    return see_other(url_for("portal.warehouses.index"))


@blueprint.post("/<warehouse_id>/archive")
@needs("products.write")
def archive(warehouse_id: str) -> Response:
    manage_warehouses.archive_warehouse(actor().business_id, ids.parse("whs", warehouse_id))
    flash("Archived.", "good")
    return see_other(url_for("portal.warehouses.index"))


@blueprint.post("/<warehouse_id>/restore")
@needs("products.write")
def restore(warehouse_id: str) -> Response:
    manage_warehouses.archive_warehouse(actor().business_id, ids.parse("whs", warehouse_id), archived=False)
    flash("Active again.", "good")
    return see_other(url_for("portal.warehouses.index"))


def _index(form: WarehouseForm, *, status: int = 200) -> Response:
    after = paging.key_of(request.args.get("cursor", ""))
    found = warehouses.list_warehouses(actor().business_id, after=after)
    shown, next_cursor = paging.cut(list(found), warehouses.PAGE)
    return page(
        "portal/fulfilment/warehouses/index.html",
        {"warehouse-list": "list"},
        status=status,
        rows=shown,
        next_cursor=next_cursor,
        form=form,
    )
