"""Merging buyers by key: a look before, once, and what it answers."""

from __future__ import annotations

from app.core.ids import show
from tests.api.conftest import Merchant


def test_a_look_and_then_the_merge(merchant: Merchant) -> None:
    old, new = (_buyer(merchant, name) for name in ("old", "new"))
    order = show("ord", merchant.shop.place(buyer="old"))

    look = merchant.post(f"/v1/buyers/{old}/merge_look", {"into": new}, once=None).json
    body = {"into": new, "reason": "Same person"}
    first = merchant.post(f"/v1/buyers/{old}/merge", body, once="the-merge-itself")
    again = merchant.post(f"/v1/buyers/{old}/merge", body, once="the-merge-itself")

    assert (look["moved"], look["obstacle"]) == ({"orders": 1}, None)
    assert (first.status_code, first.json) == (201, again.json)
    assert (first.json["buyer_id"], first.json["into"], first.json["moved"]) == (old, new, {"orders": 1})
    assert merchant.get(f"/v1/buyers/{old}").json["merged_into"] == new
    assert merchant.get(f"/v1/orders/{order}").json["buyer"]["reference"] == "new"
    assert [each["id"] for each in merchant.get(f"/v1/buyers/{new}/merges").json["data"]] == [first.json["id"]]


def test_who_is_gone_is_not_merged_or_changed(merchant: Merchant) -> None:
    old, new = (_buyer(merchant, name) for name in ("old", "new"))
    body = {"into": new, "reason": "Same person"}
    merchant.post(f"/v1/buyers/{old}/merge", body)

    back = merchant.post(f"/v1/buyers/{new}/merge", {"into": old, "reason": "Same person"})
    changed = merchant.call("PATCH", f"/v1/buyers/{old}", {"name": "x"})
    self_ = merchant.post(f"/v1/buyers/{new}/merge", {"into": new, "reason": "Same person"})
    look = merchant.post(f"/v1/buyers/{old}/merge_look", {"into": new}, once=None)

    assert (back.status_code, back.json["code"]) == (409, "buyer_gone")
    assert (changed.json["code"], changed.json["details"]["merged_into"]) == ("buyer_gone", new)
    assert self_.json["code"] == "cannot_merge"
    assert look.json["obstacle"]


def test_a_merged_reference_reads_what_the_other_one_has(merchant: Merchant) -> None:
    old, new = (_buyer(merchant, name) for name in ("old", "new"))
    merchant.post("/v1/points/entries", {"buyer_reference": "new", "change": 7, "reason": "gift"})
    merchant.post(f"/v1/buyers/{old}/merge", {"into": new, "reason": "Same person"})

    points = merchant.get("/v1/points?buyer_reference=old").json
    wallet = merchant.get("/v1/wallets/old?currency=USD").json

    assert (points["buyer_reference"], points["balance"]) == ("new", 7)
    assert wallet["buyer_reference"] == "new"


def _buyer(merchant: Merchant, reference: str) -> str:
    return str(merchant.post("/v1/buyers", {"reference": reference}).json["id"])
