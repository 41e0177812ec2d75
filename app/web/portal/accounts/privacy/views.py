"""Personal data: what is kept, why and how long; one buyer's data to have, and one buyer erased."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, url_for

from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.accounts import erasures, personal_data, retention
from app.web.checkout.locale import translate
from app.web.portal.access import actor, needs, reauthenticated, when_closed
from app.web.portal.accounts.privacy.forms import EraseForm, ExportForm
from app.web.portal.actors import names_of
from app.web.portal.address import typed
from app.workflow.accounts import erase_buyer, request_erasure

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy")
AGREED = {"approved": N_("Approved"), "alone": N_("No other member to approve"), "operator": N_("Command line")}
_ON_FIELD = {"invalid_buyer": "value"}


@blueprint.get("")
@needs("settings.write")
def index() -> Response:
    return _page()


@blueprint.post("/export")
@needs("settings.write")
@reauthenticated
@when_closed
def export() -> Response:
    actor().require("buyers.read")
    form = ExportForm()
    if not form.validate():
        return _page(export_form=form, status=422)
    business_id = actor().business_id
    try:
        buyer = erase_buyer.find_buyer(business_id, **form.named())
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(export_form=form, status=error.http_status)
    known = {"references": buyer.references, "emails": buyer.emails, "phones": buyer.phones}
    found = personal_data.personal_data(business_id, **known)
    if form.format.data == "text":
        return _file(personal_data.readable(found), "text/plain; charset=utf-8", "txt")
    return _file(json.dumps(found, indent=2, ensure_ascii=False), "application/json", "json")


@blueprint.post("/erase")
@needs("settings.write")
@reauthenticated
@when_closed
def erase() -> Response:
    form, who = EraseForm(), actor()
    who.require("buyers.read")
    if not form.validate():
        return _page(erase_form=form, status=422)
    details = {**form.buyer(), "reason": form.reason.data or "", "actor": who.name}
    try:
        done = request_erasure.erase_or_request(who.business_id, **details)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(erase_form=form, status=error.http_status)
    if isinstance(done, AppError):
        flash("Approval requested. Nothing has been erased yet.", "good")
        return see_other(url_for("portal.approvals.detail", approval_id=done.details["approval_id"]))
    flash(translate(Translatable("Erased. The buyer is now %(pseudonym)s.", pseudonym=done[0])), "good")
    return see_other(url_for(".index"))


def _page(
    *,
    export_form: ExportForm | None = None,
    erase_form: EraseForm | None = None,
    status: int = 200,
) -> Response:
    who = actor()
    cursor, found = typed("cursor"), retention.retention(who.business_id)
    done = erasures.page_of_erasures(who.business_id, cursor=cursor)
    return page(
        "portal/accounts/privacy/index.html",
        status=status,
        retention=found,
        done=done,
        cursor=cursor,
        agreed=AGREED,
        alone=request_erasure.is_alone(who.business_id, who.name),
        names=names_of(who.business_id, [row.requested_by for row in done.items]),
        export_form=export_form or ExportForm(formdata=None),
        erase_form=erase_form or EraseForm(formdata=None),
    )


def _file(body: str, kind: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="personal-data.{ending}"', "Cache-Control": "no-store"}
    return Response(body, content_type=kind, headers=headers)
