"""Parcels: the list, one of them, packing, and what becomes of one."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.fulfilment import parcels
from app.read.fulfilment.warehouses import warehouse_choices
from app.read.orders.order_page import order_page
from app.web.portal.access import actor, needs
from app.web.portal.fulfilment.parcels.forms import LabelForm, PackForm
from app.web.portal.list_state import open_list
from app.workflow.fulfilment import manage_parcels

blueprint = Blueprint("parcels", __name__, url_prefix="/parcels")


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    state = open_list("parcels")
    return page("portal/fulfilment/parcels/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new/<order_id>")
@needs("orders.write")
def new(order_id: str) -> Response:
    order = ids.parse("ord", order_id)
    return _new(order, _offering(PackForm(formdata=None), order))


@blueprint.post("/new/<order_id>")
@needs("orders.write")
def pack(order_id: str) -> Response:
    order = ids.parse("ord", order_id)
    form = _offering(PackForm(), order, typed=True)
    if not form.validate():
        return _new(order, form, status=422)
    try:
        made = _pack(order, form)
    except AppError as error:
        form.take_error(error, {})
        return _new(order, form, status=error.http_status)
    flash("Parcel packed.", "good")
    return see_other(_url(made))


@blueprint.get("/<parcel_id>")
@needs("orders.read")
def detail(parcel_id: str) -> Response:
    return _detail(ids.parse("pcl", parcel_id))


@blueprint.post("/<parcel_id>/ship")
@needs("orders.write")
def ship(parcel_id: str) -> Response:
    parcel, form, who = ids.parse("pcl", parcel_id), LabelForm(), actor()
    if not form.validate():
        return _detail(parcel, form, status=422)
    ship_it = manage_parcels.ship_parcel
    return _done(parcel, lambda: ship_it(who.business_id, parcel, label=form.label(), actor=who.name), "Shipped.")


@blueprint.post("/<parcel_id>/label")
@needs("orders.write")
def label(parcel_id: str) -> Response:
    parcel, form = ids.parse("pcl", parcel_id), LabelForm()
    if not form.validate():
        return _detail(parcel, form, status=422)
    return _done(parcel, lambda: manage_parcels.label_parcel(actor().business_id, parcel, form.label()), "Saved.")


@blueprint.post("/<parcel_id>/deliver")
@needs("orders.write")
def deliver(parcel_id: str) -> Response:
    parcel, who = ids.parse("pcl", parcel_id), actor()
    return _done(
        parcel, lambda: manage_parcels.deliver_parcel(who.business_id, parcel, actor=who.name), "Marked as delivered."
    )


@blueprint.post("/<parcel_id>/end/<status>")
@needs("orders.write")
def end(parcel_id: str, status: str) -> Response:
    parcel, who = ids.parse("pcl", parcel_id), actor()
    end_it = manage_parcels.end_parcel
    return _done(parcel, lambda: end_it(who.business_id, parcel, status, reason="", actor=who.name), "Saved.")


def _pack(order_id: uuid.UUID, form: PackForm) -> uuid.UUID:
    who = actor()
    return manage_parcels.pack_parcel(
        who.business_id,
        order_id,
        form.units,
        label=form.label(),
        warehouse_id=form.warehouse_id,
        actor=who.name,
        parcel_id=form.once_id(order_id),
    )


def _done(parcel_id: uuid.UUID, change: Callable[[], None], said: str) -> Response:
    try:
        change()
        flash(said, "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(parcel_id))


def _offering(form: PackForm, order_id: uuid.UUID, *, typed: bool = False) -> PackForm:
    business_id = actor().business_id
    return form.of(parcels.packable(business_id, order_id), warehouse_choices(business_id), typed=typed)


def _new(order_id: uuid.UUID, form: PackForm, *, status: int = 200) -> Response:
    order = order_page(actor().business_id, order_id).order
    return page("portal/fulfilment/parcels/new.html", status=status, order=order, form=form)


def _detail(parcel_id: uuid.UUID, form: LabelForm | None = None, *, status: int = 200) -> Response:
    found = parcels.get_parcel(actor().business_id, parcel_id)
    known = {"carrier": found.row.carrier, "tracking_number": found.row.tracking_number}
    form = form or LabelForm(formdata=None, data=known)
    return page("portal/fulfilment/parcels/detail.html", status=status, found=found, row=found.row, form=form)


def _url(parcel_id: uuid.UUID) -> str:
    return url_for("portal.parcels.detail", parcel_id=ids.show("pcl", parcel_id))
