"""Contracts that renew by themselves: what each buyer signed, its cycles, and what can be done about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.signing.states import ContractStatus
from app.read.subscriptions import contracts as read
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab, typed
from app.web.portal.subscriptions.contracts.forms import CancelForm, PauseForm
from app.workflow.subscriptions import change_contract

blueprint = Blueprint("contracts", __name__, url_prefix="/contracts")
TITLES = {
    "": N_("All"),
    ContractStatus.ACTIVE: N_("Active"),
    ContractStatus.TRIALING: N_("In trial"),
    ContractStatus.PAST_DUE: N_("Past due"),
    ContractStatus.PAUSED: N_("Paused"),
    ContractStatus.ENDED: N_("Ended"),
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
        cycles=cycles,
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
