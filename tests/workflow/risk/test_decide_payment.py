"""Payments are decided before a company hears of them: facts as they are, blocks that close, shadows that change
nothing, and no word to the database where there are no rules."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db.line import Line
from app.core.db.models import OutboxEvent
from app.core.ids import new_id
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.risk.errors import RiskBlocked
from app.domain.risk.types import Condition, EntryKind, ListName, Rule
from app.read.risk.entries import hits
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.orders import place_and_pay
from tests.factories.risk import decisions, make_entry, make_rule_set, starter
from tests.factories.shop import Shop


def confirm(shop: Shop, *, buyer: str = "buyer-1", email: str | None = None, address: str | None = None) -> Any:
    known = Buyer(reference=buyer, email=email, device="phone-1")
    session = open_checkout.open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=known)
    return confirm_checkout.confirm_checkout(
        shop.business_id, session.session_id, channel="simulator", agreements=[], buyer_ip=address
    )


def attempts(shop: Shop, order_id: uuid.UUID) -> Any:
    """Of one order, at whatever channel."""
    table, charges = db.table(PaymentAttempt), db.table(PaymentTransaction)
    mine = table.c.business_id == shop.business_id, charges.c.order_id == order_id
    return shop.many(select(table).join(charges, charges.c.id == table.c.transaction_id).where(*mine))


def test_a_blocked_buyer_never_reaches_a_company(shop: Shop) -> None:
    make_rule_set(shop, to="on")
    entry_id = make_entry(shop, "jo@mail.example", kind=EntryKind.EMAIL)

    with pytest.raises(RiskBlocked):
        confirm(shop, email="Jo+7@mail.example", address="203.0.113.9")

    [decision] = decisions(shop)
    order = shop.order(decision.order_id)
    assert (decision.result, decision.fired, decision.facts["on_block_list"]) == ("block", ["Block list"], True)
    assert (decision.buyer_ip, "203.0.113.9" in str(decision.facts)) == ("203.0.113.9", False)
    assert (order.status, order.close_reason) == ("closed", "risk_blocked")
    assert attempts(shop, order.id) == []
    assert hits(shop.business_id, [entry_id])[entry_id].count == 1
    assert [
        row.payload["order_id"]
        for row in shop.many(
            select(OutboxEvent.payload).where(
                OutboxEvent.business_id == shop.business_id, OutboxEvent.topic == "risk.payment_blocked"
            )
        )
    ] == [str(order.id)]
    shop.audit()


def test_a_blocked_order_says_so_again(shop: Shop) -> None:
    order_id = shop.place(buyer="b-1")
    make_rule_set(shop, to="on")
    make_entry(shop, "b-1")

    for _ in range(2):
        with pytest.raises(RiskBlocked):
            shop.pay(order_id)

    assert len(decisions(shop)) == 1
    shop.audit()


def test_placing_and_paying_at_once_is_decided_too(shop: Shop) -> None:
    make_rule_set(shop, to="on")
    make_entry(shop, "phone-9", kind=EntryKind.DEVICE)
    buyer = Buyer(reference="b-1", device="phone-9")
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=buyer)

    with pytest.raises(RiskBlocked):
        place_and_pay.place_and_pay(shop.business_id, command, order_id=new_id(), is_new=True, channel="simulator")

    [decision] = decisions(shop)
    assert shop.order(decision.order_id).close_reason == "risk_blocked"
    shop.audit()


def test_a_blocked_order_gives_back_what_it_held(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=1)
    order_id = shop.place(buyer="b-1")
    make_rule_set(shop, to="on")
    make_entry(shop, "b-1")

    with pytest.raises(RiskBlocked):
        shop.pay(order_id)

    assert shop.order(shop.paid_order(buyer="b-2")).status == "fulfilled"


def test_whoever_is_allowed_pays(shop: Shop) -> None:
    make_rule_set(shop, to="on")
    make_entry(shop, "203.0.113.0/24", kind=EntryKind.ADDRESS)
    make_entry(shop, "b-1", list_name=ListName.ALLOW)

    order_id = confirm(shop, buyer="b-1", address="203.0.113.9")
    with pytest.raises(RiskBlocked):
        confirm(shop, buyer="b-2", address="203.0.113.9")
    confirm(shop, buyer="b-2", address="203.0.114.9")

    assert shop.order(order_id).status == "paying"
    assert [row.result for row in decisions(shop)] == ["allow", "block", "allow"]


def test_a_shadow_changes_nothing_and_is_kept(shop: Shop) -> None:
    shadow = make_rule_set(shop)
    make_entry(shop, "buyer-1")

    order_id = shop.paid_order()

    [decision] = decisions(shop)
    assert shop.order(order_id).status == "fulfilled"
    assert (decision.rule_set_id, decision.result, decision.fired) == (None, "allow", [])
    assert (decision.shadow_set_id, decision.shadow_result, decision.shadow_fired) == (shadow, "block", ["Block list"])


def test_facts_are_those_of_the_moment(shop: Shop) -> None:
    make_rule_set(shop)
    first = confirm(shop, buyer="b-1", email="a@mail.example", address="203.0.113.9")
    [attempt] = attempts(shop, first)
    shop.decline(attempt.id)
    shop.poll(attempt.id)
    shop.pay(first)
    confirm(shop, buyer="b-2", email="a+2@mail.example", address="203.0.113.9")

    facts = decisions(shop)[-1].facts

    known = {name: facts[name] for name in facts if name.startswith(("address", "email", "device", "buyer"))}
    assert known == {
        "buyer_payments_1h": 1,
        "buyer_payments_24h": 1,
        "buyer_declined_1h": 0,
        "buyer_declined_24h": 0,
        "buyer_amount_24h": 1_000,
        "email_payments_24h": 3,
        "email_buyers_24h": 2,
        "address_payments_1h": 3,
        "address_payments_24h": 3,
        "address_declined_1h": 1,
        "address_declined_24h": 1,
        "address_buyers_24h": 2,
        "device_payments_24h": 3,
        "device_declined_24h": 1,
        "device_buyers_24h": 2,
    }
    assert (facts["amount"], facts["currency"], facts["channel"]) == (1_000, "USD", "simulator")
    assert (facts["is_first_order"], facts["first_order_days"], facts["has_email"]) == (True, None, True)


def test_a_buyer_who_paid_is_known(shop: Shop) -> None:
    shop.paid_order()
    make_rule_set(shop)

    shop.pay(shop.place())

    facts = decisions(shop)[-1].facts
    assert (facts["is_first_order"], facts["first_order_days"]) == (False, 0)
    assert facts["address_payments_1h"] is None


def test_a_wallet_is_decided_as_any_channel(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5_000)
    rule = Rule(name="Big", result="block", when=(
        Condition("channel", "is", "wallet"), Condition("amount", "at_least", 2_000, "USD")))  # fmt: skip
    make_rule_set(shop, rule, to="on")

    small = shop.pay(shop.place(), channel="wallet")
    with pytest.raises(RiskBlocked):
        shop.pay(shop.place(quantity=2), channel="wallet")

    assert shop.attempt(small).status == "succeeded"
    shop.audit()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements of each round trip."""
    noted: list[list[str]] = []
    straight = Line.send
    monkeypatch.setattr(clock, "is_due", lambda: False)

    def send(line: Line, statements: Any) -> Any:
        noted.append([statement for statement, _ in statements])
        return straight(line, statements)

    monkeypatch.setattr(Line, "send", send)
    return noted


def test_a_business_without_rules_is_asked_nothing(shop: Shop, trips: list[list[str]]) -> None:
    def sent() -> tuple[int, list[str]]:
        order_id = shop.place()
        trips.clear()
        shop.pay(order_id)
        return len(trips), [text for trip in trips for text in trip]

    for _ in range(8):  # until its statements are prepared
        sent()
    without = sent()
    make_entry(shop, "somebody")
    with_entries = sent()
    make_rule_set(shop, *starter("card_testing"), to="on")
    for _ in range(8):
        sent()
    with_rules = sent()

    assert (with_entries[0], len(with_entries[1])) == (without[0], len(without[1]))
    assert not [text for text in without[1] if "risk_decisions" in text or "risk_entries" in text]
    assert (with_rules[0] - without[0], len(with_rules[1]) - len(without[1])) == (1, 2)
