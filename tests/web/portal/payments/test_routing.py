"""Rules in the portal: written, read as a sentence, tried out, taken away."""

from __future__ import annotations

from app.core.ids import show
from app.workflow.payments import manage_channels
from tests.factories.shop import Shop
from tests.pages import Visitor


def second(shop: Shop) -> str:
    """Another account of the shop's at the pretend company."""
    values = {"base_url": shop.simulator, "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    account_id = manage_channels.add_channel_account(
        shop.business_id, channel="simulator", name="Second", values=values, priority=200
    )
    return show("cha", account_id)


def test_a_rule_is_read_as_a_sentence_and_moves_payments(shop: Shop, owner: Visitor) -> None:
    other = second(shop)
    form = owner.get("/portal/routing/new").form("/routing/new")

    listed = form.send(
        name="Small ones", currency="USD", highest="20", since="22:00", until="06:00", exclusive="on",
        **{f"weight_{other}": "1"},
    )  # fmt: skip

    assert "Payments up to $20.00, from 22:00 to 06:00 go to Second, and to no other account." in listed.text
    body = {
        "amount": "10",
        "currency": "USD",
        "scene": "web",
        "at": "23:30",
        "requested_channel": "",
        "item": "",
        "draw": "1",
    }
    night = owner.get("/portal/routing/simulator", query=body).text
    day = owner.get("/portal/routing/simulator", query=body | {"at": "12:00"}).text
    assert "Second Tried first" in night
    assert "The rule “Small ones” excludes this account." in night
    assert "Pretend Pay Tried first" in day


def test_a_split_is_shown_in_percent_and_can_be_changed_and_removed(shop: Shop, owner: Visitor) -> None:
    other, first = second(shop), show("cha", shop.account_id)
    weights = {f"weight_{other}": "1", f"weight_{first}": "3"}
    listed = owner.get("/portal/routing/new").form("/routing/new").send(name="Half and half", **weights)
    assert "All payments are split: 75% to Pretend Pay, 25% to Second" in listed.text

    rule = listed.follow("Half and half")
    changed = rule.form(rule.path).send(**{f"weight_{first}": "1"})
    response = changed.follow("Half and half").form("/remove").send()

    assert "50% to Pretend Pay, 50% to Second" in changed.text
    assert "No rules" in response.text


def test_the_second_of_two_people_sees_what_the_rule_says_now(shop: Shop, owner: Visitor) -> None:
    first = f"weight_{show('cha', shop.account_id)}"
    listed = owner.get("/portal/routing/new").form("/routing/new").send(name="Mine", priority="7", **{first: "1"})
    page = listed.follow("Mine")
    page.form(page.path).send(priority="8")

    refused = page.form(page.path).send(name="Ours")
    saved = refused.form(page.path).send()

    assert (refused.status, refused.form(page.path).values()["name"]) == (409, "Ours")
    assert "The rule says now Name Mine Priority 8" in refused.text
    assert "Ours" in saved.text


def test_a_rule_of_payouts_is_shown_and_tried(shop: Shop, owner: Visitor) -> None:
    weight = {f"weight_{show('cha', shop.account_id)}": "1"}
    form = owner.get("/portal/routing/new").form("/routing/new")

    refused = form.send(name="Out", direction="outgoing", scene="web", **weight)
    listed = form.send(name="Out", direction="outgoing", **weight)
    query = {"amount": "3", "currency": "USD", "scene": "web", "payee": "DE02120300000000202051", "draw": "1"}
    tried = owner.get("/portal/routing/simulator", query=query)

    assert (refused.status, "have no scene and no product" in refused.text) == (422, True)
    assert "All withdrawals and payouts go to Pretend Pay" in listed.text
    assert "The rule “Out” selects it" in tried.text


def test_a_rule_that_makes_no_sense_is_shown_with_what_is_wrong(shop: Shop, owner: Visitor) -> None:
    weight = f"weight_{show('cha', shop.account_id)}"
    form = owner.get("/portal/routing/new").form("/routing/new")

    wrong = {
        "at least one account": {},
        "below the minimum": {weight: "1", "currency": "USD", "lowest": "5", "highest": "4"},
        "Amounts need a currency": {weight: "1", "lowest": "5"},
        "both a start and an end time": {weight: "1", "since": "09:00"},
        "Write an hour": {weight: "1", "since": "25:00", "until": "26:00"},
    }

    for text, typed in wrong.items():
        page = form.send(name="Wrong", **typed)
        assert (page.status, text in page.text) == (422, True), text


def test_the_preview_refuses_what_makes_no_sense(owner: Visitor) -> None:
    body = {
        "amount": "1.234",
        "currency": "USD",
        "scene": "web",
        "at": "late",
        "requested_channel": "",
        "item": "",
        "draw": "1",
    }

    page = owner.get("/portal/routing/simulator", query=body)

    assert page.status == 422
    assert "Write an hour like 09:30." in page.text


def test_only_the_answer_is_drawn_anew(owner: Visitor) -> None:
    fragment = owner.fragment("/portal/routing/simulator", "answer")

    assert "Pretend Pay" in fragment.text
    assert not fragment.is_whole
