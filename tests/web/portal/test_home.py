"""The home page."""

from __future__ import annotations

from tests.factories.shop import Shop
from tests.html import shown_money
from tests.pages import Visitor


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


def _ref(attempt_id: object) -> str:
    from app.core.ids import show

    return show("att", attempt_id)  # type: ignore[arg-type]


def _orders(links: list[str]) -> set[str]:
    return {link for link in links if link.startswith("/portal/orders/ord_")}
