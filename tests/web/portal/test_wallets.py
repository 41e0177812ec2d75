"""Buyers' balances and statements, and the list of movements."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import select

from app.core.ids import show
from app.core.money import Money
from app.domain.payments.models import PaymentTransaction
from app.workflow import move_money
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_wallets_are_opened_by_adding_their_channel(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/wallets")

    page.follow("Add the channel").form("/new/wallet").send()

    assert "Your buyers have no wallets" in page.text
    assert "No wallets yet" in owner.get("/portal/wallets").text
    shop.fund("ann", 500)
    assert "ann" in owner.get("/portal/wallets").text


def test_a_buyer_is_found_by_how_the_name_begins(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    for buyer in ("ann/1", "anna", "bob"):
        shop.fund(buyer, 500)

    page = owner.get("/portal/wallets").form("/wallets").send(q="ann")

    assert "bob" not in page.text
    assert page.follow("ann/1").heading == "Wallet of ann/1"
    assert "No wallet found" in owner.get("/portal/wallets?q=zoe").text
    assert owner.get("/portal/wallets?q=%00&cursor=x").status == 200
    assert "No wallet" in owner.get("/portal/wallets/buyer?reference=%00&currency=XX&cursor=y").text


def test_a_wallet_shows_its_balances_statement_and_top_ups(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1700)
    shop.fund("ann", 900, "EUR")
    shop.pay(shop.place(buyer="ann"), channel="wallet")

    page = owner.get("/portal/wallets/buyer?reference=ann&currency=USD")
    part = owner.fragment("/portal/wallets/buyer?reference=ann&currency=EUR", "statement")

    for said in ("$7.00", "€9.00", "−$10.00", "+$17.00", "Top-up", "Payment", "Pretend Pay"):
        assert said in page.text
    assert not part.is_whole
    assert "+€9.00" in part.text
    assert "Last top-ups" not in part.text


def test_movements_are_listed_as_the_address_asks(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)
    move_money.transfer(shop.business_id, giver="ann", taker="bob", money=Money(300, "USD"), actor="test")
    shop.paid_order(buyer="cy")

    everything = owner.get("/portal/movements")
    transfers = everything.form("/movements").send(kind="transfer")
    undecided = everything.follow("Undecided")

    assert len(_movements(everything.links)) == 3
    assert transfers.follow("$3.00").heading.startswith("Transfer, $3.00")
    assert "None here" in undecided.text
    assert len(_movements(owner.get("/portal/movements?channel=wallet&buyer=ann").links)) == 1
    assert owner.get("/portal/movements?status=x&kind=x&channel=%00&from=x&cursor=x").status == 200


def test_an_undecided_top_up_can_be_asked_about_now(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    shop.keep_wallets()
    transaction_id = move_money.top_up(shop.business_id, buyer="ann", money=Money(500, "USD"), actor="test")
    shop.approve(shop.refund_attempt(transaction_id).id)
    path = f"/portal/movements/{show('txn', transaction_id)}"

    page = signed_in(shop, "finance").get(path).form("/ask").send()

    assert page.heading.startswith("Top-up, $5.00")
    assert "Succeeded" in page.heading
    assert not signed_in(shop, "viewer").get(path).has_form("/ask")


def test_a_wallet_of_another_business_is_not_shown(new_shop: Callable[..., Shop], owner: Visitor) -> None:
    theirs = new_shop()
    theirs.keep_wallets()
    theirs.fund("their-ann", 700)
    (row,) = [theirs.refund_attempt(each) for each in _transactions(theirs)]

    assert "their-ann" not in owner.get("/portal/wallets").text
    assert "No wallet" in owner.get("/portal/wallets/buyer?reference=their-ann").text
    assert owner.get(f"/portal/movements/{show('txn', row.transaction_id)}").status == 404
    assert _movements(owner.get("/portal/movements").links) == []


def _movements(links: list[str]) -> list[str]:
    return [link for link in links if link.startswith("/portal/movements/txn_")]


def _transactions(shop: Shop) -> list[uuid.UUID]:
    return [row.id for row in shop.many(select(PaymentTransaction.id))]
