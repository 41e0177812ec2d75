"""The panel at `/f/<session>`, for sites that can only frame: only the business's own origins may, exactly.

No cookie is read or set, for a frame on another site would get none. The client secret stands behind the "#" of the
address, where no server sees it.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, g, make_response, render_template, request

from app.core import csp
from app.core.errors import Denied
from app.core.ids import parse
from app.read.resources.sessions import origins_of_session
from app.web.checkout.words import browser_language

blueprint = Blueprint("framed", __name__, url_prefix="/f")

# What a policy takes as one exact origin; anything else would be a pattern, or end the directive.
ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")


@blueprint.get("/<session_id>")
def show_frame(session_id: str) -> Response:
    origins = {each for each in origins_of_session(parse("ses", session_id)) if ORIGIN.fullmatch(each)}
    parent = request.args.get("parent")
    if parent is not None and parent not in origins:
        raise Denied("origin_denied", "This page's origin is not one of the business's allowed origins.")
    if origins:
        csp.allow("frame-ancestors", *sorted(origins))
    g.locale = browser_language()
    # Whoever names itself is spoken to; who does not is told nothing.
    drawn = make_response(render_template("checkout/frame.html", parent=parent))
    drawn.headers["Content-Security-Policy"] = f"{csp.policy()}; require-trusted-types-for 'script'"
    drawn.headers["Cache-Control"] = "no-store"
    drawn.headers["Referrer-Policy"] = "no-referrer"
    return drawn
