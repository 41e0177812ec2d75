"""Coupons: templates, issuing, batches with their export, and looking codes up."""

from __future__ import annotations

import uuid
from itertools import chain
from typing import Any

from flask import Blueprint, Response, flash, request, stream_with_context, url_for

from app.core import ids
from app.core.errors import AppError, NotFound
from app.core.i18n.marks import N_
from app.core.ids import new_id
from app.core.web.htmx import page, see_other
from app.lib import csv_text
from app.read.checkout.agreements import choosable_products
from app.read.marketing import coupons as read
from app.web.portal.access import actor, needs
from app.web.portal.address import typed
from app.web.portal.list_files import file_or_back
from app.web.portal.list_state import open_list
from app.web.portal.marketing.coupons.forms import BatchForm, IssueForm, PlanForm
from app.web.portal.marketing.promotions.forms import KINDS, PromotionForm
from app.workflow.marketing import issue_coupons, make_coupon_batch, manage_coupons

blueprint = Blueprint("coupons", __name__, url_prefix="/coupons")
SAID = {"active": N_("Turned on."), "paused": N_("Paused."), "ended": N_("Ended.")}
COLUMNS = ("code", "template", "status", "expires_at")


@blueprint.get("")
@needs("promotions.read")
def index() -> Response:
    state = open_list("coupon_templates")
    return page("portal/marketing/coupons/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new")
@needs("promotions.write")
def new() -> Response:
    return page("portal/marketing/coupons/new.html", kinds=KINDS)


@blueprint.get("/new/<kind>")
@needs("promotions.write")
def make(kind: str) -> Response:
    return _make(kind, _form(kind, formdata=None), PlanForm(formdata=None))


@blueprint.post("/new/<kind>")
@needs("promotions.write")
def create(kind: str) -> Response:
    who, form, plan = actor(), _form(kind), PlanForm()
    if not form.is_fine() or not plan.is_fine(form.currency.data):
        return _make(kind, form, plan, status=422)
    try:
        template = plan.plan(form.rule(who.membership.time_zone))
        made = manage_coupons.create_template(who.business_id, template, actor=who.name)
    except AppError as error:
        target = plan if error.details.get("param") in plan else form
        target.take_error(error, {error.code: error.details.get("param", "")})
        return _make(kind, form, plan, status=error.http_status)
    flash("Template created. Check the summary, then turn it on.", "good")
    return see_other(_url(ids.show("cpt", made)))


@blueprint.get("/<coupon_template_id>")
@needs("promotions.read")
def detail(coupon_template_id: str) -> Response:
    return _detail(coupon_template_id, IssueForm(formdata=None), BatchForm(formdata=None))


@blueprint.post("/<coupon_template_id>/move")
@needs("promotions.write")
def move(coupon_template_id: str) -> Response:
    to = request.form.get("to", "")
    known_id = ids.parse("cpt", coupon_template_id)
    _try(
        lambda: manage_coupons.transition_template(actor().business_id, known_id, to, actor=actor().name),
        SAID.get(to, ""),
    )
    return see_other(_url(coupon_template_id))


@blueprint.post("/<coupon_template_id>/issue")
@needs("promotions.write")
def issue(coupon_template_id: str) -> Response:
    who, form, known_id = actor(), IssueForm(), ids.parse("cpt", coupon_template_id)
    if not form.validate():
        return _detail(coupon_template_id, form, BatchForm(formdata=None), status=422)
    read.get_template(who.business_id, known_id)
    coupon_id = new_id()
    issued = _try(
        lambda: issue_coupons.issue_coupon(
            who.business_id, known_id, buyer=form.whose(), actor=who.name, coupon_id=coupon_id
        ),
        N_("Coupon issued."),
    )
    if not issued:
        return see_other(_url(coupon_template_id))
    code = read.shown_code(read.get_coupon(who.business_id, coupon_id))
    return see_other(url_for("portal.coupons.codes", code=code))


@blueprint.post("/<coupon_template_id>/batches")
@needs("promotions.write")
def batch(coupon_template_id: str) -> Response:
    form, known_id = BatchForm(), ids.parse("cpt", coupon_template_id)
    read.get_template(actor().business_id, known_id)
    if not form.validate():
        return _detail(coupon_template_id, IssueForm(formdata=None), form, status=422)
    _try(lambda: _make_codes(known_id, form), N_("Codes created."))
    return see_other(_url(coupon_template_id))


def _make_codes(template_id: uuid.UUID, form: BatchForm) -> None:
    make_coupon_batch.make_batch(
        actor().business_id,
        template_id,
        quantity=form.count.data,
        note=form.note.data or "",
        actor=actor().name,
        batch_id=new_id(),
    )


@blueprint.post("/batches/<coupon_batch_id>/finish")
@needs("promotions.write")
def finish(coupon_batch_id: str) -> Response:
    found = read.get_batch(actor().business_id, ids.parse("cpb", coupon_batch_id))
    _try(lambda: make_coupon_batch.finish_batch(actor().business_id, found.id), N_("Remaining codes created."))
    return see_other(_url(ids.show("cpt", found.template_id)))


@blueprint.post("/batches/<coupon_batch_id>/export")
@needs("promotions.write")
def export(coupon_batch_id: str) -> Response:
    business_id = actor().business_id
    found = read.get_batch(business_id, ids.parse("cpb", coupon_batch_id))
    if not actor().may("buyers.read"):
        flash(N_("Your role cannot see coupon codes."), "bad")
        return see_other(_url(ids.show("cpt", found.template_id)))
    return file_or_back(lambda: _codes_file(found.id), back=_url(ids.show("cpt", found.template_id)))


def _codes_file(batch_id: uuid.UUID) -> Response:
    rows = chain((COLUMNS,), read.codes_of(actor().business_id, batch_id))
    response = Response(stream_with_context(csv_text.written(rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="coupons-{ids.show("cpb", batch_id)}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/codes")
@needs("promotions.read")
def codes() -> Response:
    state = open_list("coupons")
    return page("portal/marketing/coupons/codes.html", {state.target: "list"}, state=state)


@blueprint.post("/codes/<coupon_id>/revoke")
@needs("promotions.write")
def revoke(coupon_id: str) -> Response:
    found = read.get_coupon(actor().business_id, ids.parse("cpn", coupon_id))
    _try(
        lambda: manage_coupons.revoke_coupon(
            actor().business_id, found.id, reason="revoked in the portal", actor=actor().name
        ),
        N_("Coupon revoked. It can no longer be used."),
    )
    return see_other(url_for("portal.coupons.codes", code=read.shown_code(found)))


def _form(kind: str, **options: Any) -> PromotionForm:
    if kind not in KINDS:
        raise NotFound("not_found", "Unknown coupon type.")
    form = KINDS[kind][0](products=choosable_products(actor().business_id), **options)
    form.exclusive.label.text = "Not combinable with other coupons"
    return form


def _make(kind: str, form: PromotionForm, plan: PlanForm, *, status: int = 200) -> Response:
    _, title, lead = KINDS[kind]
    return page(
        "portal/marketing/coupons/make.html", status=status, kind=kind, title=title, lead=lead, form=form, plan=plan
    )


def _detail(template_id: str, issue_form: IssueForm, batch_form: BatchForm, *, status: int = 200) -> Response:
    business_id, known_id, cursor = actor().business_id, ids.parse("cpt", template_id), typed("cursor")
    return page(
        "portal/marketing/coupons/detail.html",
        status=status,
        card=read.get_template(business_id, known_id),
        usage=read.usage_of(business_id, known_id),
        batches=read.page_of_batches(business_id, known_id, cursor=cursor),
        cursor=cursor,
        issue_form=issue_form,
        batch_form=batch_form,
        kinds=KINDS,
    )


def _try(work: Any, success: str) -> bool:
    """Do it and say so, or say why not; what is not there is a page of its own."""
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
        return False
    flash(success or "Done.", "good")
    return True


def _url(template_id: str) -> str:
    return url_for("portal.coupons.detail", coupon_template_id=template_id)
