"""Lists: their entries, adding, removing and importing."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import clock, ids, paging
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.web.htmx import page, see_other
from app.domain.risk.types import EntryKind, EntrySource, ListName
from app.read.risk import entries
from app.web.checkout.locale import translate
from app.web.marks import takes_files
from app.web.portal.access import actor, needs
from app.web.portal.risk.risk_entries.forms import KINDS, LISTS, EntryFileForm, EntryForm
from app.workflow.risk import manage_entries

blueprint = Blueprint("risk_entries", __name__, url_prefix="/risk/lists")
_ON_FIELD = {"risk_entry_exists": "value", "too_many_risk_entries": "value"}


@blueprint.get("")
@needs("risk.read")
def index() -> Response:
    return _index(EntryForm(formdata=None), EntryFileForm(formdata=None))


@blueprint.post("/add")
@needs("risk.write")
def create() -> Response:
    who, form = actor(), EntryForm()
    if not form.validate():
        return _index(form, EntryFileForm(formdata=None), status=422)
    entry_id, command = ids.derive(who.business_id, form.once.data), form.command(who.membership.time_zone)
    try:
        manage_entries.add(who.business_id, command, source=EntrySource.PORTAL, actor=who.name, entry_id=entry_id)
    except AppError as error:
        form.take_error(error, {**_ON_FIELD, error.code: error.details.get("param", "value")})
        return _index(form, EntryFileForm(formdata=None), status=error.http_status)
    flash("Added.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/import")
@needs("risk.write")
@takes_files(manage_entries.MAX_FILE_BYTES + 100_000)
def read_file() -> Response:
    who, form = actor(), EntryFileForm()
    if not form.validate():
        return _index(EntryForm(formdata=None), form, status=422)
    try:
        found = manage_entries.import_file(who.business_id, form.file.data.read(), actor=who.name)
    except AppError as error:
        form.take_error(error, {error.code: "file"})
        return _index(EntryForm(formdata=None), form, status=error.http_status)
    told = Translatable("Imported: %(added)s new, %(replaced)s replaced.", added=found.added, replaced=found.replaced)
    flash(translate(told), "good")
    return see_other(url_for(".index"))


@blueprint.post("/<risk_entry_id>/remove")
@needs("risk.write")
def remove(risk_entry_id: str) -> Response:
    manage_entries.remove(actor().business_id, ids.parse("rle", risk_entry_id))
    flash("Removed.", "good")
    return see_other(url_for(".index"))


def _index(form: EntryForm, file_form: EntryFileForm, *, status: int = 200) -> Response:
    given = {name: request.args.get(name, "") for name in ("list", "kind", "q", "cursor")}
    found = entries.list_entries(
        actor().business_id,
        list_name=given["list"] if given["list"] in set(ListName) else None,
        kind=given["kind"] if given["kind"] in set(EntryKind) else None,
        value=given["q"].strip(),
        after=paging.key_of(given["cursor"]),
        limit=entries.PAGE,
    )
    rows, next_cursor = paging.cut(found, entries.PAGE)
    return page(
        "portal/risk/risk_entries/index.html",
        status=status,
        rows=rows,
        hits=entries.hits(actor().business_id, [row.id for row in rows]),
        next_cursor=next_cursor,
        form=form,
        file_form=file_form,
        given=given,
        lists=LISTS,
        kinds=KINDS,
        now=clock.now(),
    )
