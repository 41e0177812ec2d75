"""What a buyer downloads: a link is asked for on the buyer's page, and opened from there."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, request, url_for
from werkzeug.wsgi import FileWrapper

from app.core import ids
from app.core.files import store
from app.core.web.htmx import see_other
from app.web.checkout.owners import owner_of
from app.web.marks import without_csrf
from app.workflow.fulfilment import fetch_file

blueprint = Blueprint("downloads", __name__)


@blueprint.post("/my/<token>/files/<right_id>/<file_id>")
@without_csrf
def create_link(token: str, right_id: str, file_id: str) -> Response:
    business_id, buyer = owner_of(token)
    link = fetch_file.make_link(business_id, buyer, ids.parse("dlr", right_id), ids.parse("fil", file_id))
    return see_other(url_for("downloads.fetch", token=link))


@blueprint.get("/files/<token>")
def fetch(token: str) -> Response:
    found = fetch_file.open_link(token)
    # Whatever it is, a browser keeps it and never shows it: this is not the site of the merchant it came from.
    answer = Response(mimetype="application/octet-stream", direct_passthrough=True)
    plain = found.name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.set_etag(found.sha256)
    if request.method == "HEAD":
        answer.headers["Accept-Ranges"] = "bytes"
        answer.content_length = found.bytes
        return answer
    file = store.open_file(found.key)
    answer.response = FileWrapper(file, store.CHUNK_BYTES)
    answer.call_on_close(file.close)
    answer.content_length = found.bytes
    try:
        answer.make_conditional(request, accept_ranges=True, complete_length=found.bytes)
    except Exception:
        file.close()
        raise
    return answer
