"""Buyers' balances and statements, and the list of movements."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.ids import show
from app.core.money import Money
from app.domain.payments.models import PaymentTransaction
from app.workflow.fulfilment.change_points import change_points
from app.workflow.wallets import move_money
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_wallets_are_opened_by_adding_their_channel(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/wallets")

    page.follow("Add channel").form("/new/wallet").send()

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

    for text in ("$7.00", "€9.00", "−$10.00", "+$17.00", "Top-up", "Payment", "Pretend Pay"):
        assert text in page.text
    assert not part.is_whole
    assert "+€9.00" in part.text
    assert "Recent movements" not in part.text


def test_movements_are_filtered_by_the_query(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)
    move_money.transfer(shop.business_id, payer="ann", recipient="bob", money=Money(300, "USD"), actor="test")
    shop.paid_order(buyer="cy")

    everything = owner.get("/portal/movements")
    transfers = everything.form("/movements").send(kind="transfer")
    undecided = everything.follow("Pending")

    assert len(_movements(everything.links)) == 3
    assert transfers.follow("$3.00").heading.startswith("Transfer, $3.00")
    assert "None here" in undecided.text
    assert len(_movements(owner.get("/portal/movements?channel=wallet&buyer=ann").links)) == 1
    assert owner.get("/portal/movements?status=x&kind=x&channel=%00&from=x&cursor=x").status == 200


def test_an_undecided_top_up_can_be_polled_now(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    shop.keep_wallets()
    transaction_id = move_money.top_up(shop.business_id, buyer="ann", money=Money(500, "USD"), actor="test")
    shop.approve(shop.refund_attempt(transaction_id).id)
    path = f"/portal/movements/{show('txn', transaction_id)}"

    page = signed_in(shop, "finance").get(path).form("/poll").send()

    assert page.heading.startswith("Top-up, $5.00")
    assert "Succeeded" in page.heading
    assert not signed_in(shop, "viewer").get(path).has_form("/poll")


def test_a_wallet_of_another_business_is_not_shown(new_shop: Callable[..., Shop], owner: Visitor) -> None:
    theirs = new_shop()
    theirs.keep_wallets()
    theirs.fund("their-ann", 700)
    (row,) = [theirs.refund_attempt(each) for each in _transactions(theirs)]

    assert "their-ann" not in owner.get("/portal/wallets").text
    assert "No wallet" in owner.get("/portal/wallets/buyer?reference=their-ann").text
    assert owner.get(f"/portal/movements/{show('txn', row.transaction_id)}").status == 404
    assert _movements(owner.get("/portal/movements").links) == []


def test_a_movement_is_looked_at_twice_and_made_once(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)
    first = owner.get("/portal/wallets/buyer?reference=ann&currency=USD").follow("Transfer").form("/new/transfer")

    look = first.send(counter="bob", amount="3", reason="bought together")
    change = look.form("/new/transfer").send(change="yes")
    done = [look.form("/new/transfer").send() for _ in range(2)]

    assert "Available now $7.00 Available after $4.00" in look.text
    assert change.form("/new/transfer").values()["amount"] == "3"
    assert [page.heading for page in done] == ["Transfer, $3.00 Succeeded"] * 2
    assert "bought together" in done[0].text
    assert "$4.00" in owner.get("/portal/wallets/buyer?reference=ann").text


@pytest.mark.parametrize(
    ("kind", "typed", "status"),
    [
        ("transfer", {"counter": "ann"}, 422),
        ("transfer", {"counter": "bob", "amount": "7.01"}, 402),
        ("transfer", {"counter": "bob", "reason": ""}, 422),
        ("withdrawal", {"account": "DE02", "amount": "0"}, 422),
        ("withdrawal", {"account": "", "amount": "1"}, 422),
        ("payout", {"account": "DE02", "amount": "1"}, 402),
        ("payout", {"account": "DE02", "currency": "XQX"}, 422),
        ("top_up", {"currency": "dollars"}, 422),
    ],
)
def test_a_movement_that_cannot_be_is_refused_on_its_form(
    shop: Shop, owner: Visitor, kind: str, typed: dict[str, str], status: int
) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)
    form = owner.get(f"/portal/movements/new/{kind}").form(f"/new/{kind}")
    usual = {"currency": "USD", "amount": "1", "reason": "x", **({} if kind == "payout" else {"buyer": "ann"})}

    page = form.send(**{**usual, **typed})
    if page.has_form("/new/" + kind) and "Review" in page.text:
        page = page.form("/new/" + kind).send()

    assert page.status == status
    assert len(_transactions(shop)) == 1


def test_what_the_merchant_is_owed_is_paid_out(shop: Shop, owner: Visitor) -> None:
    shop.paid_order()
    form = owner.get("/portal/movements").follow("Pay out").form("/new/payout")

    look = form.send(currency="usd", amount="6.50", account="DE02", name="Me Ltd", reason="weekly")
    page = look.form("/new/payout").send()

    assert page.heading.startswith("Payout, $6.50")
    for text in ("DE02", "Me Ltd", "weekly", "Payout of $6.50 requested", "Payout succeeded at Pretend Pay"):
        assert text in page.text
    assert "$3.50" in owner.get("/portal/movements/new/payout").text
    assert shop.balance("merchant_payable") == -350


def test_a_top_up_is_a_gift_or_a_link_for_the_buyer(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    shop.keep_wallets()
    support = signed_in(shop, "support")
    typed = {"buyer": "ann", "currency": "USD", "amount": "5", "reason": "sorry"}

    def top_up(source: str) -> Page:
        form = support.get("/portal/movements/new/top_up").form("/new/top_up")
        return form.send(**typed, source=source).form("/new/top_up").send()

    gift, link = top_up("gift"), top_up("buyer")

    assert "Succeeded" in gift.heading
    assert "Send this link" in link.text
    assert "/pay/PP" in link.source
    assert support.get("/portal/movements/new/payout").status == 403
    assert support.get("/portal/movements/new/charge").status == 404


def test_a_part_is_held_and_released(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)
    wallet = owner.get("/portal/wallets/buyer?reference=ann")

    too_much = wallet.follow("Place a hold").form("/hold").send(amount="8", reason="x")
    held = too_much.form("/hold").send(amount="5")
    form = held.form("/release")
    for _ in range(2):
        partly = form.send(amount="2", reason="fine")
    slip = partly.form("/release").send(amount="4", reason="fine")
    free = partly.form("/release").send(reason="fine")

    assert too_much.status == 402
    assert "$7.00 in total, $5.00 on hold" in held.text
    assert "$3.00 of $5.00" in partly.text
    assert "Less than that is still on hold" in slip.text
    assert "Nothing on hold" in free.text


def test_a_wallet_is_shown_as_it_stood_on_a_day(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 700)

    then = owner.get("/portal/wallets/buyer?reference=ann&day=2020-01-31")
    today = owner.get("/portal/wallets/buyer?reference=ann&day=2199-01-31")

    assert ("$0.00" in then.text, "No postings yet" in then.text) == (True, True)
    assert ("$7.00" in today.text, "Top-up" in today.text) == (True, True)


def _movements(links: list[str]) -> list[str]:
    return [link for link in links if link.startswith("/portal/movements/txn_")]


def _transactions(shop: Shop) -> list[uuid.UUID]:
    return [row.id for row in shop.many(select(PaymentTransaction.id))]


def test_who_may_not_read_buyers_finds_their_wallets_all_the_same(
    shop: Shop, signed_in: Callable[..., Visitor]
) -> None:
    buyer = "paula@buyers.example"
    shop.keep_wallets()
    shop.fund(buyer, 500)
    change_points(shop.business_id, buyer=buyer, change=5, reason="gift", actor="usr_somebody")
    viewer = signed_in(shop, "viewer")

    wallets, points = viewer.get("/portal/wallets"), viewer.get("/portal/points")
    pages = [wallets, wallets.follow("p•••@b•••"), points, points.follow("p•••@b•••")]
    found = [viewer.get("/portal/wallets", query={"q": text}).text for text in ("paula", buyer)]

    assert all(buyer not in page.source for page in pages)
    assert "$5.00" in pages[1].text
    assert pages[3].heading == "Points of p•••@b•••"
    assert ["No wallet found" in text for text in found] == [True, False], "names are not guessed letter by letter"
    assert signed_in(shop).get("/portal/wallets").follow(buyer).heading == f"Wallet of {buyer}"


def test_a_statement_is_downloaded_as_a_file(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    shop.fund("ann", 500)
    page = owner.get("/portal/wallets").follow("ann")
    today = clock.now().date().isoformat()

    form = page.form("/wallets/statement")
    address, values = form.element.get("action"), {**form.values(), "since": today, "until": today}
    paper = owner.client.post(address, data=values)
    table = owner.client.post(address, data={**values, "kind": "csv"})
    refused = form.send(since=today, until="2020-01-01")

    assert paper.data.startswith(b"%PDF-")
    assert f"{today},Closing balance,,,,5.00,USD" in table.text
    assert "Choose a period of at most 366 days." in refused.text
