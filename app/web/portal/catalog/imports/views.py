"""Files of products in: sent, looked at, applied. And the products of a filter as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from app.lib import packed_sheets, sheets
from app.read.catalog import imports as read
from app.web.marks import takes_files
from app.web.portal import file_imports
from app.web.portal.access import actor, needs
from app.web.portal.catalog.imports.forms import FileForm
from app.web.portal.catalog.products.filters import file_url, product_filter
from app.web.portal.file_imports import ImportSection

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
SECTION = ImportSection(
    "imports",
    "products",
    "products.write",
)
FORMATS = ("csv", "xlsx", "zip")
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
    form = FileForm()
    sent = file_imports.send(SECTION, form, form.file.data.stream) if form.validate() else None
    return sent or _index(form, status=422)


@blueprint.get("/<import_id>")
@needs("products.read")
def detail(import_id: str) -> Response:
    return file_imports.detail(SECTION, import_id)


@blueprint.post("/<import_id>/apply")
@needs("products.write")
def apply(import_id: str) -> Response:
    return file_imports.apply(SECTION, import_id)


@blueprint.post("/<import_id>/discard")
@needs("products.write")
def discard(import_id: str) -> Response:
    return file_imports.discard(SECTION, import_id)


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
    filters = product_filter()
    exports = {kind: file_url(filters, kind) for kind in FORMATS}
    return file_imports.index(SECTION, form, status=status, columns=read.COLUMNS, wanted=filters, exports=exports)
