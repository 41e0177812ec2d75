"""Lists in the portal."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from app.read.risk.entries import list_entries
from tests.factories.shop import Shop
from tests.pages import Visitor

PATH = "/portal/risk/lists"


def test_an_entry_is_added_found_and_removed(shop: Shop, owner: Visitor) -> None:
    form = owner.get(PATH).form("/add")
    wrong = form.send(kind="email", value="nobody", reason="Fraud")
    added = wrong.form("/add").send(value="jo+1@mail.example")
    found = owner.get(f"{PATH}?list=block&kind=email&q=jo")
    other = owner.get(f"{PATH}?list=allow")
    removed = found.form("/remove").send()

    assert "Enter an email address." in wrong.text
    assert "jo@mail.example" in added.text
    assert "jo@mail.example" in found.text
    assert "No entry matches." in other.text
    assert "Removed." in removed.text
    assert list_entries(shop.business_id) == []


def test_a_file_is_imported_whole_or_not_at_all(shop: Shop, owner: Visitor) -> None:
    form: Any = owner.get(PATH).form("/import")
    rows = b"list,kind,value,reason\nblock,buyer,b-1,Fraud\nblock,house,b-2,Fraud\n"

    wrong = form.send(file=(io.BytesIO(rows), "list.csv"))
    right = form.send(file=(io.BytesIO(rows.replace(b"house", b"buyer")), "list.csv"))

    assert "Line 3:" in wrong.text
    assert "Imported: 2 new, 0 replaced." in right.text
    assert len(list_entries(shop.business_id)) == 2


def test_who_sees_no_risk_sees_no_lists(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    assert signed_in(shop, "viewer").get(PATH).status == 403
