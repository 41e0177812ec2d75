"""Reports: tables of metrics, as files, and by mail."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.web.htmx import page, see_other
from app.domain.insights.metrics.schedules import EVERY
from app.lib import sheets
from app.read.insights import reports as read
from app.web.checkout.locale import translate
from app.web.portal.access import actor, needs
from app.web.portal.insights.home.state import Shown
from app.web.portal.insights.reports.state import Behind
from app.workflow.insights import schedule_reports

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
blueprint = Blueprint("reports", __name__, url_prefix="/reports")


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    who = actor()
    own = read.schedules_of(who.business_id, who.user.id)
    return page("portal/insights/reports/index.html", reports=read.REPORTS, schedules=own, every=EVERY)


@blueprint.get("/<report>")
@needs("home.read")
def show(report: str) -> Response:
    found, state = _table(report)
    return page("portal/insights/reports/show.html", {"report": "report"}, table=found, state=state, every=EVERY)


@blueprint.get("/balances/entries")
@needs("home.read")
def entries() -> Response:
    behind = Behind.from_request(actor())
    return page("portal/insights/reports/entries.html", {"entries": "entries"}, behind=behind, state=behind.state)


@blueprint.post("/<report>/file")
@needs("home.read")
def file(report: str) -> Response:
    found, _ = _table(report)
    if request.form.get("format") == "xlsx":
        made, ending = Response(sheets.as_xlsx(found.lines), mimetype=XLSX), "xlsx"
    else:
        made, ending = Response(sheets.as_csv(found.lines), mimetype="text/csv"), "csv"
    made.headers["Content-Disposition"] = f'attachment; filename="{found.file_name}.{ending}"'
    made.headers["Cache-Control"] = "no-store"
    return made


@blueprint.post("/<report>/schedule")
@needs("home.read")
def schedule(report: str) -> Response:
    who, found = actor(), _table(report)[0].report
    try:
        values = {"report": found.name, "title": found.title, "every": request.form.get("every", "")}
        schedule_reports.schedule(who.business_id, who.user.id, **values)
        mailed = Translatable("“%(report)s” will be emailed to %(email)s.", report=found.title, email=who.user.email)
        flash(translate(mailed), "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(url_for("portal.reports.index"))


@blueprint.post("/schedules/<schedule_id>/stop")
@needs("home.read")
def stop(schedule_id: str) -> Response:
    who = actor()
    schedule_reports.stop(who.business_id, who.user.id, ids.parse("rps", schedule_id))
    flash("Report emails stopped.", "good")
    return see_other(url_for("portal.reports.index"))


def _table(report: str) -> tuple[read.Table, Shown]:
    who = actor()
    state = Shown.from_request("portal.reports.show", who.membership.time_zone, default="30d", report=report)
    return read.table(who.business_id, report, state.period), state
