"""Settlements in the portal: one records, another confirms, and the balances show it."""

from __future__ import annotations

from collections.abc import Callable

from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_pages_say_what_to_do_first(shop: Shop, owner: Visitor) -> None:
    nothing = owner.get("/portal/settlements/new")
    shop.paid_order()
    no_account = owner.get("/portal/settlements/new")

    assert "Nothing to settle" in nothing.text
    assert "No bank account yet" in no_account.text
    assert "No settlements yet" in owner.get("/portal/settlements").text


def test_one_records_another_confirms(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    accountant = accountant_of(shop)
    maker, checker = signed_in(shop, "finance"), signed_in(shop)
    form = maker.get("/portal/settlements/new").form("/settlements")

    wrong = form.send(gross="10", fees="0.30", net="9.80", reference="ST-1")
    recorded = wrong.form("/settlements").send(net="9.70")
    path = next(link for link in maker.get("/portal/settlements").links if "/settlements/stl_" in link)
    waiting = maker.get(path).text
    confirmed = checker.get(path).form("/confirm").send()

    assert "do not make the net amount" in wrong.text
    assert "A second person must confirm it" in recorded.text
    assert "You recorded this, so another person must confirm it." in waiting
    assert "Confirmed. The settlement is in the ledger." in confirmed.text
    assert accountant.balance("bank") == 970
    report = checker.get("/portal/reports/balances").text
    assert "Main account" in report
    assert "$9.70" in report


def test_what_the_company_collected_is_below_zero_and_can_be_rejected(
    shop: Shop, signed_in: Callable[..., Visitor]
) -> None:
    accountant = accountant_of(shop)
    owner = signed_in(shop)
    form = owner.get("/portal/settlements/new").form("/settlements")

    recorded = form.send(refunds="5", fees="0.10", net="5.10", direction="out", reference="ST-2")
    rejected = recorded.form("/reject").send(reason="Not ours")

    assert recorded.heading == "Settlement of −$5.10 Recorded"
    assert "Rejected. Its document can be recorded again." in rejected.text
    assert accountant.balance("bank") == 0
