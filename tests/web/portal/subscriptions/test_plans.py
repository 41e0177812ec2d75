"""Plans in the portal: made, read with the link that buyers sign by, archived and offered again."""

from __future__ import annotations

import pytest

from app.core.ids import show
from app.workflow.subscriptions import change_contract
from tests.factories.contracts import plan_of, sign
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def test_the_list_says_what_to_do_first(owner: Visitor) -> None:
    assert "No plans yet" in owner.get("/portal/plans").text


def test_a_plan_is_made_and_its_link_given(shop: Shop, owner: Visitor) -> None:
    form = owner.get(f"/portal/plans/new?sku_id={show('sku', shop.sku_id)}").form("/plans/new")
    typed = {"name": "Gold, yearly", "interval": "year", "price_USD": "99.50", "trial_days": "14"}

    made = form.send(**typed)
    again = form.send(**typed)
    listed = owner.get("/portal/plans")

    assert made.heading == "Gold, yearly Active"
    assert "$99.50 every year." in made.text
    assert "/s/plan_" in made.text
    assert again.heading == made.heading
    assert len([link for link in listed.links if "/portal/plans/plan_" in link]) == 1


def test_what_makes_no_sense_is_said_beside_the_field(shop: Shop, owner: Visitor) -> None:
    form = owner.get("/portal/plans/new").form("/plans/new")
    sku = show("sku", shop.sku_id)

    nothing = form.send()
    no_price = form.send(sku=sku, name="Gold")
    odd = form.send(sku=sku, name="Gold", price_USD="12.345")
    alone = form.send(sku=sku, name="Gold", intro_USD="1")
    intro = form.send(sku=sku, name="Gold", price_USD="10", intro_USD="1")
    days = form.send(sku=sku, name="Gold", price_USD="10", retry_days="soon")

    assert {each.status for each in (nothing, no_price, odd, alone, intro, days)} == {422}
    assert "Choose a product." in nothing.text
    assert "Enter a price." in no_price.text
    assert "Enter the price that follows as well." in alone.text
    assert "An introductory price needs a number of cycles" in intro.text
    assert "Numbers of days, such as 1, 3, 5, 7." in days.text
    assert "12.345" in [each.attributes.get("value") for each in odd.document.all("input")]
    assert "No plans yet" in owner.get("/portal/plans").text


def test_a_code_is_used_once(shop: Shop, owner: Visitor) -> None:
    typed = {"sku": show("sku", shop.sku_id), "name": "Gold", "code": "gold", "price_USD": "10"}

    owner.get("/portal/plans/new").form("/plans/new").send(**typed)
    second = owner.get("/portal/plans/new").form("/plans/new").send(**typed)

    assert (second.status, "Another plan has this code." in second.text) == (422, True)


def test_it_counts_contracts_and_is_archived_and_offered_again(rich: Shop, owner: Visitor) -> None:
    plan_id = plan_of(rich)
    change_contract.cancel_now(rich.business_id, sign(rich, plan_id), actor="test")
    sign(rich, plan_id)
    path = f"/portal/plans/{show('plan', plan_id)}"

    archived = owner.get(path).form("/archive").send()
    gone = owner.get("/portal/plans?status=archived")
    offered = owner.get(path).form("/offer").send()

    assert "Archived. Nobody can sign it" in archived.text
    assert "/s/plan_" not in archived.text
    assert path in gone.links
    assert "Offered again." in offered.text
    assert "Active 1" in " ".join(offered.text.split())
    assert "Ended 1" in " ".join(offered.text.split())
