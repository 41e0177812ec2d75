"""Holidays: the list, adding and removing."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.settlement import holidays
from app.web.portal.access import actor, needs
from app.web.portal.settlement.holidays.forms import HolidayForm
from app.workflow.settlement import manage_holidays

blueprint = Blueprint("holidays", __name__, url_prefix="/holidays")


@blueprint.get("")
@needs("settlement.read")
def index() -> Response:
    return _index(HolidayForm(formdata=None))


@blueprint.post("")
@needs("settlement.write")
def add() -> Response:
    business_id, form = actor().business_id, HolidayForm()
    if not form.validate():
        return _index(form, status=422)
    try:
        about = {"calendar": (form.calendar.data or "").strip().upper(), "name": form.holiday_name.data}
        manage_holidays.add(business_id, day=form.day.data, holiday_id=form.once_id(business_id), **about)
    except AppError as error:
        form.take_error(error, {"invalid_terms": "calendar", "holiday_exists": "day"})
        return _index(form, status=error.http_status)
    flash("Added. It counts from the next batch on.", "good")
    return see_other(url_for("portal.holidays.index"))


@blueprint.post("/<holiday_id>/remove")
@needs("settlement.write")
def remove(holiday_id: str) -> Response:
    manage_holidays.remove(actor().business_id, ids.parse("hol", holiday_id))
    flash("Removed.", "good")
    return see_other(url_for("portal.holidays.index"))


def _index(form: HolidayForm, *, status: int = 200) -> Response:
    found = holidays.list_holidays(actor().business_id, after=paging.key_of(request.args.get("cursor", "")))
    shown, next_cursor = paging.cut(list(found), holidays.PAGE)
    return page(
        "portal/settlement/holidays/index.html",
        {"holiday-list": "list"},
        status=status,
        rows=shown,
        next_cursor=next_cursor,
        form=form,
    )
