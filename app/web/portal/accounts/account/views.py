"""One's own account: the business to act for, and how pages look."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, session, url_for

from app.core import ids
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.web.auth import saved_forms
from app.web.auth.sessions import inside
from app.web.pages import DENSITIES, THEME_COOKIE, THEMES, DisplayPreferences
from app.web.portal.access import ANYBODY, actor, needs

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.post("/business")
@needs(ANYBODY)
def business() -> Response:
    business_id = ids.parse("biz", request.form.get("business", ""))
    seats = {membership.business_id: membership for membership in actor().user.memberships}
    if business_id not in seats:
        raise NotFound("not_found", "You are not a member of this business.")
    session["business"] = str(business_id)
    # The same section there, where they may open what they have open here.
    may_follow = seats[business_id].access.permissions >= actor().membership.access.permissions
    return see_other(inside(request.form.get("next", "")) if may_follow else "/portal")


@blueprint.get("/saved_form")
@needs(ANYBODY)
def saved_form() -> Response:
    found = saved_forms.find(actor().user.id)
    if found is None:
        return see_other("/portal")
    if found.business and found.business != str(actor().business_id):
        session["business"] = found.business
        return see_other(url_for(".saved_form"))
    if found.page and "review" not in request.args:
        return _return(found)
    return page("portal/accounts/account/saved_form.html", saved=found)


def _return(found: saved_forms.SavedForm) -> Response:
    """To the page of the form, which has what was typed in it."""
    flash(N_("Your session ended before you submitted this form. Your entries are back. Nothing was changed."), "good")
    if found.left_out:
        flash(N_("Secrets were not kept. You need to enter them again."), "good")
    if found.had_files:
        flash(N_("Files were not kept. Choose them again."), "good")
    saved_forms.begin_return()
    return see_other(found.page)


@blueprint.post("/saved_form/discard")
@needs(ANYBODY)
def discard() -> Response:
    saved_forms.forget(actor().user.id)
    return see_other("/portal")


@blueprint.post("/theme")
@needs(ANYBODY)
def theme() -> Response:
    now = DisplayPreferences.from_cookie(request.cookies.get(THEME_COOKIE))
    chosen, density = request.form.get("theme", now.theme), request.form.get("density", now.density)
    preferences = DisplayPreferences(
        chosen if chosen in THEMES else now.theme, density if density in DENSITIES else now.density
    )
    back = request.form.get("next", "")
    response = see_other(back if back.startswith(("/portal/", "/portal?")) else "/portal")
    response.set_cookie(
        THEME_COOKIE, str(preferences), max_age=31536000, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response
