"""Sellers: the list, one of them, making, changing, archiving and using one again."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.catalog import sellers
from app.web.portal.access import actor, needs
from app.web.portal.catalog.sellers.forms import SellerForm
from app.web.portal.list_state import open_list
from app.workflow.catalog import manage_sellers

blueprint = Blueprint("sellers", __name__, url_prefix="/sellers")


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    state = open_list("sellers")
    return page("portal/catalog/sellers/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new")
@needs("products.write")
def new() -> Response:
    return page("portal/catalog/sellers/new.html", form=SellerForm(formdata=None))


@blueprint.post("/new")
@needs("products.write")
def create() -> Response:
    form, who = SellerForm(), actor()
    if not form.validate():
        return page("portal/catalog/sellers/new.html", form=form, status=422)
    seller_id = form.once_id(who.business_id)
    try:
        manage_sellers.create_seller(who.business_id, form.command(), actor=who.name, seller_id=seller_id)
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return page("portal/catalog/sellers/new.html", form=form, status=error.http_status)
    flash("Seller created. Choose it on the products it sells.", "good")
    return see_other(_url(seller_id))


@blueprint.get("/<seller_id>")
@needs("products.read")
def detail(seller_id: str) -> Response:
    return _detail(ids.parse("sel", seller_id))


@blueprint.post("/<seller_id>")
@needs("products.write")
def save(seller_id: str) -> Response:
    seller, form = ids.parse("sel", seller_id), SellerForm()
    if not form.validate():
        return _detail(seller, form, status=422)
    try:
        manage_sellers.change_seller(actor().business_id, seller, form.command())
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return _detail(seller, form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(seller))


@blueprint.post("/<seller_id>/archive")
@needs("products.write")
def archive(seller_id: str) -> Response:
    seller = ids.parse("sel", seller_id)
    try:
        manage_sellers.archive_seller(actor().business_id, seller, actor=actor().name)
        flash("Archived.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(seller))


@blueprint.post("/<seller_id>/restore")
@needs("products.write")
def restore(seller_id: str) -> Response:
    seller = ids.parse("sel", seller_id)
    manage_sellers.restore_seller(actor().business_id, seller, actor=actor().name)
    flash("Active again.", "good")
    return see_other(_url(seller))


def _detail(seller_id: uuid.UUID, form: SellerForm | None = None, *, status: int = 200) -> Response:
    found = sellers.seller_page(actor().business_id, seller_id)
    form = form or SellerForm.of(found.row)
    return page("portal/catalog/sellers/detail.html", status=status, found=found, row=found.row, form=form)


def _url(seller_id: uuid.UUID) -> str:
    return url_for("portal.sellers.detail", seller_id=ids.show("sel", seller_id))
