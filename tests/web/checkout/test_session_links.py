"""The link to a session's page: it carries no secret, lets one browser in, and says so to the next."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.core.errors import Unauthenticated
from app.core.ids import show
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.checkout.open_checkout import Opened, authenticate, enter_by_link, open_checkout
from tests.factories.shop import Shop
from tests.web.checkout.test_checkout import NAVIGATES, path_of


def _open(shop: Shop, *, reusable: bool = False) -> Opened:
    items = [OrderItem(shop.sku_id, 1)]
    return open_checkout(shop.business_id, items=items, buyer=Buyer(reference="ann"), reusable_link=reusable)


def _follow(app: Flask, url: str, **headers: str) -> TestResponse:
    return app.test_client().get(url, headers=NAVIGATES | headers)


def test_the_link_reveals_nothing_of_the_secret_and_its_key_opens_nothing_else(shop: Shop) -> None:
    opened = _open(shop)
    key = opened.url.partition("?key=")[2]

    assert opened.client_secret.partition("_secret_")[2] not in opened.url
    for secret in (key, f"{show('ses', opened.session_id)}_secret_{key}"):
        with pytest.raises(Unauthenticated):
            authenticate(secret)


def test_the_key_leaves_the_address_and_a_cookie_for_this_page_only_stays(app: Flask, shop: Shop) -> None:
    opened = _open(shop)
    path = f"/c/{show('ses', opened.session_id)}"

    response = _follow(app, path_of(opened))

    assert (response.status_code, response.location) == (303, path)
    cookie = response.headers["Set-Cookie"]
    assert [part for part in (f"Path={path}", "HttpOnly", "SameSite=Lax") if part not in cookie] == []
    assert opened.client_secret not in cookie
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_link_lets_one_browser_in_which_may_follow_it_again(app: Flask, shop: Shop) -> None:
    opened, first = _open(shop), app.test_client()

    entered = first.get(path_of(opened), headers=NAVIGATES)
    again = first.get(path_of(opened), headers=NAVIGATES)
    other = _follow(app, path_of(opened))

    assert (entered.status_code, again.status_code, other.status_code) == (303, 303, 401)
    assert "opened already" in other.text
    assert "Set-Cookie" not in other.headers


def test_a_reusable_link_lets_everybody_in(app: Flask, shop: Shop) -> None:
    opened = _open(shop, reusable=True)

    assert [_follow(app, path_of(opened)).status_code for _ in range(3)] == [303, 303, 303]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"}, NAVIGATES | {"Sec-Purpose": "prefetch"}],
    ids=["a chat's preview", "a script", "a guess"],
)
def test_what_looks_at_a_link_for_nobody_does_not_use_it_up(app: Flask, shop: Shop, headers: dict[str, str]) -> None:
    opened = _open(shop)

    looked = app.test_client().get(path_of(opened), headers=headers)

    assert (looked.status_code, "Set-Cookie" in looked.headers) == (200, False)
    assert "Continue to payment" in looked.text
    assert _follow(app, path_of(opened)).status_code == 303


def test_a_browser_that_says_nothing_of_itself_goes_on_by_a_button(app: Flask, shop: Shop) -> None:
    opened, client = _open(shop), app.test_client()
    path, _, key = path_of(opened).partition("?key=")

    entered = client.post(f"{path}/enter", data={"key": key})

    assert entered.status_code == 303
    assert "Pay $10.00" in client.get(path).text


@pytest.mark.parametrize("key", ["", "x", "é", "0" * 5000])
def test_a_wrong_key_lets_nobody_in(app: Flask, shop: Shop, key: str) -> None:
    path = path_of(_open(shop)).partition("?")[0]

    assert _follow(app, f"{path}?key={key}").status_code == (404 if not key else 401)
    assert app.test_client().post(f"{path}/enter", data={"key": key}).status_code == 401


def test_of_two_that_open_a_link_at_once_one_is_let_in(shop: Shop) -> None:
    opened = _open(shop)
    key = opened.url.partition("?key=")[2]

    enter_by_link(opened.session_id, key)

    with pytest.raises(Unauthenticated, match="opened already"):
        enter_by_link(opened.session_id, key)
