"""Plans: what a product is sold for again and again, and the link by which buyers sign."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, settings
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.signing.states import PlanStatus
from app.lib import qr
from app.read.marketing.promotions import sellable
from app.read.subscriptions import plan_pages as read
from app.read.subscriptions.retry_schedules import schedule_of_plan
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab, typed
from app.web.portal.subscriptions.plans.forms import PlanForm
from app.workflow.subscriptions import manage_plans

blueprint = Blueprint("plans", __name__, url_prefix="/plans")
TITLES = {PlanStatus.ACTIVE: N_("Offered"), PlanStatus.ARCHIVED: N_("Archived")}
FIELDS = {"code_taken": "code", "not_found": "sku"}


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    asked = request.args.get("status", "")
    status = asked if asked in TITLES else PlanStatus.ACTIVE
    tabs = [
        Tab(title, url_for("portal.plans.index", status=key), key == status) for key, title in TITLES.items()
    ]  # fmt: skip
    found = read.page_of_plans(actor().business_id, status=status, cursor=typed("cursor"))
    return page("portal/subscriptions/plans/index.html", {"plan-list": "list"}, tabs=tabs, chosen=status, found=found)


@blueprint.get("/new")
@needs("products.write")
def new() -> Response:
    form = PlanForm(formdata=None).offer(sellable(actor().business_id))
    form.sku.data = request.args.get("sku_id", "")
    return _new(form)


@blueprint.post("/new")
@needs("products.write")
def create() -> Response:
    who = actor()
    form = PlanForm().offer(sellable(who.business_id))
    if not form.is_fine():
        return _new(form, status=422)
    plan_id, sku_id = form.once_id(who.business_id), ids.parse("sku", form.sku.data)
    try:
        manage_plans.create_plan(who.business_id, sku_id, form.terms(), actor=who.name, plan_id=plan_id)
    except AppError as error:
        form.take_error(error, {error.code: str(error.details.get("param", "")), **FIELDS})
        return _new(form, status=error.http_status)
    flash(N_("Plan created. Send buyers its link."), "good")
    return see_other(url_for("portal.plans.detail", plan_id=ids.show("plan", plan_id)))


@blueprint.get("/<plan_id>")
@needs("products.read")
def detail(plan_id: str) -> Response:
    found = read.plan_page(actor().business_id, ids.parse("plan", plan_id))
    link = f"{settings.current().public_url}{url_for('signing.show', plan_id=plan_id)}"
    return page(
        "portal/subscriptions/plans/detail.html",
        found=found,
        row=found.row,
        link=link,
        code=qr.draw(link),
        schedule=schedule_of_plan(actor().business_id, found.row.id),
    )


@blueprint.post("/<plan_id>/archive")
@needs("products.write")
def archive(plan_id: str) -> Response:
    manage_plans.archive_plan(actor().business_id, ids.parse("plan", plan_id), actor=actor().name)
    flash(N_("Archived. Nobody can sign it; contracts of it go on."), "good")
    return see_other(url_for("portal.plans.detail", plan_id=plan_id))


@blueprint.post("/<plan_id>/offer")
@needs("products.write")
def offer(plan_id: str) -> Response:
    manage_plans.offer_plan(actor().business_id, ids.parse("plan", plan_id), actor=actor().name)
    flash(N_("Offered again."), "good")
    return see_other(url_for("portal.plans.detail", plan_id=plan_id))


def _new(form: PlanForm, *, status: int = 200) -> Response:
    return page("portal/subscriptions/plans/new.html", status=status, form=form)
