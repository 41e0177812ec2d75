"""The panel at `/f/<session>`, for sites that can only frame: only the business's own origins may, exactly.

No cookie is read or set, for a frame on another site would get none. The client secret stands behind the "#" of the
address, where no server sees it.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, g, make_response, render_template, request

from app.core.errors import Denied
from app.core.ids import parse
from app.core.web import csp
from app.read.checkout.sessions_resource import origins_of_session
from app.web.checkout.locale import browser_language

blueprint = Blueprint("framed", __name__, url_prefix="/f")

# What a policy takes as one exact origin; anything else would be a pattern, or end the directive.
ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
# A developer's own computer, as a policy can say it: it knows no addresses in brackets, so `[::1]` cannot frame.
LOOPBACK = {"http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*"}


@blueprint.get("/<session_id>")
def show_frame(session_id: str) -> Response:
    allowed = origins_of_session(parse("ses", session_id))
    origins = {each for each in allowed.named if ORIGIN.fullmatch(each)}
    parent = request.args.get("parent")
    if parent is not None and not (ORIGIN.fullmatch(parent) and allowed.has(parent)):
        raise Denied("origin_denied", "This page's origin is not one of the business's allowed origins.")
    if allowed.is_test:
        origins |= LOOPBACK
    if origins:
        csp.allow("frame-ancestors", *sorted(origins))
    g.locale = browser_language()
    # Whoever names itself is spoken to; who does not is told nothing.
    drawn = make_response(render_template("checkout/frame.html", parent=parent))
    drawn.headers["Content-Security-Policy"] = f"{csp.policy()}; require-trusted-types-for 'script'"
    drawn.headers["Cache-Control"] = "no-store"
    drawn.headers["Referrer-Policy"] = "no-referrer"
    return drawn
