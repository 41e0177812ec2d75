"""Reports: tables of figures, as files, and by mail."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, sheets
from app.core.errors import AppError
from app.core.htmx import page, see_other
from app.core.money import plain
from app.domain.figures.schedules import EVERY
from app.read import reports as read
from app.web.portal.access import actor, needs
from app.web.portal.home.state import Shown
from app.workflow import schedule_reports

blueprint = Blueprint("reports", __name__, url_prefix="/reports")


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    who = actor()
    mine = read.schedules_of(who.business_id, who.person.id)
    return page("portal/reports/index.html", reports=read.REPORTS, schedules=mine, every=EVERY)


@blueprint.get("/<report>")
@needs("home.read")
def show(report: str) -> Response:
    found, state = _table(report)
    return page("portal/reports/show.html", {"report": "report"}, table=found, state=state, every=EVERY)


@blueprint.post("/<report>/file")
@needs("home.read")
def file(report: str) -> Response:
    found, _ = _table(report)
    made = Response(sheets.as_csv(_lines(found)), mimetype="text/csv")
    name = f"{found.report.name}-{found.period.since.isoformat()}-{found.period.until.isoformat()}.csv"
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    made.headers["Cache-Control"] = "no-store"
    return made


@blueprint.post("/<report>/schedule")
@needs("home.read")
def schedule(report: str) -> Response:
    who, found = actor(), _table(report)[0].report
    try:
        given = {"report": found.name, "title": found.title, "every": request.form.get("every", "")}
        schedule_reports.schedule(who.business_id, who.person.id, **given)
        flash(f"“{found.title}” will come to {who.person.email}.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(url_for("portal.reports.index"))


@blueprint.post("/schedules/<schedule_id>/stop")
@needs("home.read")
def stop(schedule_id: str) -> Response:
    who = actor()
    schedule_reports.stop(who.business_id, who.person.id, ids.parse("rps", schedule_id))
    flash("It comes no more.", "good")
    return see_other(url_for("portal.reports.index"))


def _table(report: str) -> tuple[read.Table, Shown]:
    who = actor()
    state = Shown.from_request("portal.reports.show", who.seat.time_zone, default="30d", report=report)
    return read.table(who.business_id, report, state.period), state


def _lines(found: read.Table) -> Iterator[list[str | int]]:
    columns = found.report.columns
    yield [column.title for column in columns]
    for row in found.rows:
        yield [_cell(column, row) for column in columns]


def _cell(column: read.Column, row: dict[str, read.Cell]) -> str | int:
    value = row[column.key]
    if value is None:
        return ""
    return plain(int(value), str(row["currency"])) if column.kind == "money" else value
