"""Promotions: made, switched on and off, and tried on a cart."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.catalog.categories import branches
from app.read.checkout.agreements import choosable_products
from app.read.marketing import promotions as read
from app.read.marketing.cart_tester import try_cart
from app.read.payments.channels import payable_channels
from app.web.portal.access import actor, needs
from app.web.portal.address import typed
from app.web.portal.marketing.promotions.forms import KINDS, PromotionForm
from app.web.portal.marketing.promotions.state import TesterState
from app.workflow.marketing import manage_promotions

blueprint = Blueprint("promotions", __name__, url_prefix="/promotions")
STATUSES = {"": N_("All"), "active": N_("Active"), "draft": N_("Draft"), "paused": N_("Paused"), "ended": N_("Ended")}
SAID = {"active": N_("Turned on."), "paused": N_("Paused."), "ended": N_("Ended.")}


@blueprint.get("")
@needs("promotions.read")
def index() -> Response:
    chosen = request.args.get("status", "")
    chosen = chosen if chosen in STATUSES else ""
    tabs = [{"title": title, "url": _list_url(key), "current": key == chosen} for key, title in STATUSES.items()]
    cursor = typed("cursor")
    cards = read.page_of_promotions(actor().business_id, status=chosen, cursor=cursor)
    return page(
        "portal/marketing/promotions/index.html",
        {"promotion-list": "list"},
        cards=cards,
        tabs=tabs,
        chosen=chosen,
        cursor=cursor,
    )


@blueprint.get("/new")
@needs("promotions.write")
def new() -> Response:
    return page("portal/marketing/promotions/new.html", kinds=KINDS)


@blueprint.get("/new/<kind>")
@needs("promotions.write")
def make(kind: str) -> Response:
    return _make(kind, _form(kind, formdata=None))


@blueprint.post("/new/<kind>")
@needs("promotions.write")
def create(kind: str) -> Response:
    who, form = actor(), _form(kind)
    if not form.is_fine():
        return _make(kind, form, status=422)
    try:
        made = manage_promotions.create_promotion(who.business_id, form.rule(who.membership.time_zone), actor=who.name)
    except AppError as error:
        form.take_error(error, {error.code: error.details.get("param", "")})
        return _make(kind, form, status=error.http_status)
    flash("Promotion created. Test it with a cart, then turn it on.", "good")
    return see_other(_url(ids.show("prm", made)))


@blueprint.get("/tester")
@needs("promotions.read")
def tester() -> Response:
    state, tried, problem = TesterState.from_request(), None, ""
    if state.items:
        try:
            tried = try_cart(actor().business_id, state.items, state.trial)
        except AppError as error:
            problem = error.message
    business_id = actor().business_id
    lists = {"skus": read.sellable(business_id), "channels": payable_channels(business_id)}
    parts = {"state": state, "tried": tried, "problem": problem, "unit_minor_now": read.unit_minor_now, **lists}
    return page(
        "portal/marketing/promotions/tester.html", {"tested": "tested"}, status=422 if problem else 200, **parts
    )


@blueprint.get("/<promotion_id>")
@needs("promotions.read")
def detail(promotion_id: str) -> Response:
    card, usage = read.promotion_page(actor().business_id, ids.parse("prm", promotion_id))
    return page("portal/marketing/promotions/detail.html", card=card, usage=usage, kinds=KINDS)


@blueprint.post("/<promotion_id>/move")
@needs("promotions.write")
def move(promotion_id: str) -> Response:
    promotion, to = ids.parse("prm", promotion_id), request.form.get("to", "")
    try:
        manage_promotions.transition_promotion(actor().business_id, promotion, to, actor=actor().name)
        flash(SAID.get(to, "Done."), "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(promotion_id))


def _form(kind: str, **options: Any) -> PromotionForm:
    if kind not in KINDS:
        raise NotFound("not_found", "Unknown promotion type.")
    business_id = actor().business_id
    return KINDS[kind][0](
        products=choosable_products(business_id),
        categories=branches(business_id),
        channels=payable_channels(business_id),
        **options,
    )


def _make(kind: str, form: PromotionForm, *, status: int = 200) -> Response:
    _, title, lead = KINDS[kind]
    return page("portal/marketing/promotions/make.html", status=status, kind=kind, title=title, lead=lead, form=form)


def _url(promotion_id: str) -> str:
    return url_for("portal.promotions.detail", promotion_id=promotion_id)


def _list_url(status: str) -> str:
    return url_for("portal.promotions.index", status=status or None)
