"""Disputes: the list, and one with its evidence pack, answered or accepted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.payments.disputes.states import DisputeStatus
from app.read.payments import disputes as read
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.actors import names_of
from app.web.portal.address import Tab
from app.web.portal.payments.disputes.forms import EvidenceForm
from app.workflow.payments import answer_dispute

blueprint = Blueprint("disputes", __name__, url_prefix="/disputes")

TITLES = {
    "": N_("All"),
    DisputeStatus.NEEDS_RESPONSE: N_("To answer"),
    DisputeStatus.UNDER_REVIEW: N_("Under review"),
    DisputeStatus.WON: N_("Won"),
    DisputeStatus.LOST: N_("Lost"),
}


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    given = {name: request.args.get(name, "") for name in ("status", "cursor")}
    status = given["status"] if given["status"] in TITLES else ""
    found = read.list_disputes(actor().business_id, status=status, after=paging.key_of(given["cursor"]))
    rows, next_cursor = paging.cut(found, read.PAGE)
    tabs = [
        Tab(title, url_for("portal.disputes.index", status=key or None), key == status) for key, title in TITLES.items()
    ]
    shown = {"dispute-list": "list"}
    return page(
        "portal/payments/disputes/index.html", shown, tabs=tabs, chosen=status, rows=rows, next_cursor=next_cursor
    )


@blueprint.get("/<dispute_id>")
@needs("orders.read")
def detail(dispute_id: str) -> Response:
    return _detail(ids.parse("dsp", dispute_id), EvidenceForm(formdata=None))


@blueprint.post("/<dispute_id>/evidence")
@needs("buyers.read")
def evidence(dispute_id: str) -> Response:
    pack = answer_dispute.evidence_pack(actor().business_id, ids.parse("dsp", dispute_id))
    answer = Response(pack, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{dispute_id}.zip"'
    return answer


@blueprint.post("/<dispute_id>/submit")
@needs("refunds.write")
@reauthenticated
def submit(dispute_id: str) -> Response:
    who, form, row_id = actor(), EvidenceForm(), ids.parse("dsp", dispute_id)
    if not form.validate():
        return _detail(row_id, form, status=422)
    words = form.explanation.data or ""
    return _tried(
        row_id,
        lambda: answer_dispute.submit(who.business_id, row_id, explanation=words, actor=who.name),
        N_("Evidence submitted."),
    )


@blueprint.post("/<dispute_id>/accept")
@needs("refunds.write")
@reauthenticated
def accept(dispute_id: str) -> Response:
    who, row_id = actor(), ids.parse("dsp", dispute_id)
    return _tried(
        row_id, lambda: answer_dispute.accept(who.business_id, row_id, actor=who.name), N_("Dispute accepted.")
    )


def _detail(row_id: uuid.UUID, form: EvidenceForm, *, status: int = 200) -> Response:
    who = actor()
    row = read.get_dispute(who.business_id, row_id)
    names = names_of(who.business_id, [row.action_by] if row.action_by else [])
    return page("portal/payments/disputes/detail.html", status=status, row=row, form=form, me=who.name, names=names)


def _tried(row_id: uuid.UUID, work: Callable[[], Any], done: str) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    else:
        row = read.get_dispute(actor().business_id, row_id)
        if row.error:
            flash(N_("The payment company refused it."), "bad")
        else:
            flash(done, "good")
    return see_other(url_for("portal.disputes.detail", dispute_id=ids.show("dsp", row_id)))
