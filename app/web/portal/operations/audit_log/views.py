"""The audit log: who changed what, and a file of exactly the list that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response

from app.core.web.htmx import page
from app.lib import csv_text
from app.read.accounts.keys import key_names
from app.read.operations import audit_log as read
from app.web.portal.access import actor, needs
from app.web.portal.actors import names_of
from app.web.portal.list_files import file_or_back
from app.web.portal.operations.audit_log.filters import ListState

blueprint = Blueprint("audit_log", __name__, url_prefix="/audit-log")
COLUMNS = ("time", "who", "name", "address", "request", "action", "what", "id", "field", "before", "after")


@blueprint.get("")
@needs("audit.read")
def index() -> Response:
    who, state = actor(), ListState.from_request()
    found = read.page_of_entries(who.business_id, state.wanted(who.membership.time_zone), cursor=state.cursor)
    known = read.actors(who.business_id)
    return page(
        "portal/operations/audit_log/index.html",
        {"audit-list": "list"},
        state=state,
        entries=found,
        known=known,
        names=_names(known),
        subjects=read.SUBJECTS,
        sealed=read.sealed(who.business_id),
    )


@blueprint.post("/export")
@needs("audit.read")
def export() -> Response:
    state = ListState.from_request()
    return file_or_back(lambda: _file(state), back=state.url())


def _file(state: ListState) -> Response:
    who = actor()
    names = _names(read.actors(who.business_id))
    rows = _rows(read.entries_of(who.business_id, state.wanted(who.membership.time_zone)), names)
    response = Response(csv_text.written(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _rows(entries: Iterator[read.Entry], names: dict[str, str]) -> Iterator[Sequence[str]]:
    """One line a field that changed, each with who and when."""
    yield COLUMNS
    for entry in entries:
        row = entry.row
        head = (row.created_at.isoformat(), row.actor, names.get(row.actor, ""), row.address, row.request_id)
        for change in entry.changes:
            what = (row.action, entry.title, entry.subject, change.name)
            yield (*head, *what, change.before or "", change.after or "")


def _names(actors: Sequence[str]) -> dict[str, str]:
    """People's names, and keys' names, by how the log calls them."""
    business_id = actor().business_id
    return {**names_of(business_id, actors), **key_names(business_id)}
