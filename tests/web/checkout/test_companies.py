"""Receipts for companies: asked at the hosted checkout, on the receipt's page, and on paper; without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core import db
from app.core.ids import show
from app.domain.orders.models import Order
from app.domain.orders.types import SessionTerms
from app.workflow.accounts.change_settings import change_settings
from app.workflow.checkout.link_buyer import make_link
from app.workflow.orders.make_receipt import make_receipt
from tests.factories.shop import Shop
from tests.web.checkout.test_checkout import Visit, new_visit, visit
from tests.web.checkout.test_contact import _ask

__all__ = ["new_visit", "visit"]
COMPANY = {"company": "Analytical Ltd", "tax_number": "GB 1", "name": "Ada", "address": "12 Way\r\nLondon"}
ASKED = "I need a receipt for a company"


def typed(**change: str) -> dict[str, Any]:
    return {f"contact_billing_{name}": text for name, text in (COMPANY | change).items()}


def test_a_checkout_asks_for_a_company_only_where_it_is_offered(visit: Visit) -> None:
    before = visit.html
    _ask(visit, SessionTerms(asks_billing=True))

    assert ASKED not in before
    assert ASKED in visit.html
    assert visit.status == "ready"


def test_a_company_is_kept_with_the_order_and_is_on_its_receipt(visit: Visit) -> None:
    _ask(visit, SessionTerms(asks_billing=True))

    visit.send("pay", **typed())

    assert visit.status == "requires_action"
    order = visit.shop.one(db.table(Order).select())
    assert order.details["billing_details"] == {**COMPANY, "address": "12 Way\nLondon"}


def test_nothing_typed_is_no_company(visit: Visit) -> None:
    _ask(visit, SessionTerms(asks_billing=True))

    visit.send("pay", **dict.fromkeys(typed(), " "))

    assert visit.status == "requires_action"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"company": ""}, "Enter the name of the company."),
        ({"address": " "}, "Enter the address of the company."),
        ({"tax_number": "x" * 41}, "Check what you entered."),
    ],
)
def test_half_a_company_is_said_and_what_is_typed_stays(visit: Visit, change: dict[str, str], said: str) -> None:
    _ask(visit, SessionTerms(asks_billing=True))

    answer = visit.send("pay", **typed(**change))

    assert answer.status_code == 422
    assert said in visit.html


@pytest.fixture
def offering(shop: Shop) -> Shop:
    """A shop whose buyers can name a company."""
    change_settings(shop.business_id, {"company_receipts": True}, actor="test")
    return shop


def test_a_buyer_names_a_company_once(app: Flask, offering: Shop) -> None:
    order_id = offering.paid_order()
    make_receipt(offering.business_id, order_id)
    path, client = receipt_path(offering, order_id), app.test_client()
    before = client.get(path)

    wrong = client.post(f"{path}/company", data={**COMPANY, "company": "", **token_of(before.text)})
    done = client.post(f"{path}/company", data={**COMPANY, **token_of(before.text)})
    after = client.get(path).text
    again = client.post(f"{path}/company", data={**COMPANY, **token_of(before.text)})

    assert "I need this receipt for a company" in before.text
    assert (wrong.status_code, "Enter the name of the company." in wrong.text, "GB 1" in wrong.text) == (
        422,
        True,
        True,
    )
    assert (done.status_code, again.status_code) == (303, 409)
    assert all(text in after for text in ("Analytical Ltd", "GB 1", "London", "R-2", "Corrects receipt", "R-1"))
    assert "I need this receipt" not in after
    assert "not a tax invoice" not in after
    assert client.get(f"{path}.pdf").data.startswith(b"%PDF")


def test_a_shop_that_does_not_offer_it_takes_none(app: Flask, shop: Shop) -> None:
    path, client = receipt_path(shop, shop.paid_order()), app.test_client()
    page = client.get(path)

    refused = client.post(f"{path}/company", data={**COMPANY, **token_of(client.get(path).text)})

    assert "for a company" not in page.text
    assert refused.status_code in {400, 409}


def test_a_credit_note_is_its_buyers_alone(app: Flask, shop: Shop) -> None:
    order_id = shop.paid_order()
    make_receipt(shop.business_id, order_id)
    shop.refund(order_id, 100)
    shop.work_off()
    page = app.test_client().get(receipt_path(shop, order_id)).text
    address = page.partition("/credit-notes/")[2].partition(".pdf")[0]

    mine = app.test_client().get(f"{token_path(shop)}/credit-notes/{address}.pdf")
    theirs = app.test_client().get(f"{token_path(shop, 'buyer-2')}/credit-notes/{address}.pdf")

    assert "C-1" in page
    assert mine.data.startswith(b"%PDF")
    assert theirs.status_code == 404


def token_path(shop: Shop, buyer: str = "buyer-1") -> str:
    return "/my/" + make_link(shop.business_id, buyer).url.partition("/my/")[2]


def receipt_path(shop: Shop, order_id: Any) -> str:
    return f"{token_path(shop)}/receipts/{show('ord', order_id)}"


def token_of(html: str) -> dict[str, str]:
    return {"csrf_token": html.partition('name="csrf_token" value="')[2].partition('"')[0]}
