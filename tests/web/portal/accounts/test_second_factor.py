"""Signing in takes more than the password once somebody enables it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.core import clock as clocks
from app.core import db, mail, settings
from app.domain.accounts.people import totp
from app.domain.notifications.mails.models import UserMail
from app.web.auth.second import WAITS_S
from app.web.auth.throttle import PER_ACCOUNT, PER_PERSON
from app.workflow.accounts.people.check_second_factor import check_second_factor
from app.workflow.notifications.render_user_mail import render_user_mail
from tests.factories.people import Login, code_now, make_user, set_up_app
from tests.factories.shop import Shop
from tests.pages import Visitor

OWN = "/portal/account/security"


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id, "viewer")


def test_an_app_is_set_up_by_its_first_code_and_required_from_then_on(app: Flask, login: Login) -> None:
    visitor, other = Visitor(app), Visitor(app)
    for each in (visitor, other):
        each.log_in(login.email, login.password)

    page = visitor.get(OWN).form("/app").send()
    assert "The code does not match" in page.form("/app/confirm").send(code="000000").text
    secret = page.document.all("div", **{"class": "secret"})[0].all("code")[0].text.replace(" ", "")
    done = page.form("/app/confirm").send(code=totp.code_of(secret, totp.step_at(clocks.now())))

    assert done.status == 201
    codes = done.document.all("pre")[0].text.split()
    assert len(codes) == 10
    assert other.get(OWN).heading == "Sign in"
    assert "10 of 10 left" in visitor.get(OWN).text
    second = Visitor(app).log_in(login.email, login.password)
    assert second.heading == "Two-step verification"
    home = second.follow("No access to your phone? Use a recovery code").form("/second").send(code=codes[3].upper())
    assert home.heading == "Home"
    assert "9 of 10 left" in home.visitor.get(OWN).text
    assert not check_second_factor(login.user_id, codes[3])
    again = home.visitor.get(OWN).form("/codes").send()
    assert not set(again.document.all("pre")[0].text.split()) & set(codes)
    assert not check_second_factor(login.user_id, codes[4])


def test_a_code_is_good_once_also_for_twenty_at_a_time(login: Login) -> None:
    secret = set_up_app(login)
    code = code_now(secret)

    with ThreadPoolExecutor(5) as pool:
        right = list(pool.map(lambda _: check_second_factor(login.user_id, code), range(20)))

    assert sum(right) == 1


def test_the_second_step_is_left_to_whoever_gave_the_password_lately(
    app: Flask, login: Login, clock: ModuleType
) -> None:
    set_up_app(login)
    assert Visitor(app).get("/portal/login/second").heading == "Sign in"
    visitor = Visitor(app)
    page = visitor.log_in(login.email, login.password)
    assert visitor.get("/portal").heading == "Sign in"

    clock.move(WAITS_S + 1)

    assert page.form("/second").send(code="123456").heading == "Sign in"


def test_wrong_codes_are_counted(app: Flask, login: Login) -> None:
    secret = set_up_app(login)
    page = Visitor(app).log_in(login.email, login.password)
    for _ in range(PER_PERSON.times):
        assert page.form("/second").send(code="000000").status == 422

    assert page.form("/second").send(code=code_now(secret)).status == 429


def test_removing_the_app_leaves_the_password_alone(app: Flask, login: Login) -> None:
    visitor = Visitor(app)
    visitor.log_in(login.email, login.password)
    set_up_app(login)

    page = visitor.get(OWN).form("/app/remove").send()

    assert "Set up an authenticator app" in page.text
    assert Visitor(app).log_in(login.email, login.password).heading == "Home"


def test_a_business_may_demand_it_of_everybody(app: Flask, shop: Shop) -> None:
    boss, colleague = make_user(shop.business_id), make_user(shop.business_id, "support")
    owner, other = Visitor(app), Visitor(app)
    owner.log_in(boss.email, boss.password)
    other.log_in(colleague.email, colleague.password)
    rule = owner.get("/portal/team").follow("Two-step verification")
    assert colleague.email in rule.text
    assert "Set up two-step verification for yourself first" in rule.form("/rule").send().text
    set_up_app(boss)

    assert "Members without two-step verification" in rule.form("/rule").send().text

    led = other.get("/portal/orders")
    assert led.heading == "Security"
    assert "requires two-step verification" in led.text
    page = other.get(OWN).form("/app").send()
    secret = page.document.all("div", **{"class": "secret"})[0].all("code")[0].text.replace(" ", "")
    page.form("/app/confirm").send(code=code_now(secret))
    assert other.get("/portal/orders").heading == "Orders"
    # The owner's own session began without the app; signing in again is enough.
    assert owner.get("/portal/orders").heading == "Security"


def test_people_hear_of_what_happens_to_their_account(
    app: Flask, login: Login, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "is_on", lambda: True)
    clock.move(3600)  # not quite new any more
    visitor = Visitor(app, address="192.0.2.9")
    visitor.log_in(login.email, login.password)
    visitor.get("/portal").form("/logout").send()
    visitor.log_in(login.email, login.password)
    set_up_app(login)
    visitor.get(OWN).form("/codes").send()
    visitor.get(OWN).form("/app/remove").send()

    result = _mails(login)

    assert [each.details["what"] for each in result] == ["new_device", "codes_renewed", "app_removed"]
    assert result[0].details["address"] == "192.0.2.9"
    now = replace(settings.current(), mail_from="bursar@example.org")
    monkeypatch.setattr(settings, "current", lambda: now)
    text = render_user_mail(result[0]).as_string()
    assert "New sign-in" in text
    assert "192.0.2.9" in text
    with db.system_phase("test.forget"):
        db.run(delete(UserMail).where(UserMail.recipient == login.email))


def test_strangers_who_guess_lock_nobody_out_of_their_own_browser(app: Flask, login: Login) -> None:
    own, stranger = Visitor(app), Visitor(app, address="192.0.2.10")
    own.log_in(login.email, login.password)
    own.get("/portal").form("/logout").send()
    for _ in range(PER_ACCOUNT.times + 1):
        blocked = stranger.log_in(login.email, "guess")
    assert blocked.status == 429

    assert own.log_in(login.email, login.password).heading == "Home"


def _mails(login: Login) -> list[Any]:
    query = select(UserMail.__table__).where(UserMail.recipient == login.email).order_by(UserMail.id)
    with db.system_reading():
        return list(db.rows(query))
