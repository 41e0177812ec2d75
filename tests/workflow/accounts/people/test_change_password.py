"""A new password: by somebody who knows the old one, or by a link that works once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid, NotFound
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession
from app.workflow.accounts.people import change_password
from app.workflow.accounts.people.begin_session import Browser, begin_session
from app.workflow.accounts.people.change_password import Named
from app.workflow.accounts.people.log_in import log_in
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop

NEW = "nine-violet-otters-hum"


def test_who_knows_the_old_one_changes_it_and_keeps_this_session_alone(shop: Shop) -> None:
    login = make_user(shop.business_id)
    here, _ = _begin(login), _begin(login)

    change_password.change_password(login.user_id, old=login.password, new=NEW, session_id=here)

    assert (log_in(login.email, NEW), log_in(login.email, login.password)) == (login.user_id, None)
    assert _sessions(login) == [here]


def test_a_wrong_or_a_common_password_changes_nothing(shop: Shop) -> None:
    login = make_user(shop.business_id)
    sessions = [_begin(login), _begin(login)]

    for old, new in (("wrong", NEW), (login.password, "password"), (login.password, ""), (login.password, login.email)):
        with pytest.raises(Invalid):
            change_password.change_password(login.user_id, old=old, new=new, session_id=sessions[0])

    assert log_in(login.email, login.password) == login.user_id
    assert _sessions(login) == sessions


def test_a_link_gives_a_password_once_and_ends_every_session(shop: Shop) -> None:
    login = make_user(shop.business_id)
    _begin(login)
    named = _named(login)

    change_password.reset_password(named, NEW)

    assert (log_in(login.email, NEW), _sessions(login)) == (login.user_id, [])
    with pytest.raises(NotFound):
        change_password.reset_password(named, "another-violet-otter-hums")
    assert log_in(login.email, NEW) == login.user_id


def test_of_two_who_use_a_link_at_once_one_chooses_the_password(shop: Shop) -> None:
    login = make_user(shop.business_id)
    named = _named(login)
    chosen = [f"{NEW}-{number}" for number in range(4)]

    def use(password: str) -> bool:
        try:
            change_password.reset_password(named, password)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        used = list(pool.map(use, chosen))

    [winner] = [password for password, done in zip(chosen, used, strict=True) if done]
    assert [log_in(login.email, password) is not None for password in chosen] == [each == winner for each in chosen]


def test_a_link_is_over_after_its_hour_and_with_the_password_it_replaces(shop: Shop, clock: ModuleType) -> None:
    login = make_user(shop.business_id)
    early, token = _token(login), _token(login)
    change_password.reset_password(change_password.read_token(early), NEW)
    with pytest.raises(NotFound):
        change_password.read_token(token)
    in_time = _token(login)

    clock.move(rules.PASSWORD_LINK_LASTS.total_seconds() - 60)
    assert change_password.read_token(in_time).user_id == login.user_id
    clock.move(120)

    for text in (in_time, f"{in_time}x", "nonsense", ""):
        with pytest.raises(NotFound):
            change_password.read_token(text)


def test_a_common_password_leaves_the_link_as_it_was(shop: Shop) -> None:
    login = make_user(shop.business_id)
    token = _token(login)

    with pytest.raises(Invalid):
        change_password.reset_password(change_password.read_token(token), "password")

    assert change_password.read_token(token).user_id == login.user_id


def test_nobody_gets_a_link_without_an_account(shop: Shop) -> None:
    assert shop
    assert change_password.link_for("nobody@people.example") is None
    assert change_password.reset_details("nobody@people.example", 0) is None


def _token(login: Login) -> str:
    return str(change_password.link_for(login.email)).rpartition("/")[2]


def _named(login: Login) -> Named:
    return change_password.read_token(_token(login))


def _begin(login: Login) -> uuid.UUID:
    begin_session(login.user_id, Browser("203.0.113.9", "Test browser"), second_factor=False)
    return _sessions(login)[-1]


def _sessions(login: Login) -> list[uuid.UUID]:
    table = PortalSession.__table__
    with db.system_reading():
        return [row.id for row in db.rows(select(table).where(table.c.user_id == login.user_id).order_by(table.c.id))]
