"""Bank accounts in the portal: added, shown masked, renamed and archived."""

from __future__ import annotations

from tests.factories.shop import Shop
from tests.pages import Visitor


def test_an_account_is_added_renamed_and_archived(shop: Shop, owner: Visitor) -> None:
    assert shop
    empty = owner.get("/portal/bank-accounts")
    form = owner.get("/portal/bank-accounts/new").form("/bank-accounts")
    about = {"name": "Main", "holder": "Shop Ltd", "bank_name": "First Bank"}

    refused = form.send(**about, currency="ZZQ", number="DE02 1203 0051")
    added = refused.form("/bank-accounts").send(currency="eur", number="DE02 1203 0051")
    again = owner.get("/portal/bank-accounts")
    path = next(link for link in again.links if "/bank-accounts/bka_" in link)
    renamed = owner.get(path).form("/rename").send(name="Old account")
    archived = renamed.form("/archive").send()

    assert "No bank accounts yet" in empty.text
    assert (refused.status, "There is no currency" in refused.text) == (422, True)
    assert "Bank account added." in added.text
    assert "0051" in again.text
    assert "1203" not in again.text + added.text
    assert renamed.heading == "Old account Active"
    assert "Archived. Nothing more can be settled to it." in archived.text
    assert "Active again." in archived.form("/archive").send().text
