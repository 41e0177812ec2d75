"""Personal data: what is kept, why and how long; one buyer's data to have, and one buyer erased."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core.errors import AppError
from app.core.htmx import page, see_other
from app.domain.privacy.types import KINDS
from app.read import erasures, personal_data
from app.web.portal.access import actor, needs, proven
from app.web.portal.actors import names_of
from app.web.portal.privacy.forms import EraseForm, ExportForm
from app.workflow import erase_buyer

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy")
_ON_FIELD = {"invalid_buyer": "value"}


@blueprint.get("")
@needs("settings.write")
def index() -> Response:
    return _page()


@blueprint.post("/export")
@needs("settings.write")
@proven
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
@proven
def erase() -> Response:
    form, who = EraseForm(), actor()
    who.require("buyers.read")
    if not form.validate():
        return _page(erase_form=form, status=422)
    try:
        buyer = erase_buyer.find_buyer(who.business_id, **form.named())
        said = {"reason": form.reason.data or "", "asked_by": who.name}
        pseudonym, _ = erase_buyer.erase_buyer(who.business_id, buyer, **said)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(erase_form=form, status=error.http_status)
    flash(f"Erased. The buyer is {pseudonym} from now on.", "good")
    return see_other(url_for(".index"))


def _page(*, export_form: ExportForm | None = None, erase_form: EraseForm | None = None, status: int = 200) -> Response:
    business_id = actor().business_id
    done = erasures.latest(business_id)
    shown: dict[str, Any] = {"kinds": KINDS, "done": done}
    shown["names"] = names_of(business_id, [row.asked_by for row in done])
    shown["export_form"] = export_form or ExportForm(formdata=None)
    shown["erase_form"] = erase_form or EraseForm(formdata=None)
    return page("portal/privacy/index.html", status=status, **shown)


def _file(body: str, kind: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="personal-data.{ending}"', "Cache-Control": "no-store"}
    return Response(body, content_type=kind, headers=headers)
