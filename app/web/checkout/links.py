"""A plain link, or the code to scan that holds it: it opens a checkout by a configuration and goes to its page."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, request, url_for

from app.core import context, ids
from app.core.errors import Unauthenticated
from app.core.i18n.language import language_tag
from app.core.web.htmx import see_other
from app.read.checkout import checkouts
from app.web.checkout.views import keep_grant
from app.workflow.checkout import open_checkout
from app.workflow.checkout.open_configured import business_of, open_configured

blueprint = Blueprint("links", __name__, url_prefix="/b")

COOKIE = "bursar_link"
# Where there is nothing left to do for the buyer: whoever follows the link again wants to buy again.
OVER = ("succeeded", "expired", "cancelled")


@blueprint.get("/<configuration_id>")
def follow(configuration_id: str) -> Response:
    own_id = ids.parse("cfg", configuration_id)
    business_id = business_of(own_id)
    context.bind(business_id=ids.show("biz", business_id))
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        # Nobody is there yet: a preview of the link, or a browser that makes a guess.
        return _private(Response(status=200 if request.method == "HEAD" else 503))
    session_id, grant = _kept(business_id, own_id) or _opened(business_id, own_id)
    path = url_for("checkout.show_session", session_id=ids.show("ses", session_id))
    response = keep_grant(see_other(path), grant, path=path)
    return _private(keep_grant(response, grant, path=request.path, name=COOKIE))


def _kept(business_id: uuid.UUID, configuration_id: uuid.UUID) -> tuple[uuid.UUID, str] | None:
    """The checkout that this browser opened by the link before, when it is not over, and what opens it: a buyer who
    pays and goes back does not begin to buy a second time."""
    grant = request.cookies.get(COOKIE, "")
    try:
        opener, session_id = open_checkout.entered(grant)
    except Unauthenticated:
        return None
    if opener != business_id or checkouts.configuration_of(business_id, session_id) != configuration_id:
        return None
    return None if checkouts.snapshot(business_id, session_id)["status"] in OVER else (session_id, grant)


def _opened(business_id: uuid.UUID, configuration_id: uuid.UUID) -> tuple[uuid.UUID, str]:
    opened = open_configured(
        business_id,
        configuration_id,
        counter=current_app.extensions["counter"],
        address=request.remote_addr,
        browser_locale=language_tag(request.accept_languages.best),
    )
    return opened.session_id, opened.grant


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
