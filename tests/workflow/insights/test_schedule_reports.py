"""Reports by mail: who may want how many, and a morning that comes once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import clock, db, settings
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Membership
from app.domain.insights.lists.rules import MAX_SCHEDULES
from app.domain.insights.metrics import schedules
from app.domain.insights.metrics.models import ReportSchedule
from app.domain.notifications.mails.models import UserMail
from app.workflow.insights import schedule_reports
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_the_last_place_goes_to_one_of_many_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_reports, "MAX_SCHEDULES", 1)
    login = make_user(shop.business_id)

    def attempt(number: int) -> bool:
        with suppress(Conflict):
            _schedule(shop, login, report=f"report {number}", every="day")
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(attempt, range(8)))

    assert (sum(made), len(_schedules(shop))) == (1, 1)


def test_a_schedule_is_due_next_by_its_rhythm_and_only_once_of_a_kind(shop: Shop) -> None:
    login = make_user(shop.business_id)
    weekly = _schedule(shop, login, every="week")
    with pytest.raises(Conflict, match="already scheduled"):
        _schedule(shop, login, every="week")
    daily = _schedule(shop, login, every="day")
    with pytest.raises(Invalid):
        _schedule(shop, login, every="year")

    rows = {row.id: row for row in _schedules(shop)}

    assert set(rows) == {weekly, daily}
    assert rows[weekly].next_at == schedules.next_at("week", clock.now(), "UTC")
    assert rows[daily].next_at <= rows[weekly].next_at


def test_a_person_has_so_many_schedules_and_colleagues_have_their_own(shop: Shop) -> None:
    login, colleague = make_user(shop.business_id), make_user(shop.business_id, "viewer")
    first = [_schedule(shop, login, report=f"r{number}") for number in range(MAX_SCHEDULES)][0]

    with pytest.raises(Conflict, match=f"at most {MAX_SCHEDULES}"):
        _schedule(shop, login, report="one-more")
    _schedule(shop, colleague, report="one-more")
    schedule_reports.stop(shop.business_id, login.user_id, first)
    _schedule(shop, login, report="one-more")

    assert len(_schedules(shop)) == MAX_SCHEDULES + 1


def test_nobody_stops_what_another_wants_or_stops_it_twice(shop: Shop) -> None:
    login, colleague = make_user(shop.business_id), make_user(shop.business_id, "viewer")
    schedule_id = _schedule(shop, login)

    for user_id, named in ((colleague.user_id, schedule_id), (login.user_id, new_id())):
        with pytest.raises(NotFound):
            schedule_reports.stop(shop.business_id, user_id, named)
    left = len(_schedules(shop))
    schedule_reports.stop(shop.business_id, login.user_id, schedule_id)

    assert (left, _schedules(shop)) == (1, [])
    with pytest.raises(NotFound):
        schedule_reports.stop(shop.business_id, login.user_id, schedule_id)


@pytest.mark.usefixtures("with_mail")
def test_several_senders_queue_a_due_report_once(shop: Shop) -> None:
    login = make_user(shop.business_id)
    schedule_id = _schedule(shop, login, every="month")
    _let_come(shop)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: schedule_reports.send_due(), range(4)))

    [mail] = _mails(login)
    [row] = _schedules(shop)
    assert (mail.kind, mail.details["lines"]) == ("report", [])
    assert mail.details["path"].startswith("/portal/reports/sales?from=")
    assert (row.id, row.next_at) == (schedule_id, schedules.next_at("month", clock.now(), "UTC"))


@pytest.mark.usefixtures("with_mail")
def test_who_has_left_gets_no_report_and_the_schedule_goes(shop: Shop) -> None:
    login = make_user(shop.business_id, "viewer")
    _schedule(shop, login)
    _let_come(shop)
    with db.phase("test.leave", shop.business_id):
        db.run(update(Membership).where(Membership.user_id == login.user_id).values(left_at=clock.now()))

    schedule_reports.send_due()

    assert (_mails(login), _schedules(shop)) == ([], [])


def test_without_mail_a_due_report_waits(shop: Shop) -> None:
    login = make_user(shop.business_id)
    _schedule(shop, login)
    _let_come(shop)
    before = _schedules(shop)

    assert schedule_reports.send_due() == 0
    assert (_mails(login), _schedules(shop)) == ([], before)


@pytest.fixture
def with_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails are sent, to a folder."""
    there = replace(settings.current(), mail_url=(tmp_path / "mail").as_uri(), mail_from="portal@bursar.test")
    monkeypatch.setattr(settings, "_current", there)


def _schedule(shop: Shop, login: Login, *, report: str = "sales", every: str = "day") -> uuid.UUID:
    return schedule_reports.schedule(shop.business_id, login.user_id, report=report, title="Sales by day", every=every)


def _let_come(shop: Shop) -> None:
    """The morning of every schedule of the shop has come."""
    with db.phase("test.morning", shop.business_id):
        mine = update(ReportSchedule).where(ReportSchedule.business_id == shop.business_id)
        db.run(mine.values(next_at=clock.now() - timedelta(minutes=1)))


def _schedules(shop: Shop) -> list[Any]:
    return list(shop.many(select(ReportSchedule.__table__).order_by(ReportSchedule.id)))


def _mails(login: Login) -> list[Any]:
    with db.system_reading():
        return list(db.rows(select(UserMail.__table__).where(UserMail.recipient == login.email)))
