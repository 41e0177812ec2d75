"""A form that is sent after its session has ended comes back after signing in, and is sent by nobody but its person."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask

from app.core.ids import show
from app.domain.accounts.people import rules
from tests.factories.people import Login, add_membership, make_user
from tests.factories.shop import Shop
from tests.pages import Form, Page, Visitor


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


@pytest.fixture
def late(app: Flask, login: Login, clock: ModuleType) -> Callable[[str, str], Form]:
    """A function that signs the owner in, opens a page with a form and lets the session end."""

    def open_and_leave(path: str, action: str) -> Form:
        visitor = Visitor(app)
        visitor.log_in(login.email, login.password)
        form = visitor.get(path).form(action)
        clock.move(rules.IDLE.total_seconds() + 1)
        return form

    return open_and_leave


def test_a_form_comes_back_as_the_form_and_is_sent_by_hand(late: Callable[[str, str], Form], login: Login) -> None:
    response = late("/portal/products/new", "/portal/products/new").send(name="A long name <b>", description="x" * 3000)
    stored = _sign_in(response, login)
    listed = stored.visitor.get("/portal/products")
    form = stored.form("/portal/products/new")
    values = form.values()
    sent = form.send()

    assert response.heading == "Sign in"
    assert (stored.path, "Your entries are back." in stored.text) == ("/portal/products/new", True)
    assert (values["name"], values["description"]) == ("A long name <b>", "x" * 3000)
    assert "A long name" not in listed.text, "nothing is sent by itself"
    assert "A long name" in sent.text
    assert sent.visitor.get("/portal/account/saved_form").heading == "Home", "it was sent, so it is not kept"
    assert sent.visitor.get("/portal/products/new").form("/portal/products/new").values()["name"] == ""


def test_what_has_no_place_in_its_page_is_listed(late: Callable[[str, str], Form], login: Login) -> None:
    response = late("/portal/products/new", "/portal/products/new").send(name="A name", row_7="of a script")
    stored = _sign_in(response, login)
    discarded = stored.form("/saved_form/discard").send()

    assert stored.heading == "We kept your form"
    assert "of a script" in stored.text
    assert stored.form("/portal/products/new").page is stored
    assert discarded.heading == "Home"
    assert stored.visitor.get("/portal/account/saved_form").heading == "Home"


def test_a_page_that_is_not_there_any_more_leads_to_the_list(late: Callable[[str, str], Form], login: Login) -> None:
    form = late("/portal/products/new", "/portal/products/new")
    form.page.path = "/portal/products/prd_01jd63x2hbfg6rw3r000000001"
    stored = _sign_in(form.send(name="Kept"), login)

    assert stored.heading == "We kept your form"


def test_what_was_typed_beside_a_file_comes_back_and_the_file_is_asked_for(
    shop: Shop, late: Callable[[str, str], Form], login: Login
) -> None:
    images = f"/portal/products/{show('prd', shop.product_id)}/images"
    form = late(images, images)
    values = {**form.values(), "alt": "A blue mug", "file": (io.BytesIO(b"GIF89a"), "mug.gif")}
    stored = _sign_in(
        form.page.visitor.post(images, values, headers={"Referer": f"http://localhost{form.page.path}"}), login
    )

    assert (stored.path, "Your entries are back." in stored.text) == (form.page.path, True)
    assert "Files were not kept. Choose them again." in stored.text
    assert stored.form(images).values()["alt"] == "A blue mug"


def test_a_file_whose_page_is_unknown_is_not_submitted_without_it(
    late: Callable[[str, str], Form], login: Login
) -> None:
    form = late("/portal/products/new", "/portal/products/new")
    values = {**form.values(), "name": "A name", "file": (io.BytesIO(b"x"), "x.csv")}
    stored = _sign_in(form.page.visitor.post("/portal/products/new", values), login)

    assert (stored.heading, "Files were not kept." in stored.text) == ("We kept your form", True)
    assert "Submit now" not in stored.text


def test_secrets_are_not_kept(late: Callable[[str, str], Form], login: Login) -> None:
    response = late("/portal/account/password", "/account/password").send(old=login.password, password="new one 12345")
    home = _sign_in(response, login)

    assert home.heading == "Home"
    form = home.visitor.get("/portal/products/new").form("/portal/products/new")
    form.page.visitor.client.delete_cookie("session")
    assert "/kept" not in form.send(name="From nowhere").path, "without the browser's own cookie nothing is kept"


def test_fields_of_secrets_are_left_out(late: Callable[[str, str], Form], login: Login) -> None:
    form = late("/portal/products/new", "/portal/products/new")
    stored = _sign_in(form.send(name="Till", api_key="sk_live_1", client_secret="hush"), login)

    assert "Secrets were not kept" in stored.text
    assert "hush" not in stored.source
    assert "sk_live_1" not in stored.source


def test_it_comes_back_in_its_own_business_and_to_its_person_alone(
    app: Flask, login: Login, new_shop: Callable[..., Shop], clock: ModuleType
) -> None:
    second, other = new_shop().business_id, make_user(new_shop().business_id)
    add_membership(login, second, role="owner")
    visitor = Visitor(app)
    home = visitor.log_in(login.email, login.password)
    home.form("/account/business").send(business=show("biz", second))
    form = visitor.get("/portal/products/new").form("/portal/products/new")
    clock.move(rules.IDLE.total_seconds() + 1)
    response = form.send(name="For the second")

    theirs = _sign_in(response, other)
    own = Visitor(app)
    own.log_in(login.email, login.password)
    own.get("/portal/account/saved_form").form("/portal/products/new").send()

    assert theirs.heading == "Home"
    assert "For the second" not in theirs.visitor.get("/portal/account/saved_form").text
    assert "For the second" in own.get("/portal/products").text
    assert own.get("/portal").form("/account/business").send(business=show("biz", second)).status == 200
    assert "For the second" in own.get("/portal/products").text


def _sign_in(page: Page, login: Login) -> Page:
    return page.form("/portal/login").send(email=login.email, password=login.password)
