"""Files of members: sent, looked at, applied."""

from __future__ import annotations

from flask import Blueprint, Response

from app.lib import sheets
from app.web.marks import takes_files
from app.web.portal import file_imports
from app.web.portal.access import needs
from app.web.portal.catalog.membership_imports.forms import FileForm
from app.web.portal.file_imports import ImportSection
from app.workflow.fulfilment import import_members

blueprint = Blueprint("membership_imports", __name__, url_prefix="/membership-imports")
SECTION = ImportSection(
    "membership_imports",
    "memberships",
    "orders.write",
    hidden=("buyer", "email"),
)


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    return _index(FileForm(formdata=None))


@blueprint.post("")
@needs("orders.write")
@takes_files(sheets.MAX_BYTES + 100_000)
def send() -> Response:
    form = FileForm()
    sent = (
        file_imports.send(SECTION, form, form.file.data.stream, with_mail=form.with_mail.data)
        if form.validate()
        else None
    )
    return sent or _index(form, status=422)


@blueprint.get("/<import_id>")
@needs("orders.read")
def detail(import_id: str) -> Response:
    return file_imports.detail(SECTION, import_id)


@blueprint.post("/<import_id>/apply")
@needs("orders.write")
def apply(import_id: str) -> Response:
    return file_imports.apply(SECTION, import_id)


@blueprint.post("/<import_id>/discard")
@needs("orders.write")
def discard(import_id: str) -> Response:
    return file_imports.discard(SECTION, import_id)


def _index(form: FileForm, *, status: int = 200) -> Response:
    return file_imports.index(SECTION, form, status=status, columns=import_members.COLUMNS)
