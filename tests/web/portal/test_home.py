"""The home page."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Flask

from app.core.ids import new_id, show
from app.workflow.manage_catalog import SkuWish, add_sku
from tests.factories.people import make_person, take_seat
from tests.factories.shop import Shop
from tests.html import shown_money
from tests.pages import Page, Visitor


def test_home_counts_today_and_leads_to_the_lists_behind(shop: Shop, owner: Visitor) -> None:
    shop.paid_order(2)
    shop.place()
    undecided = shop.pay(shop.place())
    shop.script("query", "http_500", out_trade_no=_ref(undecided), times=1)
    shop.ask(undecided)

    page = owner.get("/portal")
    tiles = {each.all("span")[0].text: each for each in page.document.all("a") if "tile" in each.get("class").split()}

    assert shown_money(tiles["Sales today"].text)[0] == "$20.00"
    assert tiles["Needs attention"].all("span", class_="figure bad")[0].text == "1"
    assert len(_orders(owner.get(tiles["Needs attention"].get("href")).links)) == 1
    assert len(_orders(owner.get(tiles["Awaiting payment"].get("href")).links)) == 2


def test_a_new_business_is_told_its_first_steps(owner: Visitor) -> None:
    page = owner.get("/portal")

    assert "First steps" in page.text
    assert "Take the first payment" in page.text


def test_looks_are_kept_in_this_browser(owner: Visitor) -> None:
    page = owner.get("/portal/orders").form("/portal/account/look").send(theme="dark", density="compact")

    html = page.document.all("html")[0]
    assert (html.get("data-theme"), html.get("data-density")) == ("dark", "compact")
    assert page.heading == "Orders"


def test_somebody_with_two_businesses_goes_from_one_to_the_other(app: Flask, new_shop: Callable[..., Shop]) -> None:
    one, other = new_shop(), new_shop()
    login, order_id = make_person(one.business_id), other.place()
    take_seat(login, other.business_id, role="viewer")
    visitor = Visitor(app)
    form = visitor.log_in(login.email, login.password).form("/account/business")

    there = form.send(business=show("biz", other.business_id))
    nowhere = there.form("/account/business").send(business=show("biz", new_id()))

    assert show("ord", order_id) in " ".join(visitor.get("/portal/orders").links)
    assert "API keys" not in there.text
    assert nowhere.status == 404


def _ref(attempt_id: uuid.UUID) -> str:
    return show("att", attempt_id)


def _orders(links: list[str]) -> set[str]:
    return {link for link in links if link.startswith("/portal/orders/ord_")}


def test_each_currency_has_its_own_day(new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]) -> None:
    shop = new_shop(currency="JPY", price_minor=1250)
    in_dinars = SkuWish(code="KWD", name="In KWD", price_minor=3755, currency="KWD")
    sku_id = add_sku(shop.business_id, shop.product_id, in_dinars)
    shop.paid_order(2)
    shop.paid_order(2)
    attempt_id = shop.pay(shop.place(sku_id=sku_id))
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    home = signed_in(shop).get("/portal")
    dinars = home.follow("KWD")

    assert "¥5,000" in _sales(home)
    assert "KWD" in _sales(dinars)
    assert "3.755" in _sales(dinars)
    shop.settle()
    shop.audit()


def _sales(page: Page) -> str:
    return next(each.text for each in page.document.all("a") if each.text.startswith("Sales today"))
