"""The home page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from app.core import db
from app.core.ids import new_id, show
from app.domain.payments.models import PaymentTransaction
from app.workflow.catalog.manage_catalog import SkuCommand, add_sku
from app.workflow.insights.count_metrics import count
from app.workflow.reconciliation.manage_cases import resolve
from tests import html
from tests.factories.cases import open_case
from tests.factories.people import add_membership, make_user
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_home_counts_today_and_leads_to_the_lists_behind(shop: Shop, owner: Visitor) -> None:
    paid = shop.paid_order(2)
    shop.place()
    undecided = shop.pay(shop.place())
    shop.script("query", "http_500", out_trade_no=_ref(undecided), times=1)
    shop.poll(undecided)
    count(shop.business_id)

    page = owner.get("/portal")
    tiles = {name: _count_tile(page, name) for name in ("Needs attention", "Awaiting payment")}

    assert _metric(page, "Sales") == "$20.00"
    assert _metric(page, "Orders paid") == "1"
    assert _orders(owner.get(_metric_link(page, "Sales")).links) == {f"/portal/orders/{show('ord', paid)}"}
    assert tiles["Needs attention"].all("span", class_="figure bad")[0].text == "1"
    assert len(_orders(owner.get(tiles["Needs attention"].get("href")).links)) == 1
    assert len(_orders(owner.get(tiles["Awaiting payment"].get("href")).links)) == 2


def test_home_counts_open_cases_until_the_last_is_resolved(shop: Shop, owner: Visitor) -> None:
    case_id = open_case(shop)
    before = _count_tile(owner.get("/portal"), "Open cases")
    listed = owner.get(before.get("href"))

    resolve(shop.business_id, case_id, reason="settled by phone", actor="test")
    after = _count_tile(owner.get("/portal"), "Open cases")

    assert before.all("span", class_="figure bad")[0].text == "1"
    assert any(link.endswith(show("case", case_id)) for link in listed.links)
    assert "Everything moves by itself" in after.text


def test_other_periods_show_the_same_sales_by_day(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)
    shop.refund(order_id, 500)
    shop.work_off()
    count(shop.business_id)

    week = owner.get("/portal").follow("7 days")
    own = week.form("/portal").send(**{"from": "2020-01-01", "to": "2020-01-03"})
    fragment = owner.fragment("/portal?period=30d", "metrics")

    assert (_metric(week, "Sales"), _metric(week, "Net of refunds")) == ("$20.00", "$15.00")
    assert len(week.document.all("table")[0].all("tr")) == 8
    assert "25.0%" in week.text
    assert (_metric(own, "Sales"), _metric(own, "Average order")) == ("$0.00", "–")
    assert "$20.00" in fragment.text
    assert not fragment.is_whole


def test_metrics_of_refunds_and_channels_lead_to_exactly_what_they_count(shop: Shop, owner: Visitor) -> None:
    old = shop.paid_order(2)
    earlier = shop.refund(old, 300)
    shop.work_off()
    with db.phase("test.earlier", shop.business_id):
        yesterday = PaymentTransaction.decided_at - timedelta(days=1)
        db.run(update(PaymentTransaction).where(PaymentTransaction.id == earlier).values(decided_at=yesterday))
    young = shop.paid_order()
    shop.refund(old, 500)
    shop.refund(young, 100)
    shop.work_off()
    declined = shop.pay(shop.place())
    shop.decline(declined)
    shop.poll(declined)
    shop.pay(shop.place())
    count(shop.business_id)

    page = owner.get("/portal")
    [tried] = [text for text in _links_to(page, "/portal/payments?") if "decided" in text]
    [of_channel] = [text for text in _links_to(page, "/portal/payments?") if "decided" not in text]
    [back] = _links_to(page, "/portal/refunds?")

    assert (back, tried, of_channel) == ("$6.00 in 2 refunds", "2 of 3 decided", "2 of 3")
    for text, rows in ((back, 2), (tried, 3), (of_channel, 3)):
        assert len(page.follow(text).document.all("tbody")[0].all("tr")) == rows
    week = owner.get("/portal?period=7d")
    assert len(week.follow("$9.00 in 3 refunds").document.all("tbody")[0].all("tr")) == 3


def _links_to(page: Page, start: str) -> list[str]:
    return [each.text for each in page.document.all("a") if (each.get("href") or "").startswith(start)]


def test_every_metric_leads_to_what_it_means(owner: Visitor) -> None:
    page = owner.get("/portal")
    anchors = {link.partition("#")[2] for link in page.links if link.startswith("/portal/metrics#")}

    meanings = owner.get("/portal/metrics")

    assert len(anchors) >= 8
    assert anchors <= {each.get("id") for each in meanings.document.all("section")}


def test_a_new_business_is_shown_its_first_steps(owner: Visitor) -> None:
    page = owner.get("/portal")

    assert "First steps 2 of 8" in page.text
    assert page.link("Take the first payment") == "/portal/playground"
    assert "Connect a channel" not in [each.text for each in page.document.all("a")]


def test_looks_are_kept_in_this_browser(owner: Visitor) -> None:
    page = owner.get("/portal/orders").form("/portal/account/theme").send(theme="dark", density="compact")

    html = page.document.all("html")[0]
    assert (html.get("data-theme"), html.get("data-density")) == ("dark", "compact")
    assert page.heading == "Orders"


def test_somebody_with_two_businesses_goes_from_one_to_the_other(app: Flask, new_shop: Callable[..., Shop]) -> None:
    one, other = new_shop(), new_shop()
    login, order_id = make_user(one.business_id), other.place()
    add_membership(login, other.business_id, role="viewer")
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
    in_dinars = SkuCommand(code="KWD", name="In KWD", price_minor=3755, currency="KWD")
    sku_id = add_sku(shop.business_id, shop.product_id, in_dinars)
    shop.paid_order(2)
    shop.paid_order(2)
    attempt_id = shop.pay(shop.place(sku_id=sku_id))
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    count(shop.business_id)

    home = signed_in(shop).get("/portal")
    dinars = home.follow("KWD")

    assert _metric(home, "Sales") == "¥5,000"
    assert "3.755" in _metric(dinars, "Sales")
    shop.work_off()
    shop.audit()


def _metric(page: Page, name: str) -> str:
    return _tile(page, name).all("p", class_="figure")[0].text


def _metric_link(page: Page, name: str) -> str:
    return _tile(page, name).all("p", class_="figure")[0].all("a")[0].get("href")


def _tile(page: Page, name: str) -> html.Element:
    tiles = [each for each in page.document.all("div") if "tile" in each.get("class").split()]
    return next(each for each in tiles if each.all("p")[0].text == name)


def _count_tile(page: Page, name: str) -> html.Element:
    tiles = (each for each in page.document.all("a") if "tile" in each.get("class").split())
    return next(each for each in tiles if each.all("span")[0].text == name)
