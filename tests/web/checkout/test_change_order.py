"""The hosted page when an order is changed, and when it is paid: receipt, and the way back to the shop."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.orders.models import Order
from app.domain.payments.models import PaymentAttempt
from tests.web.checkout.test_checkout import NAVIGATES, Visit, new_visit, path_of, visit

__all__ = ["new_visit", "visit"]


def attempts() -> Any:
    return select(PaymentAttempt.__table__).order_by(PaymentAttempt.id)


def test_after_a_decline_the_order_is_changed_and_paid(visit: Visit) -> None:
    visit.send("pay")
    waiting = visit.html
    visit.shop.decline(visit.shop.many(attempts())[0].id)
    visit.client.get(f"{visit.path}/return")
    visit.look()
    assert 'name="quantity_1"' not in visit.html
    stale = visit.html

    visit.send("", "/change-order")
    changed, visit.html = visit.html, stale
    visit.send("", "/change-order")  # a second click
    visit.send("update", quantity_1="3")
    visit.send("pay")

    assert ("Change your order" in waiting, "Change your order" in stale) == (False, True)
    assert "Change your order" not in changed
    assert 'role="alert"></div>' in changed
    assert visit.status == "requires_action"
    reasons = [
        (order.total_minor, order.close_reason) for order in visit.shop.many(select(Order.__table__).order_by(Order.id))
    ]
    assert reasons == [(1000, "changed_by_buyer"), (3000, None)]


def test_a_payment_under_way_is_not_changed_from_an_old_page(visit: Visit) -> None:
    visit.send("pay")
    visit.shop.decline(visit.shop.many(attempts())[0].id)
    visit.client.get(f"{visit.path}/return")
    visit.look()
    old = visit.html
    visit.send("pay")
    visit.html = old

    refused = visit.send("", "/change-order")

    assert (refused.status_code, visit.status) == (409, "requires_action")
    assert "Your payment is already in progress." in visit.html


def test_a_paid_buyer_gets_the_receipt_and_the_way_back(visit: Visit) -> None:
    early = visit.client.get(f"{visit.path}/receipt")
    visit.send("pay")
    visit.shop.approve(visit.shop.many(attempts())[0].id)
    visit.client.get(f"{visit.path}/return")
    visit.shop.work_off()
    with db.system_phase("test.website"):
        changed = update(Business).where(Business.id == visit.shop.business_id)
        db.write(changed.values(website="https://shop.test/"), expect=1)
    visit.look()

    paper = visit.client.get(f"{visit.path}/receipt")

    assert early.status_code == 404
    assert "Membership: 1 month" in visit.html
    assert re.search(r'<a class="bursar-act bursar-act-primary" href="https://shop.test/">Back to ', visit.html)
    assert f'href="{visit.path}/receipt">Receipt (PDF)' in visit.html
    assert (paper.mimetype, paper.headers["Referrer-Policy"]) == ("application/pdf", "no-referrer")
    assert paper.headers["Content-Disposition"].startswith('attachment; filename="receipt-ord_')


@pytest.mark.parametrize(("to", "leads_to"), [("receipt", "/receipt"), ("owned", "/owned"), ("//evil.test", "")])
def test_a_link_leads_straight_to_what_it_names(new_visit: Callable[..., Visit], to: str, leads_to: str) -> None:
    visit = new_visit()
    link = f"{path_of(visit.opened)}&to={to}"

    response = visit.client.get(link)
    entered = visit.client.get(link, headers=NAVIGATES)
    again = visit.client.get(link, headers=NAVIGATES)

    assert ('name="to"' in response.text) == bool(leads_to)
    assert [each.location for each in (entered, again)] == [visit.path + leads_to] * 2
