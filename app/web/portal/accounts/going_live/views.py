"""Going live: the checklist, the live twin, and its activation."""

from __future__ import annotations

from flask import Blueprint, Response, flash, session, url_for

from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.web.portal.access import actor, needs, reauthenticated
from app.workflow.accounts.lifecycle import go_live

blueprint = Blueprint("going_live", __name__, url_prefix="/go-live")


@blueprint.get("")
@needs("settings.write")
def index() -> Response:
    return _page()


@blueprint.post("/open")
@needs("settings.write")
@reauthenticated
def open_live() -> Response:
    try:
        live_id = go_live.open_live(actor().business_id, actor=actor().name)
    except AppError as error:
        return _page(error.message, status=error.http_status)
    session["business"] = str(live_id)
    flash("Your live business is open. Complete its checklist to take payments.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/activate")
@needs("settings.write")
@reauthenticated
def activate() -> Response:
    try:
        go_live.activate(actor().business_id, actor=actor().name)
    except AppError as error:
        return _page(error.message, status=error.http_status)
    flash("Your business is live. It can take payments now.", "good")
    return see_other(url_for(".index"))


def _page(problem: str = "", *, status: int = 200) -> Response:
    who = actor()
    found = go_live.checklist(who.business_id, who.user.id)
    is_member = found.twin_id in {each.business_id for each in who.user.memberships}
    return page(
        "portal/accounts/going_live/index.html", found=found, problem=problem, is_member=is_member, status=status
    )
