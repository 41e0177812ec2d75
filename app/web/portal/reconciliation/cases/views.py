"""Cases: the inbox, one case, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from wtforms import SelectChoice

from app.core import ids
from app.core.errors import AppError, Invalid
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.reconciliation import cases as read
from app.read.reconciliation.cases_list import assignees
from app.web.portal.access import actor, needs, reauthenticated_today
from app.web.portal.actors import names_of
from app.web.portal.list_state import open_list
from app.web.portal.reconciliation.cases import many
from app.web.portal.reconciliation.cases.actions import ACTIONS
from app.web.portal.reconciliation.cases.forms import (
    AssignForm,
    BulkForm,
    CommentForm,
    MendForm,
    ResolveForm,
    SnoozeForm,
)
from app.web.portal.reconciliation.cases.links import links_of
from app.workflow.reconciliation import manage_cases, mend_case
from app.workflow.reconciliation.mends import MENDS

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("")
@needs("cases.read")
def index() -> Response:
    state = open_list("cases")
    actions = list(ACTIONS.values()) if actor().may("cases.write") else []
    return page("portal/reconciliation/cases/index.html", {state.target: "list"}, state=state, actions=actions)


@blueprint.get("/bulk")
@needs("cases.write")
def choose() -> Response:
    return many.look(many.action(), BulkForm(formdata=None))


@blueprint.post("/bulk")
@needs("cases.write")
def change() -> Response:
    what = many.action()
    if what.key == "mend":
        raise Invalid("invalid_action", "Choose an action.")
    return many.make(what)


@blueprint.post("/bulk/mend")
@needs("cases.write")
@reauthenticated_today
def mend_many() -> Response:
    return many.make(ACTIONS["mend"])


@blueprint.get("/<case_id>")
@needs("cases.read")
def detail(case_id: str) -> Response:
    return _detail(case_id)


@blueprint.post("/<case_id>/assign")
@needs("cases.write")
def assign(case_id: str) -> Response:
    who, form, known = actor(), AssignForm(), ids.parse("case", case_id)
    user = ids.try_parse(form.assignee.data or "", "usr")
    return _tried(case_id, lambda: manage_cases.assign(who.business_id, known, user, actor=who.name), N_("Assigned."))


@blueprint.post("/<case_id>/snooze")
@needs("cases.write")
def snooze(case_id: str) -> Response:
    who, form, known = actor(), SnoozeForm(), ids.parse("case", case_id)
    read.get_case(who.business_id, known)
    if not form.validate():
        return _detail(case_id, status=422, snooze=form)
    return _tried(
        case_id, lambda: manage_cases.snooze(who.business_id, known, form.until, actor=who.name), N_("Saved.")
    )


@blueprint.post("/<case_id>/comment")
@needs("cases.write")
def comment(case_id: str) -> Response:
    who, form, known = actor(), CommentForm(), ids.parse("case", case_id)
    if not form.validate():
        return _detail(case_id, status=422, comment=form)
    body = form.body.data
    return _tried(case_id, lambda: manage_cases.comment(who.business_id, known, body, actor=who.name), N_("Saved."))


@blueprint.post("/<case_id>/resolve")
@needs("cases.write")
def resolve(case_id: str) -> Response:
    who, form, known = actor(), ResolveForm(), ids.parse("case", case_id)
    if not form.validate():
        return _detail(case_id, status=422, resolve=form)
    about: dict[str, Any] = {"reason": form.reason.data, "actor": who.name, "seen": _seen()}
    return _tried(case_id, lambda: manage_cases.resolve(who.business_id, known, **about), N_("Resolved."))


@blueprint.post("/<case_id>/mend")
@needs("cases.write")
@reauthenticated_today
def mend(case_id: str) -> Response:
    who, form, known, key = actor(), MendForm(), ids.parse("case", case_id), request.form.get("mend", "")
    if not form.validate() or key not in MENDS:
        return _detail(case_id, status=422, mend=form)
    who.require(MENDS[key].permission)
    once = ids.derive(known, f"{who.name} {key} {form.once.data}")
    about = {"reason": form.mend_reason.data, "actor": who.name, "mend_id": once}
    try:
        flash(mend_case.mend(who.business_id, known, key, **about), "good")
    except ApprovalNeeded as asked:
        return see_other(url_for("portal.approvals.detail", approval_id=asked.details["approval_id"]))
    except AppError as error:
        form.take_error(error)
        return _detail(case_id, status=error.http_status, mend=form)
    return see_other(url_for(".detail", case_id=case_id))


def _seen() -> int | None:
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _tried(case_id: str, work: Callable[[], object], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    else:
        flash(done, "good")
    return see_other(url_for("portal.cases.detail", case_id=case_id))


def _detail(case_id: str, *, status: int = 200, **forms: Any) -> Response:
    who, known = actor(), ids.parse("case", case_id)
    found, offers = read.case_page(who.business_id, known), mend_case.offers(who.business_id, known)
    held = ids.show("usr", found.row.assignee_id) if found.row.assignee_id else ""
    assign_form = AssignForm(formdata=None, data={"assignee": held})
    members = [("", N_("Nobody")), *assignees(who.business_id)]
    assign_form.assignee.choices = [SelectChoice(*each) for each in members]
    actors = [*(each.actor for each in found.activities), *(each.body for each in found.activities), held]
    return page(
        "portal/reconciliation/cases/detail.html",
        status=status,
        found=found,
        row=found.row,
        links=links_of(found.row, who.may),
        held=held,
        offers=[each for each in offers if who.may(each.mend.permission)],
        names=names_of(who.business_id, [*actors, found.row.resolved_by or ""]),
        assign_form=assign_form,
        snooze_form=forms.get("snooze") or SnoozeForm(formdata=None),
        comment_form=forms.get("comment") or CommentForm(formdata=None),
        resolve_form=forms.get("resolve") or ResolveForm(formdata=None),
        mend_form=forms.get("mend") or MendForm(formdata=None),
    )
