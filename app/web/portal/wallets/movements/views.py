"""Movements of money of every kind: the list, and one of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.orders.timeline import movement_timeline
from app.read.wallets import wallets
from app.read.wallets.movement_page import movement_page
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.actors import actor_names
from app.web.portal.list_state import open_list
from app.web.portal.wallets.movements.forms import MovementForm
from app.web.portal.wallets.movements.tasks import Task, movement_id, task_of
from app.workflow.payments.poll_undecided import poll_attempt

blueprint = Blueprint("movements", __name__, url_prefix="/movements")


@blueprint.get("")
@needs("wallets.read")
def index() -> Response:
    state = open_list("movements")
    return page("portal/wallets/movements/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new/<kind>")
@needs("wallets.write")
def new(kind: str) -> Response:
    task = task_of(kind, actor())
    return _form(task, task.form.from_request())


@blueprint.post("/new/<kind>")
@needs("wallets.write")
@reauthenticated
def make(kind: str) -> Response:
    who, task = actor(), task_of(kind, actor())
    form = task.form()
    if form.wants_change or not form.is_fine():
        return _form(task, form, status=200 if form.wants_change else 422)
    if not form.is_sure:
        return _form(task, form, payer=task.payer(who, form), look=True)
    try:
        made = task.act(who, form, movement_id(who, form))
    except ApprovalNeeded as held_back:
        flash("Approval requested. See Approvals.", "good")
        return see_other(url_for("portal.approvals.detail", approval_id=held_back.details["approval_id"]))
    except AppError as error:
        form.take_error(error, _FIELDS)
        return _form(task, form, status=error.http_status)
    return see_other(url_for("portal.movements.detail", movement_id=ids.show("txn", made)))


@blueprint.get("/<movement_id>")
@needs("wallets.read")
def detail(movement_id: str) -> Response:
    who = actor()
    found = movement_page(who.business_id, ids.parse("txn", movement_id))
    moments = movement_timeline(found)
    names = actor_names(who.business_id, moments)
    return page(
        "portal/wallets/movements/detail.html",
        found=found,
        row=found.movement.row,
        moments=moments,
        names=names,
        ledger=found.ledger,
    )


@blueprint.post("/<movement_id>/poll")
@needs("wallets.write")
def poll(movement_id: str) -> Response:
    who = actor()
    waiting = movement_page(who.business_id, ids.parse("txn", movement_id)).undecided
    for attempt in waiting:
        poll_attempt(who.business_id, attempt.row.id, force=True)
    flash("Status updated from the channel." if waiting else "Nothing is pending any more.", "good")
    return see_other(url_for("portal.movements.detail", movement_id=movement_id))


# whose refusal is shown where
_FIELDS = {"insufficient_funds": "amount", "invalid_amount": "amount", "same_wallet": "counter"}


def _form(task: Task, form: MovementForm, *, status: int = 200, **more: Any) -> Response:
    owed = wallets.owed(actor().business_id) if task.kind == "payout" else ()
    context = {"look": False, "payer": None, **more}
    return page("portal/wallets/movements/new.html", status=status, task=task, form=form, owed=owed, **context)
