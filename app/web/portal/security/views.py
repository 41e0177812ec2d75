"""How one signs in, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import NotFound
from app.core.htmx import page, see_other
from app.read import portal_sessions
from app.web.portal.access import ANYBODY, actor, needs
from app.web.portal.security.agents import described
from app.workflow import end_sessions

blueprint = Blueprint("security", __name__, url_prefix="/account/security")


@blueprint.get("")
@needs(ANYBODY)
def index() -> Response:
    who = actor()
    return page(
        "portal/security/index.html",
        sessions=portal_sessions.sessions_of(who.person.id),
        here=who.session.id,
        described=described,
    )


@blueprint.post("/sessions/<session_id>/end")
@needs(ANYBODY)
def end_session(session_id: str) -> Response:
    who, wanted = actor(), ids.parse("pse", session_id)
    if wanted == who.session.id or not end_sessions.end_session(who.person.id, wanted):
        raise NotFound("not_found", "You are not signed in there (any more).")
    flash("Signed out there.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/sessions/end")
@needs(ANYBODY)
def end_others() -> Response:
    end_sessions.end_other_sessions(actor().person.id, keep=actor().session.id)
    flash("Signed out everywhere else.", "good")
    return see_other(url_for(".index"))
