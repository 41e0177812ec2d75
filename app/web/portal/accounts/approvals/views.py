"""Approvals: what waits for somebody else, the decision, and from how much on it takes two."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from wtforms import Field

from app.core import ids
from app.core.errors import AppError, Conflict
from app.core.i18n.marks import N_
from app.core.web.forms import changed_fields
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.types import APPROVED_WITH
from app.read.accounts import approvals as read
from app.read.accounts.keys import key_names
from app.read.accounts.second_factors import factors_of
from app.read.risk.decisions import DecisionRow, of_refunds
from app.read.settlement.clearing_list import percent
from app.read.settlement.split_rules import get_rule
from app.web.portal.access import actor, needs, reauthenticated, second_factor_at, when_closed
from app.web.portal.accounts.approvals.forms import DecisionForm, LimitsForm
from app.web.portal.actors import names_of
from app.web.portal.address import Tab
from app.web.portal.orders.forms import REASONS
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.lifecycle import close_business

blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")
TABS = {
    "requested": N_("Waiting"),
    "done": N_("Done"),
    "rejected": N_("Rejected"),
    "failed": N_("Failed"),
    "expired": N_("Expired"),
    "": N_("All"),
}
ENDED = {
    "done": N_("Approved and completed."),
    "approved": N_("Approved. It runs as soon as possible."),
    "failed": N_("Approved, but the action failed. See below."),
}


@blueprint.get("")
@needs("approvals.read")
def index() -> Response:
    status, cursor = request.args.get("status", "requested"), request.args.get("cursor", "")
    status = status if status in TABS else "requested"
    found = read.page_of_approvals(actor().business_id, status, cursor=cursor)
    tabs = [Tab(title, url_for(".index", status=key), key == status) for key, title in TABS.items()]
    names = _names([row.requested_by for row in found.items])
    return page(
        "portal/accounts/approvals/index.html",
        {"approval-list": "list"},
        status_=status,
        cursor=cursor,
        approvals=found,
        tabs=tabs,
        names=names,
        reasons=dict(REASONS),
    )


@blueprint.get("/limits")
@needs("settings.write")
def limits() -> Response:
    return _limits(_limits_form())


@blueprint.post("/limits")
@needs("settings.write")
@reauthenticated
def set_limits() -> Response:
    form = LimitsForm()
    limits = form.limits()
    if limits is None:
        return _limits(form, status=422)
    try:
        approval = set_approval_limits(actor().business_id, limits, **_asked(form))
    except Conflict as error:
        return _conflict(form, error)
    if approval is not None:
        flash("Lower limits take effect now. Higher limits are waiting for approval; see below.", "good")
        return see_other(url_for(".detail", approval_id=approval.details["approval_id"]))
    flash("Saved. Existing requests stay open.", "good")
    return see_other(url_for(".limits"))


@blueprint.get("/<approval_id>")
@needs("approvals.read")
def detail(approval_id: str) -> Response:
    return _detail(approval_id, DecisionForm(formdata=None))


@blueprint.post("/<approval_id>/call-off")
@needs("settings.write")
@when_closed
def call_off(approval_id: str) -> Response:
    who = actor()
    decide_alone.call_off(who.business_id, ids.parse("apr", approval_id), actor=who.name)
    flash("Cancelled. Nothing was changed.", "good")
    return see_other(url_for(".detail", approval_id=approval_id))


@blueprint.post("/<approval_id>/decide-alone")
@needs("approvals.read")
@reauthenticated
def wait(approval_id: str) -> Response:
    who = actor()
    try:
        decide_alone.decide_alone(
            who.business_id, ids.parse("apr", approval_id), actor=who.name, proven_at=second_factor_at()
        )
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    else:
        flash("The delay has begun. You can cancel until it is over.", "good")
    return see_other(url_for(".detail", approval_id=approval_id))


@blueprint.post("/<approval_id>/cancel-closure")
@needs("settings.write")
@when_closed
def cancel_closure(approval_id: str) -> Response:
    who = actor()
    close_business.cancel_closure(who.business_id, ids.parse("apr", approval_id), actor=who.name)
    flash("Cancelled. The business stays open.", "good")
    return see_other(url_for(".detail", approval_id=approval_id))


@blueprint.post("/<approval_id>/decide")
@needs("approvals.read")
@reauthenticated
def decide(approval_id: str) -> Response:
    who, form, parsed_id = actor(), DecisionForm(), ids.parse("apr", approval_id)
    found = read.get_approval(who.business_id, parsed_id)
    who.require(APPROVED_WITH[found.kind])
    if not form.validate():
        return _detail(approval_id, form, status=422)
    try:
        flash(*_decide(parsed_id, form.reason.data))
    except AppError as error:
        form.take_error(error)
        return _detail(approval_id, form, status=error.http_status)
    return see_other(url_for(".detail", approval_id=approval_id))


def _decision(row: read.ApprovalRow) -> DecisionRow | None:
    """What rules said about the refund that is asked for, for who may see that."""
    if row.kind != "refund" or not actor().may("risk.read"):
        return None
    return of_refunds(row.business_id, [row.transaction_id]).get(row.transaction_id)


def _limits(form: LimitsForm, *, status: int = 200, changed: Sequence[Field] = ()) -> Response:
    hours = read.hours_until_wider()
    return page("portal/accounts/approvals/limits.html", form=form, hours=hours, changed=changed, status=status)


def _asked(form: LimitsForm) -> dict[str, Any]:
    """Who asks for the limits of the form, and what they have seen."""
    who = actor()
    return {
        "actor": who.name,
        "has_second_factor": factors_of(who.user.id).any,
        "channels_need_approval": form.channels_need_approval.data,
        "decides_alone": form.decides_alone.data,
        "alone_waits_h": form.alone_waits_h.data,
        "seen": form.seen.data or "",
    }


def _conflict(form: LimitsForm, error: Conflict) -> Response:
    """What was typed, beside what somebody else has set meanwhile."""
    now = _limits_form()
    changed = changed_fields(now, form)
    form.seen.data = now.seen.data
    form.take_error(error)
    return _limits(form, status=error.http_status, changed=changed)


def _limits_form() -> LimitsForm:
    return LimitsForm.of(read.rules_of(actor().business_id))


def _decide(approval_id: uuid.UUID, reason: str) -> tuple[str, str]:
    """What to say about it, and in which tone."""
    who = actor()
    if request.form.get("decision") != "approve":
        decide_approval.reject(who.business_id, approval_id, actor=who.name, reason=reason)
        return N_("Rejected. Nothing was changed."), "good"
    ended = decide_approval.approve(who.business_id, approval_id, actor=who.name, reason=reason)
    return ENDED[ended], "bad" if ended == "failed" else "good"


def _detail(approval_id: str, form: DecisionForm, *, status: int = 200) -> Response:
    who, found = actor(), read.get_approval(actor().business_id, ids.parse("apr", approval_id))
    rule = get_rule(who.business_id, uuid.UUID(found.payload["rule_id"])) if found.kind == "split_rule" else None
    return page(
        "portal/accounts/approvals/detail.html",
        row=found,
        rule=rule,
        decision=_decision(found),
        percent=percent,
        form=form,
        status=status,
        is_own=found.requested_by == who.name or who.user.id in found.requester_principals,
        may_decide=who.may(APPROVED_WITH[found.kind]),
        may_wait=decide_alone.is_offered(who.business_id, found.id, actor=who.name),
        has_second_factor=factors_of(who.user.id).any,
        hours=read.rules_of(who.business_id).alone_waits_h,
        names=_names([found.requested_by, found.decided_by or "", found.decided_alone_by or ""]),
        reasons=dict(REASONS),
    )


def _names(actors: list[str]) -> dict[str, str]:
    return {**names_of(actor().business_id, actors), **key_names(actor().business_id)}
