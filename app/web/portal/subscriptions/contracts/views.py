"""Contracts that renew by themselves: what each buyer signed, its cycles, and what can be done about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.signing.states import ChangeStatus, ContractStatus
from app.read.subscriptions import changes
from app.read.subscriptions import contracts as read
from app.read.subscriptions.retry_schedules import schedule_of_contract
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab, typed
from app.web.portal.subscriptions.contracts.forms import CancelForm, ChangeForm, PauseForm
from app.workflow.subscriptions import change_contract, change_terms

blueprint = Blueprint("contracts", __name__, url_prefix="/contracts")
TITLES = {
    "": N_("All"),
    ContractStatus.ACTIVE: N_("Active"),
    ContractStatus.TRIALING: N_("In trial"),
    ContractStatus.PAST_DUE: N_("Past due"),
    ContractStatus.PAUSED: N_("Paused"),
    ContractStatus.ENDED: N_("Ended"),
}

CHANGED: dict[str, str] = {
    ChangeStatus.APPLIED: N_("Changed."),
    ChangeStatus.SCHEDULED: N_("It will change at the end of the period."),
    ChangeStatus.CHARGING: N_("The payment company has not answered yet. It changes once the charge is paid."),
    ChangeStatus.FAILED: N_("The charge was refused. The contract goes on as it was."),
    ChangeStatus.CANCELLED: N_("The change was taken back."),
}


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    status = request.args.get("status", "")
    status = status if status in TITLES else ""
    tabs = [
        Tab(title, url_for("portal.contracts.index", status=key or None), key == status)
        for key, title in TITLES.items()
    ]
    found = read.page_of_contracts(actor().business_id, status=status, cursor=typed("cursor"))
    return page(
        "portal/subscriptions/contracts/index.html", {"contract-list": "list"}, tabs=tabs, chosen=status, found=found
    )


@blueprint.get("/<contract_id>")
@needs("orders.read")
def detail(contract_id: str) -> Response:
    return _page(ids.parse("con", contract_id))


@blueprint.post("/<contract_id>/pause")
@needs("orders.write")
def pause(contract_id: str) -> Response:
    who, known, form = actor(), ids.parse("con", contract_id), PauseForm()
    if not form.validate():
        return _page(known, form, status=422)
    resumes_at = form.moment(who.membership.time_zone)
    try:
        change_contract.pause_contract(who.business_id, known, resumes_at=resumes_at, actor=who.name)
    except AppError as error:
        form.take_error(error, {"invalid_pause": "resumes_at"})
        return _page(known, form, status=error.http_status)
    return _told(known, N_("Paused. Nothing is charged until it is resumed."))


@blueprint.post("/<contract_id>/resume")
@needs("orders.write")
def resume(contract_id: str) -> Response:
    who, known = actor(), ids.parse("con", contract_id)
    return _tried(
        known, lambda: change_contract.resume_contract(who.business_id, known, actor=who.name), N_("Resumed.")
    )


@blueprint.post("/<contract_id>/cancel")
@needs("orders.write")
def cancel(contract_id: str) -> Response:
    who, known, form = actor(), ids.parse("con", contract_id), CancelForm()
    if not form.validate():
        return _page(known, cancel_form=form, status=422)

    def work() -> None:
        if form.at.data == "now":
            change_contract.cancel_now(who.business_id, known, actor=who.name)
        else:
            change_contract.cancel_at_period_end(who.business_id, known, actor=who.name)

    return _tried(known, work, N_("Cancelled."))


@blueprint.post("/<contract_id>/uncancel")
@needs("orders.write")
def uncancel(contract_id: str) -> Response:
    who, known = actor(), ids.parse("con", contract_id)
    return _tried(known, lambda: change_contract.uncancel(who.business_id, known), N_("It renews again as before."))


@blueprint.get("/<contract_id>/change")
@needs("orders.write")
def change(contract_id: str) -> Response:
    """What may change; once something is chosen, what that would cost."""
    is_chosen = "plan" in request.args
    form = ChangeForm(formdata=request.args if is_chosen else None, meta={"csrf": False})
    return _change_page(ids.parse("con", contract_id), form, is_chosen=is_chosen)


@blueprint.post("/<contract_id>/change/confirm")
@needs("orders.write")
def save_change(contract_id: str) -> Response:
    who, known, form = actor(), ids.parse("con", contract_id), ChangeForm()
    row = read.contract(who.business_id, known).row
    if not form.offer(row, changes.choices(who.business_id, row, is_buyer=False)).validate():
        return _change_page(known, form, is_chosen=False, status=422)
    change_id = ids.derive(known, form.once.data)
    try:
        change_terms.change_contract(
            who.business_id, known, form.terms(), actor=who.name, change_id=change_id, due_minor=form.due
        )
    except AppError as error:
        form.take_error(error, {"nothing_changes": "plan", "invalid_anchor_day": "anchor_day"})
        return _change_page(known, form, is_chosen=False, status=error.http_status)
    made = changes.change(who.business_id, known, change_id)
    return _told(known, CHANGED[made.status], "bad" if made.status == ChangeStatus.FAILED else "good")


@blueprint.post("/<contract_id>/change/cancel")
@needs("orders.write")
def cancel_change(contract_id: str) -> Response:
    who, known = actor(), ids.parse("con", contract_id)
    made = changes.open_change(who.business_id, known)
    if made is None:
        return _told(known, N_("There is no change to take back."), "bad")
    return _tried(
        known,
        lambda: change_terms.cancel_change(who.business_id, known, made[0].id, actor=who.name),
        N_("The change was taken back."),
    )


def _change_page(contract_id: uuid.UUID, form: ChangeForm, *, is_chosen: bool, status: int = 200) -> Response:
    who = actor()
    row = read.contract(who.business_id, contract_id).row
    plans = changes.choices(who.business_id, row, is_buyer=False)
    form.offer(row, plans)
    del form.once  # each preview has a token of its own
    planned = None
    if is_chosen and form.validate():
        try:
            planned = change_terms.preview(who.business_id, contract_id, form.terms())
        except AppError as error:
            form.take_error(error, {"nothing_changes": "plan", "invalid_anchor_day": "anchor_day"})
            status = error.http_status
    elif is_chosen:
        status = 422
    return page(
        "portal/subscriptions/contracts/change.html",
        status=status,
        row=row,
        form=form,
        planned=planned,
        fresh=ChangeForm(formdata=None),
    )


def _page(
    contract_id: uuid.UUID,
    form: PauseForm | None = None,
    *,
    cancel_form: CancelForm | None = None,
    status: int = 200,
) -> Response:
    found = read.contract(actor().business_id, contract_id)
    cycles = read.page_of_cycles(actor().business_id, contract_id, cursor=typed("cursor"))
    return page(
        "portal/subscriptions/contracts/detail.html",
        {"cycle-list": "cycles"},
        status=status,
        row=found.row,
        consent=found.consent,
        last=found.last_cycle,
        change=changes.open_change(actor().business_id, contract_id),
        cycles=cycles,
        schedule=schedule_of_contract(actor().business_id, contract_id),
        form=form or PauseForm(formdata=None),
        cancel_form=cancel_form or CancelForm(formdata=None),
    )


def _tried(contract_id: uuid.UUID, work: Callable[[], None], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        return _told(contract_id, error.message, "bad")
    return _told(contract_id, done)


def _told(contract_id: uuid.UUID, text: str, tone: str = "good") -> Response:
    flash(text, tone)
    return see_other(url_for("portal.contracts.detail", contract_id=ids.show("con", contract_id)))
