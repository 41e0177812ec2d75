"""One's own account: the business to act for, and how pages look."""

from __future__ import annotations

from flask import Blueprint, Response, request, session, url_for

from app.core import ids
from app.core.errors import NotFound
from app.core.web.htmx import page, see_other
from app.web.auth import kept_forms
from app.web.pages import DENSITIES, LOOK_COOKIE, THEMES, Look
from app.web.portal.access import ANYBODY, actor, needs

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.post("/business")
@needs(ANYBODY)
def business() -> Response:
    wanted = ids.parse("biz", request.form.get("business", ""))
    if wanted not in {seat.business_id for seat in actor().person.seats}:
        raise NotFound("not_found", "You are not a member of this business.")
    session["business"] = str(wanted)
    return see_other("/portal")


@blueprint.get("/kept")
@needs(ANYBODY)
def kept() -> Response:
    found = kept_forms.find(actor().person.id)
    if found is None:
        return see_other("/portal")
    if found.business and found.business != str(actor().business_id):
        session["business"] = found.business
        return see_other(url_for(".kept"))
    return page("portal/accounts/account/kept.html", kept=found)


@blueprint.post("/kept/discard")
@needs(ANYBODY)
def discard() -> Response:
    kept_forms.forget(actor().person.id)
    return see_other("/portal")


@blueprint.post("/look")
@needs(ANYBODY)
def look() -> Response:
    now = Look.from_cookie(request.cookies.get(LOOK_COOKIE))
    theme, density = request.form.get("theme", now.theme), request.form.get("density", now.density)
    wanted = Look(theme if theme in THEMES else now.theme, density if density in DENSITIES else now.density)
    back = request.form.get("next", "")
    response = see_other(back if back.startswith(("/portal/", "/portal?")) else "/portal")
    response.set_cookie(
        LOOK_COOKIE, str(wanted), max_age=31536000, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response
