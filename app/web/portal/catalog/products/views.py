"""Products and their SKUs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.catalog import products as read
from app.read.catalog.categories import branches
from app.read.catalog.sellers import get_seller, seller_choices
from app.read.fulfilment.licence_keys import page_of_keys, pool_of
from app.web.checkout.locale import translate
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.address import typed
from app.web.portal.catalog.products.forms import (
    DELIVERED_AS,
    KeysForm,
    ProductForm,
    ScheduleForm,
    SkuForm,
    SystemForm,
)
from app.web.portal.currencies import main_currency
from app.web.portal.days import moment_of
from app.web.portal.list_state import open_list
from app.workflow.catalog import manage_catalog, manage_participant, schedule_products
from app.workflow.fulfilment import manage_delivery

blueprint = Blueprint("products", __name__, url_prefix="/products")


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    state = open_list("products")
    return page("portal/catalog/products/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new")
@needs("products.write")
def new() -> Response:
    return page("portal/catalog/products/new.html", form=ProductForm(formdata=None, sellers=_sellers()))


@blueprint.post("/new")
@needs("products.write")
def create() -> Response:
    form, who = ProductForm(sellers=_sellers()), actor()
    if not form.validate():
        return page("portal/catalog/products/new.html", form=form, status=422)
    try:
        product_id = manage_catalog.create_product(who.business_id, form.command(), actor=who.name)
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return page("portal/catalog/products/new.html", form=form, status=error.http_status)
    flash("Product created. Now add a price.", "good")
    return see_other(_url(product_id))


@blueprint.get("/<product_id>")
@needs("products.read")
def detail(product_id: str) -> Response:
    return _detail(ids.parse("prd", product_id))


@blueprint.post("/<product_id>")
@needs("products.write")
def save(product_id: str) -> Response:
    product = ids.parse("prd", product_id)
    form = ProductForm(sellers=_sellers(read.product_card(actor().business_id, product).row.seller_id))
    if not form.validate():
        return _detail(product, form=form, status=422)
    try:
        manage_catalog.change_product(actor().business_id, product, form.command())
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return _detail(product, form=form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(product))


@blueprint.post("/<product_id>/preview")
@needs("products.read")
def preview(product_id: str) -> Response:
    card = read.product_card(actor().business_id, ids.parse("prd", product_id))
    form = ProductForm(sellers=_sellers(card.row.seller_id))
    return page("portal/catalog/products/preview.html", {"panel-preview": "preview"}, card=card, form=form)


@blueprint.post("/<product_id>/schedule")
@needs("products.write")
def schedule(product_id: str) -> Response:
    product, form, zone = ids.parse("prd", product_id), ScheduleForm(), actor().membership.time_zone
    if not form.validate():
        return _detail(product, schedule_form=form, status=422)
    times = {name: moment_of(form[name].data, zone) for name in ("starts_at", "ends_at")}
    try:
        schedule_products.schedule_product(actor().business_id, product, **times, actor=actor().name)
    except AppError as error:
        form.take_error(error, {"invalid_window": "ends_at"})
        return _detail(product, schedule_form=form, status=error.http_status)
    flash("Scheduled.", "good")
    return see_other(_url(product))


@blueprint.post("/<product_id>/unschedule")
@needs("products.write")
def unschedule(product_id: str) -> Response:
    return _move(product_id, schedule_products.unschedule_product, N_("Cancelled."))


@blueprint.post("/<product_id>/publish")
@needs("products.write")
def publish(product_id: str) -> Response:
    return _move(product_id, manage_catalog.publish_product, N_("On sale now."))


@blueprint.post("/<product_id>/unpublish")
@needs("products.write")
def unpublish(product_id: str) -> Response:
    return _move(product_id, manage_catalog.unpublish_product, N_("Taken off sale. Open orders continue."))


@blueprint.post("/<product_id>/archive")
@needs("products.write")
def archive(product_id: str) -> Response:
    return _move(product_id, manage_catalog.archive_product, N_("Archived."))


@blueprint.post("/<product_id>/skus")
@needs("products.write")
def add_sku(product_id: str) -> Response:
    product, form = ids.parse("prd", product_id), SkuForm()
    if not form.is_fine():
        return _detail(product, sku_form=form, status=422)
    try:
        manage_catalog.add_sku(actor().business_id, product, form.command())
    except AppError as error:
        form.take_error(error, {"code_taken": "code"})
        return _detail(product, sku_form=form, status=error.http_status)
    flash("SKU added.", "good")
    return see_other(_url(product))


@blueprint.get("/<product_id>/skus/<sku_id>")
@needs("products.read")
def sku(product_id: str, sku_id: str) -> Response:
    card, row = _sku(product_id, sku_id)
    return _sku_page(card, row)


@blueprint.post("/<product_id>/skus/<sku_id>")
@needs("products.write")
def save_sku(product_id: str, sku_id: str) -> Response:
    (card, row), form = _sku(product_id, sku_id), SkuForm()
    if not form.is_fine(row.currency):
        return _sku_page(card, row, form=form, status=422)
    try:
        manage_catalog.change_sku(actor().business_id, card.row.id, row.id, form.command(), actor=actor().name)
    except AppError as error:
        form.take_error(error, {"code_taken": "code", "stock_reserved": "stock"})
        return _sku_page(card, row, form=form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url(card.row.id))


@blueprint.get("/<product_id>/skus/<sku_id>/keys")
@needs("products.read")
def keys(product_id: str, sku_id: str) -> Response:
    return _keys(product_id, sku_id)


@blueprint.post("/<product_id>/skus/<sku_id>/keys")
@needs("products.write")
def add_keys(product_id: str, sku_id: str) -> Response:
    form = KeysForm()
    if not form.validate():
        return _keys(product_id, sku_id, form=form, status=422)
    product, sku = ids.parse("prd", product_id), ids.parse("sku", sku_id)
    try:
        made = manage_delivery.add_licence_keys(
            actor().business_id, product, sku, form.keys.data.splitlines(), actor=actor().name
        )
    except AppError as error:
        form.take_error(error, {"invalid_keys": "keys"})
        return _keys(product_id, sku_id, form=form, status=error.http_status)
    messages = [Translatable("Keys added: %(added)s.", added=f"{made.added:,}")]
    messages += [Translatable("Already in the pool: %(known)s.", known=f"{made.known:,}")] if made.known else []
    flash(" ".join(map(translate, messages)), "good")
    return see_other(url_for("portal.products.keys", product_id=product_id, sku_id=sku_id))


@blueprint.post("/<product_id>/skus/<sku_id>/keys/<key_id>/revoke")
@needs("products.write")
def revoke_key(product_id: str, sku_id: str, key_id: str) -> Response:
    who = actor()
    try:
        manage_delivery.revoke_licence_key(who.business_id, ids.parse("lky", key_id), actor=who.name)
        flash("Key removed from the pool.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(url_for("portal.products.keys", product_id=product_id, sku_id=sku_id))


def _keys(product_id: str, sku_id: str, *, form: KeysForm | None = None, status: int = 200) -> Response:
    card, row = _sku(product_id, sku_id)
    pool, cursor = pool_of(actor().business_id, row.id), typed("cursor")
    return page(
        "portal/catalog/products/keys.html",
        status=status,
        form=form or KeysForm(formdata=None),
        card=card,
        sku=row,
        pool=pool,
        cursor=cursor,
        keys=page_of_keys(actor().business_id, row.id, cursor=cursor),
    )


def _move(product_id: str, move: Callable[..., None], message: str) -> Response:
    who, product = actor(), ids.parse("prd", product_id)
    try:
        move(who.business_id, product, actor=who.name)
        flash(message, "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(product))


@blueprint.post("/<product_id>/delivery")
@needs("products.write")
def save_callback(product_id: str) -> Response:
    business_id, product, form = actor().business_id, ids.parse("prd", product_id), SystemForm()
    if not form.validate():
        return _detail(product, system_form=form, status=422)
    try:
        secret = manage_delivery.set_callback(business_id, product, form.url.data.strip())
    except AppError as error:
        form.take_error(error, {"invalid_url": "url"})
        return _detail(product, system_form=form, status=error.http_status)
    return _saved(_url(product), secret)


@blueprint.post("/<product_id>/delivery/secret")
@needs("products.write")
@reauthenticated
def roll_callback_secret(product_id: str) -> Response:
    product = ids.parse("prd", product_id)
    return _saved(_url(product), manage_delivery.roll_callback_secret(actor().business_id, product))


@blueprint.post("/<product_id>/skus/<sku_id>/system")
@needs("products.write")
def save_participant(product_id: str, sku_id: str) -> Response:
    (card, row), form = _sku(product_id, sku_id), SystemForm()
    if not form.validate():
        return _sku_page(card, row, system_form=form, status=422)
    try:
        secret = manage_participant.set_participant(actor().business_id, row.id, form.url.data.strip())
    except AppError as error:
        form.take_error(error, {"invalid_url": "url"})
        return _sku_page(card, row, system_form=form, status=error.http_status)
    return _saved(_url(card.row.id), secret)


@blueprint.post("/<product_id>/skus/<sku_id>/system/secret")
@needs("products.write")
@reauthenticated
def roll_participant_secret(product_id: str, sku_id: str) -> Response:
    card, row = _sku(product_id, sku_id)
    return _saved(_url(card.row.id), manage_participant.roll_participant_secret(actor().business_id, row.id))


@blueprint.post("/<product_id>/skus/<sku_id>/system/remove")
@needs("products.write")
def remove_participant(product_id: str, sku_id: str) -> Response:
    card, row = _sku(product_id, sku_id)
    try:
        manage_participant.remove_participant(actor().business_id, row.id)
        flash("Stock is tracked here again.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(_url(card.row.id))


def _saved(back_url: str, secret: str | None) -> Response:
    # A page, once: an address that showed a secret could be asked for again.
    if secret is None:
        flash("Saved.", "good")
        return see_other(back_url)
    return page("portal/catalog/products/secret.html", product_url=back_url, secret=secret, status=201)


def _detail(product_id: uuid.UUID, *, status: int = 200, **forms: Any) -> Response:
    """The page of one product, with a form that was refused in place of the one it would have."""
    card = read.product_card(actor().business_id, product_id)
    form = forms.get("form") or ProductForm.of(card.row, sellers=_sellers(card.row.seller_id))
    sku_form = forms.get("sku_form") or SkuForm(formdata=None, currency=card.currency or main_currency())
    system = forms.get("system_form") or SystemForm(formdata=None, url=card.row.delivery.get("url", ""))
    return page(
        "portal/catalog/products/detail.html",
        status=status,
        card=card,
        form=form,
        sku_form=sku_form,
        system_form=system,
        schedule_form=forms.get("schedule_form") or ScheduleForm(formdata=None),
        delivered_as=DELIVERED_AS,
        categories=branches(actor().business_id),
    )


def _sku_page(card: read.ProductCard, row: read.SkuRow, *, status: int = 200, **forms: Any) -> Response:
    """The page of one SKU, with a form that was refused in place of the one it would have."""
    form = forms.get("form") or SkuForm.of(row)
    system = forms.get("system_form") or SystemForm(formdata=None, url=row.participant.get("url", ""))
    return page("portal/catalog/products/sku.html", status=status, card=card, sku=row, form=form, system_form=system)


def _sku(product_id: str, sku_id: str) -> tuple[read.ProductCard, read.SkuRow]:
    """The product and its SKU.

    Raises:
        NotFound: the business has no such product, or the product no such SKU.
    """
    business_id, product = actor().business_id, ids.parse("prd", product_id)
    row = read.sku_of(business_id, product, ids.parse("sku", sku_id))
    return read.product_card(business_id, product), row


def _sellers(current: uuid.UUID | None = None) -> list[tuple[str, str]]:
    """Sellers to choose from: those that are active, and the one that the product has."""
    business_id = actor().business_id
    found = list(seller_choices(business_id, archived=False))
    if current is not None and ids.show("sel", current) not in dict(found):
        found.append((ids.show("sel", current), get_seller(business_id, current).name))
    return found


def _url(product_id: uuid.UUID) -> str:
    """Where the product's page is."""
    return url_for("portal.products.detail", product_id=ids.show("prd", product_id))
