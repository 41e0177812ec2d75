"""The time of a test business: made its own, and moved on."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.operations import test_clocks as read
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.operations.test_clock.forms import AdvanceForm
from app.workflow.operations import advance_test_clock, manage_test_clock

blueprint = Blueprint("test_clock", __name__, url_prefix="/settings/test-clock")


@blueprint.get("")
@needs("settings.read")
def index() -> Response:
    return _page()


@blueprint.post("")
@needs("settings.write")
@reauthenticated
def create() -> Response:
    manage_test_clock.create_test_clock(actor().business_id, actor=actor().name)
    flash("Test clock created. It shows real time until you advance it.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/<test_clock_id>/advance")
@needs("settings.write")
@reauthenticated
def advance(test_clock_id: str) -> Response:
    form, who = AdvanceForm(), actor()
    known = ids.parse("tcl", test_clock_id)
    if not form.validate():
        return _page(form, status=422)
    to = form.target(read.get(who.business_id, known).now, who.membership.time_zone)
    try:
        advance_test_clock.advance_test_clock(who.business_id, to, actor=who.name, clock_id=known)
    except AppError as error:
        form.take_error(error, {"invalid_test_clock_time": "time"})
        return _page(form, status=error.http_status)
    return see_other(url_for(".index"))


@blueprint.post("/<test_clock_id>/delete")
@needs("settings.write")
@reauthenticated
def delete(test_clock_id: str) -> Response:
    manage_test_clock.delete_test_clock(actor().business_id, ids.parse("tcl", test_clock_id))
    flash("Test clock deleted.", "good")
    return see_other(url_for(".index"))


def _page(form: AdvanceForm | None = None, *, status: int = 200) -> Response:
    found = read.find(actor().business_id)
    return page(
        "portal/operations/test_clock/index.html",
        {"test-clock": "clock"},
        status=status,
        clock=found,
        form=form or AdvanceForm(formdata=None),
    )
