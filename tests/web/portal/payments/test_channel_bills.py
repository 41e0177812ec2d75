"""Channel bills in the portal: listed, read, asked for again."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from app.core.ids import show
from tests.factories.bills import Bills
from tests.factories.disputes import paid_attempt
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_the_page_says_when_there_is_none(shop: Shop, owner: Visitor) -> None:
    assert shop
    assert "No bills yet" in owner.get("/portal/channel-bills").text
    assert "None here" in owner.get("/portal/channel-bills?status=late").text


def test_a_bill_is_read_and_asked_for_again(shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType) -> None:
    assert clock
    paid_attempt(shop)
    bills = Bills(shop)
    bill = bills.fetched()
    owner = signed_in(shop, "owner")

    listed = owner.get("/portal/channel-bills?status=fetched")
    path = next(link for link in listed.links if "/channel-bills/bil_" in link)
    shown = owner.get(path)
    done = shown.form("/fetch").send()

    assert bill.day.isoformat() in listed.text
    assert "$10.00" in listed.text
    assert "Totals in USD" in shown.text
    assert "within a minute" in done.text
    assert bills.one().next_attempt_at is not None


def test_what_differs_is_shown(shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType) -> None:
    assert clock
    bills = Bills(shop)
    bills.expect()
    paid_attempt(shop)
    bills.script("missing_line")
    bill = bills.compared()
    owner = signed_in(shop, "owner")
    path = f"/portal/channel-bills/{show('bil', bill.id)}"

    assert "In no bill" in owner.get(path).text
    bills.ask_again(bill)
    assert "Fees in the ledger" in owner.get(path).text


def test_who_only_reads_cannot_ask_for_it(shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType) -> None:
    assert clock
    bills = Bills(shop)
    bills.expect()

    visitor = signed_in(shop, "developer")
    listed = visitor.get("/portal/channel-bills")
    shown = visitor.get(next(link for link in listed.links if "/channel-bills/bil_" in link))

    assert "Fetch again" not in shown.text
