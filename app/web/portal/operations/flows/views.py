"""Flows: how everything moves through its states, what stands still, and moving it by hand."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.ids import show
from app.core.web.htmx import page, see_other
from app.read.operations import flows as read
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab, typed
from app.web.portal.operations.flows.diagram import MACHINES, draw
from app.web.portal.operations.flows.forms import TransitionForm
from app.workflow.orders import transition_manually

blueprint = Blueprint("flows", __name__, url_prefix="/flows")
TITLES = {
    "order": N_("Orders"),
    "attempt": N_("Payment attempts"),
    "delivery": N_("Deliveries"),
    "checkout_session": N_("Checkouts"),
    "bank_transfer": N_("Bank transfers"),
}


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    who, machine = actor(), request.args.get("machine", "order")
    machine, cursor = machine if machine in MACHINES else "order", typed("cursor")
    found = read.counts(who.business_id, machine)
    shown = {state: f"{number:,}" + "+" * (number == read.MAX_COUNT) for state, number in found.items()}
    return page(
        "portal/operations/flows/index.html",
        {"flow-diagram": "diagram"},
        tabs=[Tab(TITLES[name], url_for(".index", machine=name), name == machine) for name in MACHINES],
        title=TITLES[machine],
        flows=[draw(machine, counts=shown, upright=upright) for upright in (False, True)],
        counts=found,
        machine=machine,
        cursor=cursor,
        stuck=read.page_of_stuck(who.business_id, cursor=cursor),
    )


@blueprint.get("/transition/<target_id>")
@needs("orders.read")
def transition(target_id: str) -> Response:
    return _detail(target_id, TransitionForm(formdata=None))


@blueprint.post("/transition/<target_id>")
@needs("orders.write")
def request_transition(target_id: str) -> Response:
    who, form = actor(), TransitionForm()
    form.of(transition_manually.get_target(who.business_id, target_id))
    if not form.validate():
        return _detail(target_id, form, status=422)
    about = {"reason": form.reason.data, "actor": who.name}
    try:
        requested = transition_manually.request_transition(who.business_id, target_id, form.to.data, **about)
    except AppError as error:
        form.take_error(error)
        return _detail(target_id, form, status=error.http_status)
    flash("Approval requested. See Approvals.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=requested.details["approval_id"]))


def _detail(target_id: str, form: TransitionForm, *, status: int = 200) -> Response:
    found = transition_manually.get_target(actor().business_id, target_id)
    back = (
        url_for("portal.orders.detail", order_id=show("ord", found.order_id)) if found.order_id else url_for(".index")
    )
    return page(
        "portal/operations/flows/transition.html",
        status=status,
        found=found,
        form=form.of(found),
        shown=target_id,
        back=back,
        flows=[draw(found.what, current=found.status, upright=upright) for upright in (False, True)],
    )
