"""A session begins with a token that only the browser has."""

from __future__ import annotations

import uuid
from types import ModuleType
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.security import crypto
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession
from app.workflow.accounts.people import begin_session
from app.workflow.accounts.people.begin_session import Browser
from tests.factories.people import make_user
from tests.factories.shop import Shop

HERE = Browser("203.0.113.9", "Test browser")


def test_the_token_is_kept_as_its_hash_alone(shop: Shop) -> None:
    user_id = make_user(shop.business_id).user_id

    tokens = [begin_session.begin_session(user_id, HERE, second_factor=proved) for proved in (False, True)]

    found = _sessions(user_id)
    assert [row.token_hash for row in found] == [crypto.hash_secret(token) for token in tokens]
    assert [row.second_factor for row in found] == [False, True]
    assert [(row.address, row.agent) for row in found] == [("203.0.113.9", "Test browser")] * 2
    assert not any(token in str(found) for token in tokens)


def test_what_a_browser_says_of_itself_is_cut_to_its_length(shop: Shop) -> None:
    user_id = make_user(shop.business_id).user_id
    wordy = Browser("203.0.113.9", "x" * (rules.AGENT_LENGTH + 1))

    begin_session.begin_session(user_id, wordy, second_factor=False)
    [row] = _sessions(user_id)
    begin_session.note_use(row.id, Browser("203.0.113.9", "y" * (rules.AGENT_LENGTH + 1)))

    assert (row.agent, _sessions(user_id)[0].agent) == ("x" * rules.AGENT_LENGTH, "y" * rules.AGENT_LENGTH)


def test_use_and_reauthentication_are_those_of_one_session(shop: Shop, clock: ModuleType) -> None:
    user_id = make_user(shop.business_id).user_id
    for _ in range(2):
        begin_session.begin_session(user_id, HERE, second_factor=False)
    first, second = _sessions(user_id)
    clock.move(600)

    begin_session.note_use(first.id, Browser("198.51.100.7", "Another browser"))
    begin_session.record_reauthentication(second.id)

    used, proved = _sessions(user_id)
    assert (used.address, used.agent) == ("198.51.100.7", "Another browser")
    assert used.reauthenticated_at == first.reauthenticated_at
    assert (used.last_seen_at - first.last_seen_at).total_seconds() >= 600
    assert (proved.address, proved.last_seen_at) == (second.address, second.last_seen_at)
    assert (proved.reauthenticated_at - second.reauthenticated_at).total_seconds() >= 600


def _sessions(user_id: uuid.UUID) -> list[Any]:
    table = PortalSession.__table__
    with db.system_reading():
        return list(db.rows(select(table).where(table.c.user_id == user_id).order_by(table.c.id)))
