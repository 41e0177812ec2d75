"""Settlements: recorded from a company's document, confirmed by a second person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.clock import now
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.ledger.settlements.states import SettlementStatus
from app.read.accounts.approvals import waiting_for
from app.read.ledger import settlements
from app.read.ledger.adjustments import reversal_of
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.actors import names_of
from app.web.portal.address import Tab, typed
from app.web.portal.alone import begin_alone
from app.web.portal.ledger.adjustments.forms import ReversalForm
from app.web.portal.ledger.settlements.forms import ReasonForm, SettlementForm
from app.workflow.accounts.approvals import decide_alone
from app.workflow.ledger import book_settlement

blueprint = Blueprint("settlements", __name__, url_prefix="/settlements")

TITLES = {
    "": N_("All"),
    SettlementStatus.RECORDED: N_("To confirm"),
    SettlementStatus.CONFIRMED: N_("Confirmed"),
    SettlementStatus.REJECTED: N_("Rejected"),
    SettlementStatus.REVERSED: N_("Reversed"),
}
FIELDS = {
    "wrong_amount": "net",
    "invalid_amount": "gross",
    "invalid_reference": "reference",
    "settlement_recorded": "reference",
    "invalid_date": "settled_on",
    "bank_account_currency": "bank_account",
}


@blueprint.get("")
@needs("ledger.read")
def index() -> Response:
    business_id, status = actor().business_id, request.args.get("status", "")
    status = status if status in TITLES else ""
    found = settlements.page_of_settlements(business_id, status=status, cursor=typed("cursor"))
    context: dict[str, Any] = {"tabs": _tabs(status), "chosen": status, "found": found}
    context["owed"] = settlements.owed_by_channels(business_id)
    return page("portal/ledger/settlements/index.html", {"settlement-list": "list"}, **context)


@blueprint.get("/new")
@needs("ledger.write")
def new() -> Response:
    return _form(SettlementForm(formdata=None, data={"settled_on": now().date(), "owed": typed("owed")}))


@blueprint.post("")
@needs("ledger.write")
@reauthenticated
def record() -> Response:
    who, form = actor(), SettlementForm()
    if not _offered(form).validate():
        return _form(form, status=422)
    settlement_id = form.once_id(who.business_id)
    try:
        book_settlement.record(who.business_id, form.command(), actor=who.name, settlement_id=settlement_id)
    except AppError as error:
        form.take_error(error, FIELDS)
        return _form(form, status=error.http_status)
    return _told(settlement_id, N_("Recorded. A second person must confirm it."))


@blueprint.get("/<settlement_id>")
@needs("ledger.read")
def detail(settlement_id: str) -> Response:
    who = actor()
    row = settlements.get_settlement(who.business_id, ids.parse("stl", settlement_id))
    names = names_of(who.business_id, [name for name in (row.recorded_by, row.decided_by) if name])
    context: dict[str, Any] = {"row": row, "me": who.name, "names": names, "form": ReasonForm(formdata=None)}
    context["reversal"], context["reverse_form"] = reversal_of(who.business_id, row.id), ReversalForm(formdata=None)
    names[decide_alone.BY_WAITING] = "the only owner, after a delay"
    context["is_alone"] = decide_alone.is_chosen(who.business_id, who.name)
    context["approval_id"] = waiting_for(who.business_id, row.id).get(row.id)
    return page("portal/ledger/settlements/detail.html", **context)


@blueprint.post("/<settlement_id>/confirm")
@needs("ledger.write")
@reauthenticated
def confirm(settlement_id: str) -> Response:
    who, row_id = actor(), ids.parse("stl", settlement_id)
    return _tried(
        row_id,
        lambda: book_settlement.confirm(who.business_id, row_id, actor=who.name),
        N_("Confirmed. The settlement is in the ledger."),
    )


@blueprint.post("/<settlement_id>/confirm-alone")
@needs("ledger.write")
@reauthenticated
def wait(settlement_id: str) -> Response:
    return begin_alone(settlement_id, partial(_told, ids.parse("stl", settlement_id)))


@blueprint.post("/<settlement_id>/reject")
@needs("ledger.write")
def reject(settlement_id: str) -> Response:
    who, row_id = actor(), ids.parse("stl", settlement_id)
    reason = (ReasonForm().reason.data or "")[:200]
    return _tried(
        row_id,
        lambda: book_settlement.reject(who.business_id, row_id, reason=reason, actor=who.name),
        N_("Rejected. Its document can be recorded again."),
    )


def _offered(form: SettlementForm) -> SettlementForm:
    business_id = actor().business_id
    return form.offer(settlements.owed_by_channels(business_id), settlements.active_bank_accounts(business_id))


def _form(form: SettlementForm, *, status: int = 200) -> Response:
    return page("portal/ledger/settlements/new.html", status=status, form=_offered(form))


def _tabs(status: str) -> list[Tab]:
    return [
        Tab(title, url_for("portal.settlements.index", status=key or None), key == status)
        for key, title in TITLES.items()
    ]


def _tried(settlement_id: uuid.UUID, work: Callable[[], Any], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        return _told(settlement_id, error.message, "bad")
    return _told(settlement_id, done)


def _told(settlement_id: uuid.UUID, text: str, tone: str = "good") -> Response:
    flash(text, tone)
    return see_other(url_for("portal.settlements.detail", settlement_id=ids.show("stl", settlement_id)))
