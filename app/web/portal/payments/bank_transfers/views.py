"""Bank transfers: the queue, and what two people say of one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.clock import now
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.paging import Page
from app.core.web.htmx import page, see_other
from app.read.accounts import people
from app.read.accounts.approvals import waiting_for
from app.read.payments import bank_transfers as read
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.alone import begin_alone
from app.web.portal.payments.bank_transfers.forms import LineForm, ReasonForm, SentForm
from app.web.portal.payments.bank_transfers.state import QueueState
from app.workflow.accounts.approvals import decide_alone
from app.workflow.payments import confirm_bank_transfer

blueprint = Blueprint("bank_transfers", __name__, url_prefix="/bank-transfers")

# What a refusal is shown on.
FIELDS = {"invalid_amount": "amount", "wrong_amount": "amount", "invalid_date": "booked_on"} | dict.fromkeys(
    ("bank_reference_used", "invalid_reference"), "bank_reference"
)


@blueprint.get("")
@needs("bank_transfers.read")
def index() -> Response:
    who, state = actor(), QueueState.from_request()
    found = (
        Page(tuple(read.find(who.business_id, state.text)), None)
        if state.text
        else read.queue(who.business_id, state.view, cursor=state.cursor)
    )
    tabs = state.tabs(read.counts(who.business_id))
    return page(
        "portal/payments/bank_transfers/index.html", {"transfer-list": "list"}, state=state, tabs=tabs, entries=found
    )


@blueprint.get("/<attempt_id>")
@needs("bank_transfers.read")
def detail(attempt_id: str) -> Response:
    return _detail(ids.parse("att", attempt_id))


@blueprint.post("/<attempt_id>/record")
@needs("bank_transfers.write")
def record(attempt_id: str) -> Response:
    who, attempt = actor(), ids.parse("att", attempt_id)
    form = LineForm()
    form.amount.in_currency(read.transfer_page(who.business_id, attempt).attempt.currency)
    if not form.validate():
        return _detail(attempt, line_form=form, status=422)
    once = ids.derive(attempt, form.once.data)
    try:
        confirm_bank_transfer.record(who.business_id, attempt, form.line, actor=who.name, transfer_id=once)
    except AppError as error:
        form.take_error(error, FIELDS)
        return _detail(attempt, line_form=form, status=error.http_status)
    return _told(attempt, N_("Recorded. A second person must confirm it."))


@blueprint.post("/said/<transfer_id>/confirm")
@needs("bank_transfers.write")
@reauthenticated
def confirm(transfer_id: str) -> Response:
    who, transfer = actor(), _said(transfer_id)
    goes_back = request.form.get("goes_back") == "yes"
    return _tried(
        transfer.attempt_id,
        lambda: confirm_bank_transfer.confirm(who.business_id, transfer.id, actor=who.name, goes_back=goes_back),
        N_("Confirmed. Now return the money.") if goes_back else N_("Confirmed. The payment is now recorded."),
    )


@blueprint.post("/said/<transfer_id>/confirm-alone")
@needs("bank_transfers.write")
@reauthenticated
def wait(transfer_id: str) -> Response:
    return begin_alone(transfer_id, partial(_told, _said(transfer_id).attempt_id))


@blueprint.post("/said/<transfer_id>/reject")
@needs("bank_transfers.write")
def reject(transfer_id: str) -> Response:
    who, transfer = actor(), _said(transfer_id)
    return _tried(
        transfer.attempt_id,
        lambda: confirm_bank_transfer.reject(who.business_id, transfer.id, reason="", actor=who.name),
        N_("Rejected. Nothing else has changed."),
    )


@blueprint.post("/said/<transfer_id>/send-back")
@needs("bank_transfers.write")
def send_back(transfer_id: str) -> Response:
    who, transfer, form = actor(), _said(transfer_id), SentForm()
    if not form.validate():
        return _detail(transfer.attempt_id, sent_form=form, status=422)
    sent = {"bank_reference": form.sent_reference.data, "sent_on": form.sent_on.data, "actor": who.name}
    return _tried(
        transfer.attempt_id,
        lambda: confirm_bank_transfer.send_back(who.business_id, transfer.id, **sent),
        N_("Marked as sent. A second person must confirm it."),
    )


@blueprint.post("/said/<transfer_id>/confirm-sent-back")
@needs("bank_transfers.write")
@reauthenticated
def confirm_sent_back(transfer_id: str) -> Response:
    who, transfer = actor(), _said(transfer_id)
    is_gone = request.form.get("is_gone") == "yes"
    return _tried(
        transfer.attempt_id,
        lambda: confirm_bank_transfer.confirm_sent_back(who.business_id, transfer.id, actor=who.name, is_gone=is_gone),
        N_("Confirmed. The money has been returned.") if is_gone else N_("The money still has to be returned."),
    )


@blueprint.post("/<attempt_id>/abandon")
@needs("bank_transfers.write")
def abandon(attempt_id: str) -> Response:
    who, attempt, form = actor(), ids.parse("att", attempt_id), ReasonForm()
    reason = (form.reason.data or "")[:200]
    return _tried(
        attempt,
        lambda: confirm_bank_transfer.abandon(who.business_id, attempt, reason=reason, actor=who.name),
        N_("Abandoned. See Needs attention."),
    )


def _said(transfer_id: str) -> read.TransferRow:
    return read.transfer(actor().business_id, ids.parse("btr", transfer_id))


def _tried(attempt_id: uuid.UUID, work: Callable[[], object], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        return _told(attempt_id, error.message, "bad")
    return _told(attempt_id, done)


def _told(attempt_id: uuid.UUID, text: str, tone: str = "good") -> Response:
    flash(text, tone)
    return see_other(url_for("portal.bank_transfers.detail", attempt_id=ids.show("att", attempt_id)))


def _detail(attempt_id: uuid.UUID, *, status: int = 200, **forms: Any) -> Response:
    who = actor()
    found = read.transfer_page(who.business_id, attempt_id)
    line_form = forms.get("line_form") or LineForm(formdata=None, data={"booked_on": now().date()})
    if found.goes_out and "line_form" not in forms:
        line_form.amount.show(found.attempt.amount_minor, found.attempt.currency)
        line_form.counterparty.data = found.counterparty
    sent_form = forms.get("sent_form") or SentForm(formdata=None, data={"sent_on": now().date()})
    return page(
        "portal/payments/bank_transfers/detail.html",
        status=status,
        found=found,
        row=found.attempt,
        me=who.name,
        is_alone=decide_alone.is_chosen(who.business_id, who.name),
        waiting=waiting_for(who.business_id, *(each.id for each in found.transfers)),
        names=_names(found.transfers),
        line_form=line_form,
        sent_form=sent_form,
    )


def _names(transfers: Iterable[read.TransferRow]) -> dict[str, str]:
    """People by the names that histories keep."""
    names = {name for row in transfers for name in (row.recorded_by, row.decided_by, row.returned_by)}
    names |= {row.return_decided_by for row in transfers}
    known = {name: ids.try_parse(name, "usr") for name in names if name}
    by_id = people.names(actor().business_id, {user for user in known.values() if user is not None})
    shown = {name: by_id.get(user, "Former member") for name, user in known.items() if user is not None}
    return {**shown, decide_alone.BY_WAITING: "the only owner, after a delay"}
