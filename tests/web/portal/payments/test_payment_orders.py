"""Payment orders in the portal: one makes, another approves, and what the bank did is recorded."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tests.factories.bank_reports import camt054
from tests.factories.payment_orders import Bank, bank_of
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def bank(shop: Shop) -> Bank:
    return bank_of(shop)


def test_the_page_says_what_to_do_when_there_is_none(shop: Shop, owner: Visitor) -> None:
    assert shop
    page = owner.get("/portal/payment-orders")

    assert "No payment orders yet" in page.text
    assert "Nothing waits" in owner.get("/portal/payment-orders/new").text


def test_one_makes_another_approves_and_a_line_is_returned(bank: Bank, signed_in: Callable[..., Visitor]) -> None:
    transaction_id = bank.withdraw(300)
    maker, checker = signed_in(bank.shop, "finance"), signed_in(bank.shop)
    waiting = maker.get("/portal/payment-orders")

    made = maker.get("/portal/payment-orders/new").form("/payment-orders").send()
    path = next(link for link in maker.get("/portal/payment-orders").links if "/payment-orders/por_" in link)
    approved = checker.get(path).form("/approve").send()
    file = maker.get(path).form("/download").send()
    line = next(link for link in maker.get(path).links if "/lines/" in link)
    refused = maker.get(line).form("/decide").send(status="rejected")
    executed = maker.get(line).form("/decide").send(status="executed")
    returned = checker.get(line).form("/decide").send(status="returned", reason="AC01 unknown account")

    assert "Waiting, Bank" in waiting.text
    assert "A second person must approve it" in made.text
    assert "Approved. Download the file" in approved.text
    assert "pain.001.001.09" in file.source
    assert (refused.status, "Enter the reason" in refused.text) == (422, True)
    assert "Executed" in executed.text
    assert "AC01 unknown account" in returned.text
    assert bank.status(transaction_id) == "returned"


def test_an_order_is_cancelled_before_it_is_downloaded(bank: Bank, owner: Visitor) -> None:
    bank.withdraw(300)
    order_id = bank.make()
    path = next(link for link in owner.get("/portal/payment-orders").links if "/payment-orders/por_" in link)

    done = owner.get(path).form("/cancel").send(reason="wrong day")

    assert "Cancelled." in done.text
    assert bank.order(order_id).status == "cancelled"


def test_the_banks_report_is_reviewed_and_recorded(bank: Bank, owner: Visitor) -> None:
    moved = bank.withdraw(300)
    [line] = bank.lines(bank.sent())
    content = camt054((line.reference, "DBIT", "3.00", ""), ("NOTOURS", "DBIT", "3.00", ""))
    form = owner.get("/portal/payment-orders/bank-report").form("/bank-report")

    refused = form.send(file=(io.BytesIO(b"x"), "a.xml"))
    reviewed = form.send(file=(io.BytesIO(content), "a.xml"))
    before = bank.status(moved)
    done = reviewed.form("/record").send()
    again = form.send(file=(io.BytesIO(content), "a.xml"))

    assert (refused.status, "not XML" in refused.text) == (422, True)
    assert "1 payment will be recorded" in reviewed.text
    assert "No payment has this reference" in reviewed.text
    assert (before, bank.status(moved)) == ("open", "succeeded")
    assert "Recorded." in done.text
    assert "Nothing in this file is new" in again.text


def test_what_stands_in_several_states_is_summed_up(bank: Bank, owner: Visitor) -> None:
    for minor in (123, 234, 345):
        bank.withdraw(minor)
    executed, *_ = bank.lines(bank.sent())
    bank.decide(executed.id, "executed")

    path = next(link for link in owner.get("/portal/payment-orders").links if "/payment-orders/por_" in link)
    page = owner.get(path)

    assert (page.status, "€5.79 (2)" in page.text) == (200, True)


def test_a_review_that_was_changed_is_refused(bank: Bank, owner: Visitor) -> None:
    bank.withdraw(300)
    [line] = bank.lines(bank.sent())
    content = camt054((line.reference, "DBIT", "3.00", ""))
    form = owner.get("/portal/payment-orders/bank-report").form("/bank-report")
    reviewed = form.send(file=(io.BytesIO(content), "a.xml"))

    for text in ("", "[", "[1]", '[{"status": "lost"}]', '[{"status": "executed", "reference": 1}]'):
        page = reviewed.form("/record").send(entries=text)
        assert page.status == 422, text
    assert bank.lines(line.payment_order_id)[0].status == "waiting"
