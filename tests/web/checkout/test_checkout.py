"""The hosted panel as a browser without scripts meets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core import db
from app.core.ids import parse, show
from app.domain.catalog.models import Product
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.read.checkout import checkouts
from app.workflow.catalog.manage_catalog import SkuCommand, add_sku
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.checkout.open_checkout import Opened, open_checkout
from app.workflow.risk import manage_reviews
from tests.factories.risk import REVIEW_ALL, make_entry, make_rule_set, reviews
from tests.factories.shop import Shop

# What a browser says of a page that it opens for the person before it.
NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def path_of(opened: Opened) -> str:
    """The link to a session, on the host of the test's requests."""
    return f"/c/{opened.url.partition('/c/')[2]}"


@dataclass
class Visit:
    """One buyer's browser at one session; forms are sent as the page gave them."""

    client: FlaskClient
    shop: Shop
    opened: Opened
    html: str = ""

    @property
    def session_id(self) -> str:
        return show("ses", self.opened.session_id)

    @property
    def path(self) -> str:
        return f"/c/{self.session_id}"

    @property
    def status(self) -> str:
        return str(checkouts.snapshot(self.shop.business_id, parse("ses", self.session_id))["status"])

    def enter(self) -> TestResponse:
        return self.read(self.client.get(path_of(self.opened), headers=NAVIGATES, follow_redirects=True))

    def look(self, path: str = "") -> TestResponse:
        return self.read(self.client.get(self.path + path))

    def send(self, do: str, path: str = "", *, follow: bool = True, **changes: str) -> TestResponse:
        """Press a button of the form, with some fields filled in anew."""
        data = {**self.fields(), "do": do, **changes}
        return self.read(self.client.post(self.path + path, data=data, follow_redirects=follow))

    def remove(self, key: str) -> TestResponse:
        """Press the button beside a line."""
        return self.read(self.client.post(self.path, data={**self.fields(), "remove": key}, follow_redirects=True))

    def read(self, response: TestResponse) -> TestResponse:
        if response.mimetype == "text/html":
            self.html = response.get_data(as_text=True)
        return response

    def fields(self) -> dict[str, str]:
        """What the page's form holds, as a browser would send it."""
        found = {}
        for tag in re.findall(r"<input[^>]*>", self.html):
            values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            chosen = values.get("type") not in ("radio", "checkbox") or " checked" in tag
            if chosen and "name" in values:
                found[values["name"]] = values["value"]
        return found


@pytest.fixture
def new_visit(app: Flask, shop: Shop) -> Callable[..., Visit]:
    def make(return_url: str | None = None) -> Visit:
        opened = open_checkout(
            shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"), return_url=return_url
        )
        return Visit(app.test_client(), shop, opened)

    return make


@pytest.fixture
def visit(new_visit: Callable[..., Visit]) -> Visit:
    made = new_visit()
    made.enter()
    return made


@pytest.mark.parametrize("path", ["", "/status"])
def test_without_having_been_let_in_there_is_nothing_to_see(new_visit: Callable[..., Visit], path: str) -> None:
    visit, other = new_visit(), new_visit()
    other.enter()

    assert visit.look(path).status_code == 404
    for foreign in (other.opened.grant, visit.opened.client_secret):
        assert other.client.get(visit.path, headers={"Cookie": f"bursar_checkout={foreign}"}).status_code == 404


def test_what_is_missing_is_where_the_page_opens_again(visit: Visit) -> None:
    """Without scripts the answer to a form is a new page; the address leads to its alert."""
    assert re.search(r'<form class="bursar-form" method="post" action="/c/[^"]+#problem"', visit.html)
    assert visit.html.count('id="problem"') == 1


def test_a_new_quantity_gets_its_price_from_the_server(visit: Visit) -> None:
    visit.send("update", quantity_1="3")

    assert "Pay $30.00" in visit.html
    assert visit.status == "ready"


def test_the_quantity_begins_at_the_least_an_order_has(shop: Shop, visit: Visit) -> None:
    with db.phase("test.limit", shop.business_id):
        db.write(db.change(Product, shop.product_id, min_per_order=2), expect=1)

    visit.look()

    assert re.search(r'name="quantity_1"[^>]* min="2"', visit.html)


@pytest.mark.parametrize("quantity", ["0", "-1", "51", "1.5", "many", "", "9" * 30])
def test_a_quantity_that_is_none_changes_nothing(visit: Visit, quantity: str) -> None:
    response = visit.send("pay", quantity_1=quantity)

    assert response.status_code == 422
    assert 'role="alert"' in visit.html
    assert visit.status == "ready"
    assert "Pay $10.00" in visit.html


def test_a_price_the_buyer_did_not_see_is_shown_before_it_is_charged(visit: Visit) -> None:
    response = visit.send("pay", quantity_1="2")

    assert response.status_code == 422
    assert "The price has changed" in visit.html
    assert "Pay $20.00" in visit.html
    assert visit.status == "ready"


def test_the_terms_must_be_accepted_as_they_were_shown(shop: Shop, visit: Visit) -> None:
    agreement_id = publish_agreement(shop.business_id, code="terms", locale="en", title="Terms", body="Be kind.")
    field = f"agreement_{show('agr', agreement_id)}"
    visit.look()
    [shown] = re.findall(rf'name="{field}"\s+value="(\w+)"', visit.html)

    refused = [visit.send("pay"), visit.send("pay", **{field: "another text"})]
    assert [each.status_code for each in refused] == [422, 422]
    assert visit.status == "ready"

    visit.send("pay", **{field: shown})
    assert visit.status == "requires_action"


def test_paying_leads_to_the_company_once_and_then_waits_for_the_buyer(visit: Visit) -> None:
    first = visit.send("pay")
    second = visit.look()

    assert re.fullmatch(r"0; url=http://127.0.0.1:\d+/pay/\w+", first.headers["Refresh"])
    assert "Refresh" not in second.headers
    assert "Continue to payment" in visit.html


def test_the_same_form_sent_twice_pays_once(visit: Visit) -> None:
    form = visit.html
    visit.send("pay")
    visit.html = form

    visit.send("pay")

    [order_id] = {order.id for order in visit.shop.many(_orders())}
    assert len(visit.shop.many(_attempts())) == 1
    assert visit.shop.order(order_id).status == "paying"


def test_another_way_can_be_chosen_after_stepping_back(visit: Visit) -> None:
    visit.send("pay")

    visit.send("", "/leave")

    assert visit.status == "failed"
    assert "Try again · $10.00" in visit.html


def test_a_payment_under_review_is_said_so_and_goes_on_when_released(visit: Visit) -> None:
    make_rule_set(visit.shop, REVIEW_ALL, to="on")

    visit.send("pay")
    held, again = visit.html, visit.send("pay")

    assert "The shop is checking this payment. Nothing was charged." in held
    assert "Look first" not in held + again.get_data(as_text=True)
    assert "The shop is checking this payment." in visit.html
    manage_reviews.release(visit.shop.business_id, reviews(visit.shop)[0].id, reason="Known", actor="usr_ann")
    visit.send("pay")
    assert len(visit.shop.many(_orders())) == len(visit.shop.many(_attempts())) == 1
    visit.shop.audit()


def test_returning_polls_the_company_and_leads_to_the_merchant(new_visit: Callable[..., Visit]) -> None:
    visit = new_visit("https://shop.test/thanks?a=1")
    visit.enter()
    visit.send("pay")
    visit.shop.approve(visit.shop.many(_attempts())[0].id)

    response = visit.client.get(f"{visit.path}/return")

    assert (response.status_code, visit.status) == (303, "succeeded")
    assert response.location == f"https://shop.test/thanks?a=1&bursar_session={visit.session_id}"
    visit.shop.work_off()
    visit.look()
    assert "Payment successful" in visit.html
    assert "Your purchase is ready." in visit.html


def test_watching_answers_only_when_something_changed(visit: Visit) -> None:
    visit.send("pay")
    seen = re.findall(r"/status\?seen=(\d+)", visit.html)[0]
    assert visit.client.get(f"{visit.path}/status?seen={seen}").status_code == 204

    visit.shop.decline(visit.shop.many(_attempts())[0].id)
    visit.client.get(f"{visit.path}/return")
    changed = visit.client.get(
        f"{visit.path}/status?seen={seen}", headers={"HX-Request": "true", "HX-Target": "#panel"}
    )

    assert changed.status_code == 200
    assert "There is not enough money" in changed.get_data(as_text=True)
    assert "<html" not in changed.get_data(as_text=True)


def test_a_form_from_elsewhere_is_refused(visit: Visit) -> None:
    response = visit.client.post(visit.path, data={"do": "pay", "quantity_1": "1"})

    assert response.status_code == 400
    assert visit.status == "ready"


def test_the_page_needs_nothing_inline(visit: Visit) -> None:
    visit.look()

    assert "style=" not in visit.html
    assert "<style" not in visit.html
    assert not re.search(r"<script(?![^>]*src=)", visit.html)


def _orders() -> Any:
    return select(Order.__table__)


def _attempts() -> Any:
    return select(PaymentAttempt.__table__).order_by(PaymentAttempt.id)


def test_a_bank_transfer_is_explained_in_the_buyers_language(shop: Shop, app: Flask) -> None:
    shop.take_transfers()
    buyer = Buyer(reference="buyer-1")
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer, locale="zh-Hans")
    visit = Visit(app.test_client(), shop, opened)
    visit.enter()

    visit.send("pay", payment_method_id="offline")

    reference = shop.one(select(PaymentAttempt.channel_ref)).channel_ref
    assert visit.status == "requires_action"
    assert [text for text in (reference, "DE00 1234", "参考号", 'lang="zh-Hans"') if text not in visit.html] == []
    assert not re.search(r">[^<]*[a-z]{4,} [a-z]{3,}", visit.html), "English in a Chinese page"


@pytest.mark.parametrize(
    ("locale", "browser", "expected"),
    [("auto", "ar-EG,en;q=0.5", 'lang="ar" dir="rtl"'), ("auto", "nl", 'lang="en" dir="ltr"'),
     ("pt", "ar", 'lang="pt-BR" dir="ltr"'), ("de-AT", "ja", 'lang="de" dir="ltr"')],
)  # fmt: skip
def test_the_page_speaks_the_sessions_language_or_the_browsers(
    shop: Shop, app: Flask, locale: str, browser: str, expected: str
) -> None:
    buyer = Buyer(reference="buyer-1")
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer, locale=locale)
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = browser

    visit = Visit(client, shop, opened)
    visit.enter()
    lost = client.get(f"/c/{visit.session_id}x")

    assert expected in visit.html
    assert (lost.status_code, "To the portal" in lost.text) == (404, False)


@pytest.fixture
def cart(app: Flask, shop: Shop) -> Visit:
    """A visit with a month and a year of membership in the cart."""
    command = SkuCommand(code="YEAR", name="1 year", price_minor=9000, currency="USD")
    year = add_sku(shop.business_id, shop.product_id, command)
    items = [OrderItem(shop.sku_id, 2), OrderItem(year, 1)]
    opened = open_checkout(shop.business_id, items=items, buyer=Buyer(reference="buyer-1"))
    made = Visit(app.test_client(), shop, opened)
    made.enter()
    return made


def test_lines_of_a_cart_are_changed_taken_out_and_paid_without_scripts(cart: Visit) -> None:
    assert "Pay $110.00" in cart.html
    cart.send("update", quantity_1="1", quantity_2="2")
    assert "Pay $190.00" in cart.html

    cart.remove("2")
    assert "Pay $10.00" in cart.html
    cart.send("pay")

    assert cart.status == "requires_action"
    assert [order.total_minor for order in cart.shop.many(_orders())] == [1000]


def test_what_another_window_changed_stays_and_is_seen_before_it_is_paid(cart: Visit) -> None:
    stale = cart.html
    cart.send("update", quantity_1="5")
    seen, cart.html = cart.html, stale

    refused = cart.send("pay", quantity_2="1")

    assert refused.status_code == 422
    assert "Please review it" in cart.html
    assert "Pay $140.00" in cart.html
    assert "Pay $140.00" in seen
    assert cart.status == "ready"


def test_what_costs_nothing_is_confirmed_with_one_click(app: Flask, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(price_minor=0)
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"))
    visit = Visit(app.test_client(), shop, opened)
    visit.enter()
    assert "Get it for free" in visit.html
    assert "Payment method" not in visit.html

    visit.send("pay")

    assert "Order confirmed" in visit.html
    assert visit.status == "succeeded"


def test_a_buyer_whom_rules_refuse_is_told_so_and_not_why(shop: Shop, app: Flask) -> None:
    make_rule_set(shop, to="on")
    make_entry(shop, "buyer-1")
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"))
    visit = Visit(app.test_client(), shop, opened)
    visit.enter()

    first = visit.send("pay")
    told = visit.html
    again = visit.look()

    assert (first.status_code, again.status_code) == (403, 200)
    assert "This payment cannot be accepted. Please contact the shop." in told
    assert "Block list" not in told + visit.html
    assert visit.shop.many(_attempts()) == []
