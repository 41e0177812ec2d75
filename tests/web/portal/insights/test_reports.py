"""Reports: tables of metrics, as files, and by mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import db, settings
from app.domain.insights.metrics import schedules
from app.domain.insights.metrics.models import ReportSchedule
from app.domain.notifications.mails.models import UserMail
from app.read.insights.reports import REPORTS, table
from app.read.periods import period_of
from app.worker import jobs
from app.workflow.insights import count_metrics, schedule_reports
from app.workflow.notifications import render_user_mail, send_user_mail
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def box(tmp_path: Path, app: Flask) -> Iterator[Path]:
    """The folder that mails are written to."""
    assert app
    before = settings.current()
    assert jobs  # a worker sends, and knows the files
    settings.use(replace(before, mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test"))
    yield tmp_path / "mail"
    settings.use(before)


def test_every_report_is_a_page_and_a_file(shop: Shop, owner: Visitor) -> None:
    _trade(shop)
    for name, report in REPORTS.items():
        page = owner.get("/portal/reports").follow(f"{report.title} {report.says}")
        lines = page.form(f"/{name}/file").download().splitlines()

        assert page.heading == report.title
        assert len(lines) == 1 + len(table(shop.business_id, name, period_of("30d", "UTC")).rows)
        assert lines[0].lstrip("\ufeff").split(",")[-1] == report.columns[-1].title


def test_what_the_reports_say(shop: Shop) -> None:
    _trade(shop)

    def row(name: str) -> dict[str, Any]:
        [found] = table(shop.business_id, name, period_of("today", "UTC")).rows
        return found

    assert row("sales") | {"day": ""} == {
        "day": "", "currency": "USD", "orders": 2, "first_orders": 1, "sales_minor": 3000, "refunds": 1,
        "refunded_minor": 500, "net_minor": 2500,
    }  # fmt: skip
    assert row("products") == {
        "product": "Membership", "currency": "USD", "quantity": 3, "orders": 2, "sales_minor": 3000,
    }  # fmt: skip
    assert (row("channels")["payments"], row("channels")["success_percent"]) == (2, 100)
    assert row("refunds") == {"reason": "asked", "currency": "USD", "refunds": 1, "refunded_minor": 500}
    assert row("fees")["fee_minor"] is None


@pytest.mark.parametrize(
    ("every", "now", "due", "span"),
    [
        ("day", "2026-03-07T12:00", "2026-03-08T11:00", ("2026-03-07", "2026-03-07")),
        ("week", "2026-03-08T12:00", "2026-03-09T11:00", ("2026-03-02", "2026-03-08")),
        ("month", "2026-01-31T12:00", "2026-02-01T12:00", ("2026-01-01", "2026-01-31")),
    ],
)
def test_a_report_comes_at_seven_by_the_businesss_clock(every: str, now: str, due: str, span: Any) -> None:
    moment = schedules.next_at(every, datetime.fromisoformat(now).replace(tzinfo=UTC), "America/New_York")

    assert moment == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert schedules.span(every, moment.date()) == tuple(date.fromisoformat(each) for each in span)


def test_a_scheduled_report_is_mailed_once_a_morning(shop: Shop, box: Path, clock: Any) -> None:
    user = make_user(shop.business_id)
    _trade(shop)
    values = {"report": "sales", "title": "Sales by day", "every": "day"}
    schedule_reports.schedule(shop.business_id, user.user_id, **values)

    tomorrow = datetime.combine(clock.now().date() + timedelta(days=1), time(7), UTC)
    with db.phase("test.next", shop.business_id):
        db.run(update(ReportSchedule).values(next_at=tomorrow))

    schedule_reports.send_due()
    early = _mail_count(user.email)
    clock.move(2 * 86_400)
    for _ in range(2):
        schedule_reports.send_due()
    send_user_mail.send_due()

    assert (early, _mail_count(user.email)) == (0, 1)
    message = _mail_to(user.email, box)
    text = message.get_body(("plain",)).get_content()
    assert "USD: $30.00 in 2 orders, $5.00 refunded, $25.00 net." in text
    assert "/portal/reports/sales?from=" in text
    [attached] = message.iter_attachments()
    table = attached.get_content().splitlines()
    assert f"Attached: {attached.get_filename()}" in text
    assert (attached.get_content_type(), len(table)) == ("text/csv", 2)
    assert table[1].endswith(",USD,2,1,30.00,1,5.00,25.00")


def test_a_large_report_comes_by_its_link_alone(
    shop: Shop, box: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render_user_mail, "MAX_BYTES", 10)
    user = make_user(shop.business_id)
    values = {"report": "balances", "title": "Balances", "every": "day"}
    schedule_reports.schedule(shop.business_id, user.user_id, **values)
    clock.move(2 * 86_400)

    schedule_reports.send_due()
    send_user_mail.send_due()

    message = _mail_to(user.email, box)
    assert list(message.iter_attachments()) == []
    assert "/portal/reports/balances?from=" in message.get_body(("plain",)).get_content()


def test_somebody_schedules_a_report_and_stops_it(shop: Shop, owner: Visitor) -> None:
    form = owner.get("/portal/reports/sales").form("/sales/schedule")

    for _ in range(2):
        page = form.send(every="week")
    rows = shop.many(select(ReportSchedule.__table__))
    response = owner.get("/portal/reports").form("/stop").send()

    assert "This report is already scheduled." in page.text
    assert [(row.report, row.every) for row in rows] == [("sales", "week")]
    assert not response.has_form("/stop")


def _trade(shop: Shop) -> None:
    first = shop.paid_order(2)
    shop.paid_order()
    shop.refund(first, 500)
    shop.work_off()
    count_metrics.count(shop.business_id)


def _mail_count(email: str) -> int:
    with db.system_reading():
        return len(db.rows(select(UserMail.id).where(UserMail.recipient == email)))


def _mail_to(email: str, box: Path) -> Any:
    """The only mail to somebody: the box holds what was due to people of other tests, too."""
    mails: list[Any] = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in box.iterdir()]
    [message] = [mail for mail in mails if mail["To"] == email]
    return message
