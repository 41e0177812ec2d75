"""A file that was made of a list: opened by its signed link, by the person who asked for it alone."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request, url_for
from flask_login import current_user
from werkzeug.wsgi import FileWrapper

from app.core import ids, lists
from app.core.errors import NotFound
from app.core.files import store
from app.core.web.htmx import see_other
from app.read.accounts.people import MembershipAccess
from app.workflow.insights import fetch_export
from app.workflow.insights.fetch_export import ExportFile

blueprint = Blueprint("export_files", __name__)


@blueprint.get("/exports/<token>")
def fetch(token: str) -> Response:
    found = fetch_export.open_link(token)
    if not current_user.is_authenticated:
        return see_other(url_for("auth.log_in", next=request.path))
    user = current_user.user
    membership = next(
        (membership for membership in user.memberships if membership.business_id == found.business_id), None
    )
    if membership is None or ids.show("usr", user.id) != found.holder or not _may_see(membership, found):
        raise NotFound("not_found", "This link has expired. Get a new one under Exports.")
    return _sent(found)


def _may_see(membership: MembershipAccess, found: ExportFile) -> bool:
    """Whether their role still shows them what is in the file; it may have changed since they asked for it."""
    listing = lists.find(found.listing)
    needed = {listing.permission} if listing else {"settings.write"}  # of an archive of everything
    return needed | ({"buyers.read"} if found.sees_buyers else set()) <= membership.access.permissions


def send_file(business_id: uuid.UUID, export_id: uuid.UUID) -> Response:
    """The file itself, for who has just shown that it is theirs.

    Raises:
        NotFound: it is not there (any more).
    """
    return _sent(fetch_export.open_link(fetch_export.make_link(business_id, export_id)))


def _sent(found: ExportFile) -> Response:
    # Whatever it is, a browser keeps it and never shows it.
    answer = Response(mimetype="application/octet-stream", direct_passthrough=True)
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.content_length = found.bytes
    if request.method != "HEAD":
        file = store.open_file(found.key)
        answer.response = FileWrapper(file, store.CHUNK_BYTES)
        answer.call_on_close(file.close)
    return answer
