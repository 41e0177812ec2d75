"""Files of products: sent, looked at, applied; and the products of a filter as a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.lib import packed_sheets, sheets
from app.read.catalog import imports as read
from app.web.marks import takes_files
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab
from app.web.portal.catalog.imports.forms import FileForm
from app.web.portal.catalog.products.filters import file_url, product_filter
from app.workflow.catalog import import_products

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
FORMATS = ("csv", "xlsx", "zip")
KINDS = {"": N_("All"), "create": N_("New"), "change": N_("Changed"), "refused": N_("Refused")}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@needs("products.read")
def index() -> Response:
    kind = request.args.get("format", "")
    return _exported(kind) if kind in FORMATS else _index(FileForm(formdata=None))


@blueprint.post("")
@needs("products.write")
@takes_files(packed_sheets.MAX_BYTES + 100_000)
def send() -> Response:
    who, form = actor(), FileForm()
    if not form.validate():
        return _index(form, status=422)
    try:
        import_id = import_products.start_import(who.business_id, form.file.data.stream, actor=who.name)
    except AppError as error:
        form.take_error(error, {"invalid_file": "file"})
        return _index(form, status=error.http_status)
    return _back(import_id)


@blueprint.get("/<import_id>")
@needs("products.read")
def detail(import_id: str) -> Response:
    business_id, run_id = actor().business_id, ids.parse("imp", import_id)
    kind, behind = request.args.get("kind", ""), request.args.get("behind", "")
    kind, line = kind if kind in KINDS else "", int(behind) if behind.isdecimal() and len(behind) < 9 else 0
    run = read.import_of(business_id, run_id)
    rows = read.import_rows(business_id, run_id, kind=kind, behind=line)
    return page(
        "portal/catalog/imports/detail.html",
        {"import": "import", "row-list": "list"},
        run=run,
        kind=kind,
        tabs=_tabs(import_id, kind),
        rows=rows[: read.PAGE],
        next_url=_url(import_id, kind, rows[read.PAGE - 1].line) if len(rows) > read.PAGE else "",
        first_url=_url(import_id, kind) if line else "",
    )


@blueprint.post("/<import_id>/apply")
@needs("products.write")
def apply(import_id: str) -> Response:
    return _move(import_id, import_products.apply, N_("Started. You can leave this page."))


@blueprint.post("/<import_id>/discard")
@needs("products.write")
def discard(import_id: str) -> Response:
    return _move(import_id, import_products.discard, N_("Discarded. Nothing was changed."))


def _exported(kind: str) -> Response:
    if kind == "zip":
        return _file(read.exported_zip(actor().business_id, product_filter()), "application/zip", "products.zip")
    rows = read.exported(actor().business_id, product_filter())
    if kind == "csv":
        return _file(sheets.as_csv(rows), "text/csv; charset=utf-8", "products.csv")
    return _file(sheets.as_xlsx(rows), _XLSX, "products.xlsx")


def _file(pieces: Any, media_type: str, name: str) -> Response:
    answer = Response(pieces, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _index(form: FileForm, *, status: int = 200) -> Response:
    cursor, filters = request.args.get("cursor"), product_filter()
    found = read.list_imports(actor().business_id, after=paging.key_of(cursor))
    runs = found[: read.PAGE]
    last = runs[-1].row if len(found) > read.PAGE else None
    exports = {kind: file_url(filters, kind) for kind in FORMATS}
    return page(
        "portal/catalog/imports/index.html",
        status=status,
        form=form,
        runs=runs,
        columns=read.COLUMNS,
        wanted=filters,
        exports=exports,
        next_url=url_for("portal.imports.index", cursor=paging.cursor_of(last.created_at, last.id)) if last else "",
        first_url=url_for("portal.imports.index") if cursor else "",
    )


def _tabs(import_id: str, kind: str) -> list[Tab]:
    return [Tab(title, _url(import_id, key), key == kind) for key, title in KINDS.items()]


def _url(import_id: str, kind: str, behind: int = 0) -> str:
    return url_for("portal.imports.detail", import_id=import_id, kind=kind or None, behind=behind or None)


def _move(import_id: str, move: Callable[..., None], message: str) -> Response:
    who, run_id = actor(), ids.parse("imp", import_id)
    try:
        move(who.business_id, run_id, actor=who.name)
        flash(message, "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return _back(run_id)


def _back(import_id: uuid.UUID) -> Response:
    return see_other(url_for("portal.imports.detail", import_id=ids.show("imp", import_id)))
