"""Sessions end: by their person, and by themselves."""

from __future__ import annotations

import uuid
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core import db
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession
from app.workflow.accounts.people import begin_session, end_sessions
from app.workflow.accounts.people.begin_session import Browser
from tests.factories.people import make_user
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

HERE = Browser("203.0.113.9", "Test browser")


def test_a_person_ends_one_session_and_nobody_elses(shop: Shop) -> None:
    one, other = (make_user(shop.business_id).user_id for _ in range(2))
    first, second = _begin(one), _begin(one)

    refused = end_sessions.end_session(other, first)
    ended = end_sessions.end_session(one, first)
    again = end_sessions.end_session(one, first)

    assert (refused, ended, again) == (False, True, False)
    assert _open(one) == [second]


def test_all_others_end_and_the_one_to_keep_stays(shop: Shop) -> None:
    one, other = (make_user(shop.business_id).user_id for _ in range(2))
    kept, untouched = [_begin(one) for _ in range(3)][1], _begin(other)

    count = end_sessions.end_other_sessions(one, keep=kept)

    assert (count, _open(one), _open(other)) == (2, [kept], [untouched])
    assert end_sessions.end_other_sessions(one, keep=None) == 1
    assert (_open(one), _open(other)) == ([], [untouched])


def test_a_session_that_nobody_uses_is_over_after_an_hour(shop: Shop, clock: ModuleType) -> None:
    user_id = make_user(shop.business_id).user_id
    idle, used = _begin(user_id), _begin(user_id)
    clock.move(rules.IDLE.total_seconds() - 60)
    end_sessions.end_over()
    before = _open(user_id)
    begin_session.note_use(used, HERE)

    clock.move(120)
    end_sessions.end_over()

    assert (before, _open(user_id)) == ([idle, used], [used])


def test_a_session_that_is_used_all_the_time_is_over_too(shop: Shop, clock: ModuleType) -> None:
    user_id = make_user(shop.business_id).user_id
    session_id = _begin(user_id)
    clock.move(rules.LASTS.total_seconds() - 60)
    begin_session.note_use(session_id, HERE)
    end_sessions.end_over()
    before = _open(user_id)

    clock.move(120)
    begin_session.note_use(session_id, HERE)
    end_sessions.end_over()

    assert (before, _open(user_id)) == ([session_id], [])


def _begin(user_id: uuid.UUID) -> uuid.UUID:
    begin_session.begin_session(user_id, HERE, second_factor=False)
    return _open(user_id)[-1]


def _open(user_id: uuid.UUID) -> list[uuid.UUID]:
    table = PortalSession.__table__
    with db.system_reading():
        return [row.id for row in db.rows(select(table).where(table.c.user_id == user_id).order_by(table.c.id))]
