"""Adjustments in the portal: requested with a document, approved by another person, and reversed."""

from __future__ import annotations

from collections.abc import Callable

from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_one_requests_another_approves_and_it_is_reversed(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    accountant = accountant_of(shop)
    maker, checker = signed_in(shop, "finance"), signed_in(shop)
    empty = maker.get("/portal/adjustments")
    form = maker.get("/portal/adjustments/new").form("/adjustments")
    bank = f"bank:{accountant.bank_id}"

    crooked = form.send(account_1=bank, debit_1="5", account_2="suspense:", credit_2="4", reason="Found")
    requested = crooked.form("/adjustments").send(credit_2="5")
    path = next(link for link in maker.get("/portal/adjustments").links if "/adjustments/adj_" in link)
    approved = checker.get(path).form("/approve").send()
    reversal = maker.get(path).form("/reverse").send(reason="A mistake")
    reversal_path = next(link for link in maker.get(path).links if "/adjustments/adj_" in link and link not in path)
    reversed_ = checker.get(reversal_path).form("/approve").send()

    assert "No adjustments yet" in empty.text
    assert (crooked.status, "are not equal" in crooked.text) == (422, True)
    assert "A second person must approve it." in requested.text
    assert "Approved. The adjustment is in the ledger." in approved.text
    assert "In the bank, Main account" in approved.text
    assert "A second person must approve the reversal." in reversal.text
    assert "Approved." in reversed_.text
    assert "Reversed by" in maker.get(path).text
    assert accountant.balance("bank") == 0


def test_a_settlement_is_reversed_from_its_page(shop: Shop, owner: Visitor) -> None:
    accountant = accountant_of(shop)
    accountant.settled()
    path = next(link for link in owner.get("/portal/settlements").links if "/settlements/stl_" in link)

    reversal = owner.get(path).form("/reverse").send(reason="Wrong report")
    rejected = reversal.form("/reject").send(reason="It was right")

    assert "Reverses" in reversal.text
    assert "Rejected. Nothing was posted." in rejected.text
    assert accountant.balance("bank") == 970
