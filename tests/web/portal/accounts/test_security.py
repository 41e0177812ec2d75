"""One's own account: where one is signed in, and signing out there."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from app.core import db
from app.core.ids import show
from app.core.security import crypto
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession
from app.read.accounts import portal_sessions
from app.web.portal.accounts.security.agents import described
from app.workflow.accounts.people import end_sessions
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop
from tests.pages import Visitor

OWN = "/portal/account/security"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id, "viewer")


def test_the_cookie_is_worth_what_the_database_says(app: Flask, login: Login) -> None:
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)
    with visitor.client.session_transaction() as session:
        token = session["_user_id"]

    with db.system_reading():
        [row] = db.rows(PortalSession.__table__.select().where(PortalSession.user_id == login.user_id))
    assert row.token_hash == crypto.hash_secret(token)
    assert token not in str(row)
    end_sessions.end_session(login.user_id, row.id)
    assert visitor.get("/portal").heading == "Sign in"


def test_one_signs_out_another_browser_and_all_others(app: Flask, login: Login) -> None:
    here, there, third = Visitor(app), Visitor(app, address="192.0.2.44"), Visitor(app)
    for each in (here, third, there):
        each.log_in(login.email, login.password)
    page = here.get("/portal").follow("Security")
    assert "This browser" in page.text
    assert page.text.count("192.0.2.44") == 1

    [row] = [each for each in portal_sessions.sessions_of(login.user_id) if each.address == "192.0.2.44"]
    page = page.form(f"/{show('pse', row.id)}/end").send()

    assert "Session signed out" in page.text
    assert "192.0.2.44" not in page.text
    assert [each.get(OWN).heading for each in (here, there, third)] == ["Security", "Sign in", "Security"]
    page.form("/sessions/end").send()
    assert [each.get(OWN).heading for each in (here, third)] == ["Security", "Sign in"]


def test_nobody_signs_somebody_else_out(app: Flask, login: Login, owner: Visitor) -> None:
    theirs = Visitor(app)
    theirs.log_in(login.email, login.password)
    [row] = portal_sessions.sessions_of(login.user_id)
    token = owner.get(OWN).form("/logout").values()["csrf_token"]

    page = owner.post(f"{OWN}/sessions/{show('pse', row.id)}/end", {"csrf_token": token})

    assert page.status == 404
    assert theirs.get(OWN).heading == "Security"


@pytest.mark.parametrize(
    ("rest", "is_over"), [(rules.IDLE - timedelta(seconds=5), False), (rules.IDLE + timedelta(seconds=5), True)]
)
def test_a_session_that_nobody_uses_ends(
    app: Flask, login: Login, clock: ModuleType, rest: timedelta, is_over: bool
) -> None:
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)

    clock.move(rest.total_seconds())

    assert (visitor.get("/portal").heading == "Sign in") == is_over


def test_a_session_that_is_used_all_day_ends_too_and_is_forgotten(app: Flask, login: Login, clock: ModuleType) -> None:
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)
    for _ in range(13):
        assert visitor.get(OWN).heading == "Security"
        clock.move(rules.LASTS.total_seconds() / 13)

    assert visitor.get(OWN).heading == "Sign in"
    assert end_sessions.end_over() >= 1


def test_a_cookie_from_before_signing_out_is_worth_nothing(app: Flask, login: Login) -> None:
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)
    stored = visitor.client.get_cookie("bursar")
    visitor.get("/portal").form("/portal/logout").send()

    assert stored is not None
    visitor.client.set_cookie("bursar", stored.value)
    assert visitor.get("/portal").heading == "Sign in"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Linux"),
        ("curl/8.1", "curl"),
        ("", "An unknown browser"),
        ("X (iPhone)", "A browser on iPhone"),
    ],
)
def test_browsers_are_called_by_name(agent: str, words: str) -> None:
    assert described(agent) == words
