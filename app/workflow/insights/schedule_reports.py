"""Reports that come by mail: who wants which how often, and sending them when their morning has come."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, text

from app.core import clock, db, mail, settings
from app.core.db import locks
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import format_money
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.accounts.business.standing import CLOSED_NOW
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.switches import on_in
from app.domain.insights.lists.rules import MAX_SCHEDULES
from app.domain.insights.metrics import schedules
from app.domain.insights.metrics.models import DayMetric, ReportSchedule
from app.workflow.notifications.render_user_mail import KINDS as RENDERERS
from app.workflow.notifications.render_user_mail import MailText
from app.workflow.steps.notifications.queue_user_mail import queue
from app.workflow.steps.operations import due

BATCH = 200
wanted, days = db.table(ReportSchedule), db.table(DayMetric)
_FOR_WHOM = (
    select(User.email, Business.name, Business.mode, Business.time_zone)
    .join(Membership, Membership.user_id == User.id)
    .join(Business, Business.id == Membership.business_id)
    .where(Membership.left_at.is_(None))
)


def schedule(business_id: uuid.UUID, user_id: uuid.UUID, *, report: str, title: str, every: str) -> uuid.UUID:
    """Mail this report to the person `every` day, week or month; the schedule's id.

    Raises:
        Invalid: no such rhythm. Conflict: they have too many, or this one already.
    """
    if every not in schedules.EVERY:
        raise Invalid("invalid_every", "Choose daily, weekly or monthly.")
    with db.phase("schedule_reports.schedule", business_id):
        locks.hold(f"report schedules|{user_id}")  # two at once would be counted by neither
        conditions = wanted.c.business_id == business_id, wanted.c.user_id == user_id
        if db.scalar(select(func.count()).where(*conditions)) >= MAX_SCHEDULES:
            raise Conflict("too_many_schedules", f"You can schedule at most {MAX_SCHEDULES} reports. Stop one first.")
        if (
            db.first(select(wanted.c.id).where(*conditions, wanted.c.report == report, wanted.c.every == every))
            is not None
        ):
            raise Conflict("already_scheduled", "This report is already scheduled.")
        zone = db.scalar(select(Business.time_zone).where(Business.id == business_id))
        schedule_id = new_id()
        due_at = schedules.next_at(every, clock.actual(), zone)
        db.add(ReportSchedule, id=schedule_id, user_id=user_id, report=report, title=title, every=every, next_at=due_at)
    return schedule_id


def stop(business_id: uuid.UUID, user_id: uuid.UUID, schedule_id: uuid.UUID) -> None:
    """Remove a schedule.

    Raises:
        NotFound: this person has no such schedule.
    """
    with db.phase("schedule_reports.stop", business_id):
        conditions = wanted.c.business_id == business_id, wanted.c.user_id == user_id, wanted.c.id == schedule_id
        if not db.run(delete(ReportSchedule).where(*conditions)):
            raise NotFound("not_found", "There is no such schedule.")


def send_due() -> int:
    """Queue the mails of reports that are due; how many. Safe to run concurrently."""
    return due.process(_due, _send) if mail.is_on() else 0


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    with db.system_reading():
        due_now = select(wanted).where(wanted.c.next_at <= clock.actual(), wanted.c.business_id.not_in(CLOSED_NOW))
        due_now = due_now.where(~on_in(SwitchKind.EXPORTS_OFF, wanted.c.business_id))
        rows = db.rows(due_now.order_by(wanted.c.next_at).limit(BATCH))
        return [(row.business_id, row.id) for row in rows]


def _send(business_id: uuid.UUID, schedule_id: uuid.UUID) -> bool:
    moment = clock.actual()
    with db.system_phase("schedule_reports.send"):
        conditions = wanted.c.business_id == business_id, wanted.c.id == schedule_id
        row = db.first(select(wanted).where(*conditions, wanted.c.next_at <= moment).with_for_update(skip_locked=True))
        if row is None:
            return False
        who = db.first(_FOR_WHOM.where(Business.id == business_id, User.id == row.user_id))
        if who is None:  # they have left
            db.run(delete(ReportSchedule).where(*conditions))
            return False
        since, until = schedules.span(row.every, row.next_at.astimezone(ZoneInfo(who.time_zone)).date())
        details = {
            "head": f"{who.name} ({'test mode' if who.mode == 'test' else 'live'})",
            "title": row.title,
            "span": since.isoformat() if since == until else f"{since.isoformat()} – {until.isoformat()}",
            "path": f"/portal/reports/{row.report}?from={since.isoformat()}&to={until.isoformat()}",
            "lines": _lines(business_id, since, until),
            "business": str(business_id),
            "report": row.report,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "time_zone": who.time_zone,
        }
        queue("report", who.email, details)
        db.run(wanted.update().where(*conditions).values(next_at=schedules.next_at(row.every, moment, who.time_zone)))
    return True


def _lines(business_id: uuid.UUID, since: Any, until: Any) -> list[str]:
    """The period in a line for each currency, and nothing when nothing was sold."""
    rows = db.rows(_SUMS, business=business_id, since=since, until=until)
    return [_line(row) for row in rows]


class _Sums(db.JoinedRow):
    """Of one currency: how many orders, and minor units that were sold and went back."""

    currency: str
    orders: Decimal
    sold: Decimal
    back: Decimal


_SUMS = db.select_as(
    _Sums,
    text(
        "SELECT currency, coalesce(sum(number) FILTER (WHERE kind = 'sales'), 0) AS orders,"
        " coalesce(sum(amount_minor) FILTER (WHERE kind = 'sales'), 0) AS sold,"
        " coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS back FROM metrics_by_day"
        " WHERE business_id = :business AND kind IN ('sales', 'refund') AND day BETWEEN :since AND :until"
        " GROUP BY currency ORDER BY currency LIMIT 50"
    ),
)


def _line(row: _Sums) -> str:
    sold, back = int(row.sold), int(row.back)
    shown = [format_money(minor, row.currency) for minor in (sold, back, sold - back)]
    return f"{row.currency}: {shown[0]} in {int(row.orders)} orders, {shown[1]} refunded, {shown[2]} net."


def _mail_text(details: dict[str, Any]) -> MailText:
    root = settings.current().public_url.rstrip("/")
    return MailText(
        f"{details['title']}, {details['span']} – {details['head']}",
        (
            f"{details['title']}, {details['span']}",
            details["head"],
            *(details["lines"] or ["No sales and no refunds."]),
        ),
        ("Open the report or download it as CSV", root + details["path"]),
        (f"You scheduled this report. To stop it, go to {root}/portal/reports",),
    )


RENDERERS["report"] = _mail_text
