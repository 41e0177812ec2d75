"""Buyers in the portal: found, made, changed, noted about, and two merged after a look."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.ids import show
from app.read.buyers.buyers import get_buyer
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.register_buyers import register
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_who_paid_is_listed_and_found(shop: Shop, owner: Visitor) -> None:
    shop.paid_order(buyer="ada-1815")
    register(shop.business_id)
    _made(shop, "grace", name="Grace Hopper", groups=["navy"])

    listed = owner.get("/portal/buyers")
    by_name = owner.get("/portal/buyers?q=Grace")
    by_group = owner.get("/portal/buyers?group=navy")
    nobody = owner.get("/portal/buyers?q=nobody")

    assert "ada-1815" in listed.text
    assert "Grace Hopper" in listed.text
    for page in (by_name, by_group):
        assert "Grace Hopper" in page.text
        assert "ada-1815" not in page.text
    assert "No results" in nobody.text


def test_a_buyer_is_made_changed_and_noted_about(owner: Visitor) -> None:
    made = (
        owner.get("/portal/buyers/new")
        .form("/buyers/new")
        .send(reference="ada", name="Ada", email="Ada@Example.com", email_verified="y", groups="vip, members")
    )
    changed = made.form(made.path).send(name="Ada Lovelace", email="ada@example.com", groups="vip")
    noted = changed.form("/notes").send(body="Likes engines.")

    assert "Buyer created." in made.text
    assert "ada@example.com (proven)" in made.text
    assert "Saved." in changed.text
    assert changed.heading.startswith("Ada Lovelace")
    assert "Likes engines." in noted.text


def test_what_cannot_be_is_said_beside_its_field(shop: Shop, owner: Visitor) -> None:
    _made(shop, "ada")

    page = owner.get("/portal/buyers/new")
    taken = page.form("/buyers/new").send(reference="ada")
    wrong = page.form("/buyers/new").send(reference="x", email="nobody")

    assert (taken.status, "Another buyer has this reference." in taken.text) == (409, True)
    assert (wrong.status, "Enter a valid email address." in wrong.text) == (422, True)


def test_two_are_merged_after_a_look(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    old, new = _made(shop, "old"), _made(shop, "new", name="Ada")
    shop.paid_order(buyer="old")
    shop.fund("old", 700)

    page = owner.get(f"/portal/buyers/{show('byr', old)}/merge?into=new")
    merged = page.form("/merged").send(reason="Same person")

    assert "Moves to Ada" in page.text
    assert "$7.00" in page.text
    assert "Merged." in merged.text
    assert get_buyer(shop.business_id, old).merged_into_id == new
    gone = owner.get(f"/portal/buyers/{show('byr', old)}")
    assert "has everything of this buyer now." in gone.text
    assert "Contact and groups" not in gone.text


def test_a_look_says_what_stands_in_the_way(shop: Shop, owner: Visitor) -> None:
    old, _ = _made(shop, "old"), _made(shop, "new")
    shop.pay(shop.place(buyer="old"))

    page = owner.get(f"/portal/buyers/{show('byr', old)}/merge?into=new")
    unknown = owner.get(f"/portal/buyers/{show('byr', old)}/merge?into=nobody")

    assert "This cannot be merged now" in page.text
    assert "There is no such buyer." in unknown.text


def _made(shop: Shop, reference: str, **more: Any) -> uuid.UUID:
    return create_buyer(shop.business_id, BuyerCommand(reference=reference, **more), actor="test")
