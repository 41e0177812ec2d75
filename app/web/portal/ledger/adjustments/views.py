"""Adjustments: requested with a reason and a document, approved by a second person, reversed by another one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.files import store
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.ledger.adjustments.states import AdjustmentStatus
from app.read.accounts.approvals import waiting_for
from app.read.ledger import adjustments as read
from app.web.marks import takes_files
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.actors import names_of
from app.web.portal.address import Tab, typed
from app.web.portal.alone import begin_alone
from app.web.portal.ledger.adjustments.forms import AdjustmentForm, DocumentForm, ReasonForm, ReversalForm
from app.workflow.accounts.approvals import decide_alone
from app.workflow.ledger import adjust_ledger

blueprint = Blueprint("adjustments", __name__, url_prefix="/adjustments")

TITLES = {
    "": N_("All"),
    AdjustmentStatus.REQUESTED: N_("To approve"),
    AdjustmentStatus.POSTED: N_("Posted"),
    AdjustmentStatus.REJECTED: N_("Rejected"),
    AdjustmentStatus.REVERSED: N_("Reversed"),
}


@blueprint.get("")
@needs("ledger.read")
def index() -> Response:
    business_id, status = actor().business_id, request.args.get("status", "")
    status = status if status in TITLES else ""
    found = read.page_of_adjustments(business_id, status=status, cursor=typed("cursor"))
    context: dict[str, Any] = {"tabs": _tabs(status), "chosen": status, "found": found}
    return page("portal/ledger/adjustments/index.html", {"adjustment-list": "list"}, **context)


@blueprint.get("/new")
@needs("ledger.write")
def new() -> Response:
    return _form(AdjustmentForm(formdata=None))


@blueprint.post("")
@needs("ledger.write")
@reauthenticated
def create() -> Response:
    who, form = actor(), AdjustmentForm()
    if not _offered(form).validate():
        return _form(form, status=422)
    adjustment_id = form.once_id(who.business_id)
    try:
        adjust_ledger.request(who.business_id, form.command(), actor=who.name, adjustment_id=adjustment_id)
    except AppError as error:
        form.take_error(error, {"reason_missing": "reason"})
        return _form(form, status=error.http_status)
    return _told(adjustment_id, N_("Requested. A second person must approve it."))


@blueprint.get("/<adjustment_id>")
@needs("ledger.read")
def detail(adjustment_id: str) -> Response:
    return _detail(ids.parse("adj", adjustment_id))


@blueprint.post("/<adjustment_id>/approve")
@needs("ledger.write")
@reauthenticated
def approve(adjustment_id: str) -> Response:
    who, row_id = actor(), ids.parse("adj", adjustment_id)
    return _tried(
        row_id,
        lambda: adjust_ledger.approve(who.business_id, row_id, actor=who.name),
        N_("Approved. The adjustment is in the ledger."),
    )


@blueprint.post("/<adjustment_id>/approve-alone")
@needs("ledger.write")
@reauthenticated
def wait(adjustment_id: str) -> Response:
    return begin_alone(adjustment_id, partial(_told, ids.parse("adj", adjustment_id)))


@blueprint.post("/<adjustment_id>/reject")
@needs("ledger.write")
def reject(adjustment_id: str) -> Response:
    who, row_id, reason = actor(), ids.parse("adj", adjustment_id), (ReasonForm().reason.data or "")[:200]
    return _tried(
        row_id,
        lambda: adjust_ledger.reject(who.business_id, row_id, reason=reason, actor=who.name),
        N_("Rejected. Nothing was posted."),
    )


@blueprint.post("/<adjustment_id>/attach")
@needs("ledger.write")
@takes_files(adjust_ledger.MAX_DOCUMENT_BYTES + 100_000)
def attach(adjustment_id: str) -> Response:
    row_id, form = ids.parse("adj", adjustment_id), DocumentForm()
    if not form.validate():
        return _told(row_id, N_("Choose a file."), "bad")
    file = form.file.data
    return _tried(
        row_id,
        lambda: adjust_ledger.attach(actor().business_id, row_id, file.stream, name=(file.filename or "")[:150]),
        N_("The document is kept with the adjustment."),
    )


@blueprint.post("/<adjustment_id>/document/download")
@needs("ledger.read")
def download(adjustment_id: str) -> Response:
    row = read.get_adjustment(actor().business_id, ids.parse("adj", adjustment_id))
    if row.document_key is None:
        return _told(row.id, N_("This adjustment has no document."), "bad")
    answer = Response(store.get(row.document_key), content_type="application/octet-stream")
    answer.headers.set(
        "Content-Disposition", "attachment", filename=row.document_name.encode("ascii", "replace").decode()
    )
    return answer


@blueprint.post("/<reverses_id>/reverse")
@needs("ledger.write")
@reauthenticated
def reverse(reverses_id: str) -> Response:
    who, form = actor(), ReversalForm()
    row_id = ids.parse("stl" if reverses_id.startswith("stl") else "adj", reverses_id)
    adjustment_id = ids.derive(row_id, form.once.data or "")
    try:
        adjust_ledger.request_reversal(
            who.business_id, row_id, reason=form.reason.data or "", actor=who.name, adjustment_id=adjustment_id
        )
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
        return see_other(url_for("portal.adjustments.index"))
    return _told(adjustment_id, N_("Requested. A second person must approve the reversal."))


def _detail(adjustment_id: uuid.UUID) -> Response:
    who = actor()
    row = read.get_adjustment(who.business_id, adjustment_id)
    names = names_of(who.business_id, [name for name in (row.requested_by, row.decided_by) if name])
    context: dict[str, Any] = {"row": row, "lines": read.lines_of(row), "me": who.name, "names": names}
    context["reversal"] = read.reversal_of(who.business_id, row.id)
    names[decide_alone.BY_WAITING] = "the only owner, after a delay"
    context["is_alone"] = decide_alone.is_chosen(who.business_id, who.name)
    context["approval_id"] = waiting_for(who.business_id, row.id).get(row.id)
    forms = {"reject_form": ReasonForm(formdata=None), "document_form": DocumentForm(formdata=None)}
    return page("portal/ledger/adjustments/detail.html", reverse_form=ReversalForm(formdata=None), **forms, **context)


def _offered(form: AdjustmentForm) -> AdjustmentForm:
    business_id = actor().business_id
    return form.offer(read.adjustable_accounts(business_id), read.currencies(business_id))


def _form(form: AdjustmentForm, *, status: int = 200) -> Response:
    return page("portal/ledger/adjustments/new.html", status=status, form=_offered(form))


def _tabs(status: str) -> list[Tab]:
    return [
        Tab(title, url_for("portal.adjustments.index", status=key or None), key == status)
        for key, title in TITLES.items()
    ]


def _tried(adjustment_id: uuid.UUID, work: Callable[[], Any], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        return _told(adjustment_id, error.message, "bad")
    return _told(adjustment_id, done)


def _told(adjustment_id: uuid.UUID, text: str, tone: str = "good") -> Response:
    flash(text, tone)
    return see_other(url_for("portal.adjustments.detail", adjustment_id=ids.show("adj", adjustment_id)))
