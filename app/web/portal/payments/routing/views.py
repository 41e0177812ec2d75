"""Routing: rules, and which channel a payment would go to and why."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.forms import changed_fields
from app.core.web.htmx import page, see_other
from app.read.payments import reasons
from app.read.payments import routing as read
from app.web.portal.access import actor, needs
from app.web.portal.payments.routing.forms import RuleForm, SimulatorForm, rule_form, simulator_form
from app.workflow.payments import manage_channels, manage_routing
from app.workflow.payments.simulate_route import simulate_route

blueprint = Blueprint("routing", __name__, url_prefix="/routing")
_FIELDS = {"invalid_range": "highest", "invalid_hours": "until", "invalid_parameter": "direction"}


@blueprint.get("")
@needs("channels.read")
def index() -> Response:
    return page("portal/payments/routing/index.html", rules=read.list_rules(actor().business_id))


@blueprint.get("/new")
@needs("channels.write")
def new() -> Response:
    return page("portal/payments/routing/new.html", form=_form())


@blueprint.post("/new")
@needs("channels.write")
def create() -> Response:
    form = _form()
    if not form.is_fine():
        return page("portal/payments/routing/new.html", form=form, status=422)
    try:
        manage_routing.add_rule(actor().business_id, form.command())
    except AppError as error:
        form.take_error(error, _FIELDS)
        return page("portal/payments/routing/new.html", form=form, status=error.http_status)
    flash("Rule added.", "good")
    return see_other(url_for("portal.routing.index"))


@blueprint.get("/<rule_id>")
@needs("channels.read")
def detail(rule_id: str) -> Response:
    row = read.rule(actor().business_id, ids.parse("rul", rule_id))
    return page("portal/payments/routing/detail.html", rule=row, form=_form(row))


@blueprint.post("/<rule_id>")
@needs("channels.write")
def save(rule_id: str) -> Response:
    row, form = read.rule(actor().business_id, ids.parse("rul", rule_id)), _form()
    if not form.is_fine():
        return page("portal/payments/routing/detail.html", rule=row, form=form, status=422)
    try:
        manage_routing.change_rule(actor().business_id, row.id, form.command(), seen=form.version.number())
    except AppError as error:
        return _refused(row, form, error)
    flash("Saved.", "good")
    return see_other(url_for("portal.routing.index"))


@blueprint.post("/<rule_id>/remove")
@needs("channels.write")
def remove(rule_id: str) -> Response:
    manage_routing.remove_rule(actor().business_id, ids.parse("rul", rule_id))
    flash("Rule removed.", "good")
    return see_other(url_for("portal.routing.index"))


@blueprint.get("/simulator")
@needs("channels.read")
def simulator() -> Response:
    channels = {channel.name: channel.title for channel in manage_channels.available_channels()}
    form = simulator_form(read.names_of(actor().business_id), read.scenes(), channels)
    is_fine = form.validate()
    found = _simulated(form) if is_fine else ()
    fragments = {"answer": "answer"}
    return page(
        "portal/payments/routing/simulator.html", fragments, form=form, candidates=found, status=200 if is_fine else 422
    )


def _refused(row: read.RuleRow, form: RuleForm, error: AppError) -> Response:
    """The form as it was typed; after somebody else's change, beside the rule as it says now."""
    now = None
    if error.code == "version_conflict":
        form.version.data, now = str(error.details["version"]), _form(row)
    form.take_error(error, _FIELDS)
    changed = changed_fields(now, form) if now else []
    status = error.http_status
    return page("portal/payments/routing/detail.html", rule=row, form=form, changed=changed, status=status)


def _simulated(form: SimulatorForm) -> Any:
    route = simulate_route(
        actor().business_id,
        form.money,
        scene=form.scene.data,
        moment=form.moment(actor().membership.time_zone),
        requested_channel=form.requested_channel.data or None,
        item_ids=form.item_ids,
        seed=ids.named(uuid.NAMESPACE_OID, str(form.draw.data or 1)),
        kind="payout" if form.payee.data else "charge",
        payee=form.payee.data or None,
    )
    return reasons.candidates(route.as_rows())


def _form(row: read.RuleRow | None = None) -> RuleForm:
    return rule_form(read.names_of(actor().business_id), read.scenes(), row)
