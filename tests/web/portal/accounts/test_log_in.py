"""Signing in and out."""

from __future__ import annotations

import secrets

from flask import Flask

from app.core.limits.ratelimit import Counter, Limit
from app.web.auth.throttle import PER_ACCOUNT
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_the_right_password_leads_to_the_requested_page(app: Flask, shop: Shop) -> None:
    visitor, login = Visitor(app), make_user(shop.business_id)

    response = visitor.get("/portal/products?status=draft")
    page = response.form("/portal/login").send(email=login.email.upper(), password=login.password)

    assert response.heading == "Sign in"
    assert page.path.endswith("/portal/products?status=draft")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app: Flask, shop: Shop) -> None:
    login = make_user(shop.business_id)

    wrong = Visitor(app).log_in(login.email, "not the password")
    unknown = Visitor(app).log_in(f"{secrets.token_hex(6)}@people.example", "not the password")

    assert wrong.status == unknown.status == 422
    assert wrong.document.all("div", role="alert")[0].text == unknown.document.all("div", role="alert")[0].text


def test_an_account_is_closed_for_a_while_after_too_many_tries(app: Flask, shop: Shop) -> None:
    visitor, login = Visitor(app, address="192.0.2.7"), make_user(shop.business_id)
    for _ in range(PER_ACCOUNT.times):
        assert visitor.log_in(login.email, "not the password").status == 422

    page = visitor.log_in(login.email, login.password)

    assert page.status == 429
    assert "Too many attempts" in page.text


def test_counting_goes_on_in_the_process_when_redis_is_away() -> None:
    counter, limit = Counter("redis://127.0.0.1:1/0"), Limit("test", times=2, window_s=600)

    waits = [counter.hit(limit, "somebody") for _ in range(3)]

    assert waits[:2] == [0, 0]
    assert waits[2] > 0
    assert counter.hit(limit, "somebody else") == 0


def test_signing_in_begins_a_session_of_its_own(app: Flask, shop: Shop) -> None:
    visitor, login = Visitor(app), make_user(shop.business_id)
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    form = visitor.get("/portal/login").form("/portal/login")
    token_before = form.values()["csrf_token"]

    page = form.send(email=login.email, password=login.password)

    with visitor.client.session_transaction() as session:
        assert "planted" not in session
    assert page.form("/portal/logout").values()["csrf_token"] != token_before


def test_signing_out_ends_the_session(owner: Visitor) -> None:
    page = owner.get("/portal").form("/portal/logout").send()

    assert page.heading == "Sign in"
    assert owner.get("/portal/orders").heading == "Sign in"


def test_nobody_is_sent_to_another_site_after_signing_in(app: Flask, shop: Shop) -> None:
    login = make_user(shop.business_id)
    for elsewhere in ("https://evil.example/", "//evil.example/portal", "/portal\\@evil.example", "/portalevil"):
        form = Visitor(app).get("/portal/login", query={"next": elsewhere}).form("/portal/login")

        assert form.send(email=login.email, password=login.password).heading == "Home"


def test_a_form_without_its_token_changes_nothing(owner: Visitor) -> None:
    form = owner.get("/portal/products/new").form("/portal/products/new")

    page = form.send(name="Forged", csrf_token=None)

    assert page.status == 400
    assert "Forged" not in owner.get("/portal/products").text
