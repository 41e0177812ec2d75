"""Signing in takes more than the password once somebody wants it so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from flask import Flask

from app.core import clock as clocks
from app.domain.identity import totp
from app.web.auth.second import WAITS_S
from app.web.auth.throttle import PER_PERSON
from app.workflow.check_second_factor import check_second_factor
from tests.factories.people import Login, code_now, make_person, set_up_app
from tests.factories.shop import Shop
from tests.pages import Visitor

OWN = "/portal/account/security"


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_person(shop.business_id, "viewer")


def test_an_app_is_set_up_by_its_first_code_and_asked_for_from_then_on(app: Flask, login: Login) -> None:
    visitor, other = Visitor(app), Visitor(app)
    for each in (visitor, other):
        each.log_in(login.email, login.password)

    page = visitor.get(OWN).form("/app").send()
    assert "That is not the code" in page.form("/app/confirm").send(code="000000").text
    secret = page.document.all("div", **{"class": "secret"})[0].all("code")[0].text.replace(" ", "")
    done = page.form("/app/confirm").send(code=totp.code_of(secret, totp.step_at(clocks.now())))

    assert done.status == 201
    codes = done.document.all("pre")[0].text.split()
    assert len(codes) == 10
    assert other.get(OWN).heading == "Sign in"
    assert "10 of 10 left" in visitor.get(OWN).text
    second = Visitor(app).log_in(login.email, login.password)
    assert second.heading == "Second step"
    home = (
        second.follow("The telephone is not at hand: use a recovery code").form("/second").send(code=codes[3].upper())
    )
    assert home.heading == "Home"
    assert "9 of 10 left" in home.visitor.get(OWN).text
    assert not check_second_factor(login.person_id, codes[3])
    again = home.visitor.get(OWN).form("/codes").send()
    assert not set(again.document.all("pre")[0].text.split()) & set(codes)
    assert not check_second_factor(login.person_id, codes[4])


def test_a_code_is_good_once_also_for_twenty_at_a_time(login: Login) -> None:
    secret = set_up_app(login)
    code = code_now(secret)

    with ThreadPoolExecutor(5) as pool:
        right = list(pool.map(lambda _: check_second_factor(login.person_id, code), range(20)))

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
