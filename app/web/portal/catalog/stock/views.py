"""Stock: every SKU with what is free of it, and one SKU with its history."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.catalog import stock as read
from app.web.portal.access import actor, needs
from app.web.portal.actors import names_of
from app.web.portal.catalog.stock.forms import AdjustForm, RulesForm
from app.workflow.catalog import manage_stock

blueprint = Blueprint("stock", __name__, url_prefix="/stock")
SHOWN = 50


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    text, low = request.args.get("q", "").strip()[:64], request.args.get("low") == "1"
    cursor = request.args.get("cursor", "")[:64]
    found = read.list_stock(actor().business_id, text=text, low_only=low, cursor=cursor)
    return page(
        "portal/catalog/stock/index.html",
        {"stock-list": "list"},
        skus=found,
        tabs=_tabs(text, low=low),
        text=text,
        low=low,
        next_url=_list_url(text, low=low, cursor=found.next_cursor) if found.next_cursor else "",
        first_url=_list_url(text, low=low) if cursor else "",
    )


def _tabs(text: str, *, low: bool) -> list[dict[str, Any]]:
    return [
        {"title": title, "url": _list_url(text, low=is_low), "current": is_low == low}
        for title, is_low in (("All", False), ("Low stock", True))
    ]


@blueprint.get("/<sku_id>")
@needs("products.read")
def detail(sku_id: str) -> Response:
    return _detail(ids.parse("sku", sku_id))


@blueprint.post("/<sku_id>/adjust")
@needs("products.write")
def adjust(sku_id: str) -> Response:
    who, sku, form = actor(), ids.parse("sku", sku_id), AdjustForm()
    if not form.validate():
        return _detail(sku, adjust_form=form, status=422)
    once = ids.derive(sku, form.once.data or "")
    try:
        manage_stock.adjust_stock(who.business_id, sku, actor=who.name, change_id=once, **form.command())
    except AppError as error:
        form.take_error(error, {"invalid_stock": "quantity", "stock_reserved": "quantity"})
        return _detail(sku, adjust_form=form, status=error.http_status)
    flash("Stock changed.", "good")
    return see_other(_url(sku))


@blueprint.post("/<sku_id>/rules")
@needs("products.write")
def save_rules(sku_id: str) -> Response:
    sku, form = ids.parse("sku", sku_id), RulesForm()
    if not form.validate():
        return _detail(sku, rules_form=form, status=422)
    manage_stock.set_stock_rules(actor().business_id, sku, restock=form.restock.data, low_stock=form.low_stock.data)
    flash("Saved.", "good")
    return see_other(_url(sku))


def _detail(sku_id: uuid.UUID, *, status: int = 200, **forms: Any) -> Response:
    business_id = actor().business_id
    sku = read.stock_of(business_id, sku_id)
    cursor = request.args.get("cursor", "")
    found = read.list_changes(business_id, sku_id, after=paging.key_of(cursor), limit=SHOWN)
    changes, next_cursor = paging.cut(found, SHOWN)
    rules = {"restock": sku.restock, "low_stock": sku.low_stock}
    return page(
        "portal/catalog/stock/detail.html",
        {"history": "history"},
        status=status,
        sku=sku,
        changes=changes,
        names=names_of(business_id, [row.actor for row in changes]),
        next_url=_url(sku_id, cursor=next_cursor) if next_cursor else "",
        first_url=_url(sku_id) if cursor else "",
        adjust_form=forms.get("adjust_form") or AdjustForm(formdata=None),
        rules_form=forms.get("rules_form") or RulesForm(formdata=None, data=rules),
    )


def _url(sku_id: uuid.UUID, **more: Any) -> str:
    return url_for("portal.stock.detail", sku_id=ids.show("sku", sku_id), **more)


def _list_url(text: str, *, low: bool, cursor: str = "") -> str:
    return url_for("portal.stock.index", q=text or None, low="1" if low else None, cursor=cursor or None)
