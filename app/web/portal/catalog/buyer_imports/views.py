"""Files of buyers: sent, looked at, applied."""

from __future__ import annotations

from flask import Blueprint, Response

from app.lib import sheets
from app.web.marks import takes_files
from app.web.portal import file_imports
from app.web.portal.access import needs
from app.web.portal.catalog.buyer_imports.forms import FileForm
from app.web.portal.file_imports import ImportSection
from app.workflow.buyers import import_buyers

COLUMNS = (*import_buyers.COLUMNS, *(f"{prefix}…" for prefix in import_buyers.PREFIXES))
blueprint = Blueprint("buyer_imports", __name__, url_prefix="/buyer-imports")
SECTION = ImportSection(
    "buyer_imports",
    "buyers",
    "buyers.write",
    hidden=("reference", "consent_source"),
)


@blueprint.get("")
@needs("buyers.read")
def index() -> Response:
    return _index(FileForm(formdata=None))


@blueprint.post("")
@needs("buyers.write")
@takes_files(sheets.MAX_BYTES + 100_000)
def send() -> Response:
    form = FileForm()
    sent = file_imports.send(SECTION, form, form.file.data.stream) if form.validate() else None
    return sent or _index(form, status=422)


@blueprint.get("/<import_id>")
@needs("buyers.read")
def detail(import_id: str) -> Response:
    return file_imports.detail(SECTION, import_id)


@blueprint.post("/<import_id>/apply")
@needs("buyers.write")
def apply(import_id: str) -> Response:
    return file_imports.apply(SECTION, import_id)


@blueprint.post("/<import_id>/discard")
@needs("buyers.write")
def discard(import_id: str) -> Response:
    return file_imports.discard(SECTION, import_id)


def _index(form: FileForm, *, status: int = 200) -> Response:
    return file_imports.index(SECTION, form, status=status, columns=COLUMNS)
