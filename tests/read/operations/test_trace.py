"""From any id of a chain the whole chain, with the money at each step."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db.models import OutboxEvent
from app.core.errors import NotFound
from app.core.ids import new_id, show
from app.core.money import Money
from app.read.operations.trace import Trace, trace
from app.read.orders.order_page import order_page
from app.workflow.wallets import hold_funds
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.shop import Shop


def test_every_id_of_a_chain_leads_to_the_whole_of_it(shop: Shop) -> None:
    manage_webhooks.create_endpoint(
        shop.business_id, EndpointCommand("https://hooks.example/", ["order.*"]), actor="test"
    )
    order_id = shop.paid_order(2)
    shop.refund(order_id, 700)
    make_deliveries(shop.business_id)
    page = order_page(shop.business_id, order_id)
    attempt = page.transactions[0].attempts[0].row

    found = trace(shop.business_id, show("ord", order_id))

    kinds = {hop.kind for hop in found.hops}
    assert {"order", "sub_order", "charge", "attempt", "refund", "delivery", "webhook_delivery", "journal"} == kinds
    others = [hop.id for hop in found.hops] + [show("oln", page.lines[0].id), show("rfd", page.transactions[1].row.id)]
    with db.reading(shop.business_id):
        mine = OutboxEvent.business_id == shop.business_id, OutboxEvent.aggregate_id == order_id
        others += [show("evt", row.id) for row in db.rows(select(OutboxEvent.id).where(*mine).limit(3))]
    for text in [*others, attempt.channel_ref, f" {attempt.channel_ref} "]:
        assert [hop.id for hop in trace(shop.business_id, text).hops] == [hop.id for hop in found.hops], text
    assert trace(shop.business_id, attempt.channel_ref).found == show("att", attempt.id)


def test_the_money_of_a_chain_adds_up_at_each_step(shop: Shop) -> None:
    order_id = shop.paid_order(2)
    shop.refund(order_id, 700)

    found = trace(shop.business_id, show("ord", order_id))

    amounts = _amounts(found)
    assert amounts["order"] == amounts["charge"] == amounts["sub_order"] == 2000
    assert amounts["refund"] == 700
    [charge] = [hop for hop in found.hops if hop.kind == "charge"]
    assert sum(link.amount_minor or 0 for link in charge.came_from) == 2000
    posted = {hop.title: hop.amount_minor for hop in found.hops if hop.kind == "journal" and hop.status == "posted"}
    assert posted["Charge"] == 2000
    known = [hop.id for hop in found.hops]
    for place, hop in enumerate(found.hops):
        assert {link.id for link in hop.came_from} <= set(known[:place]), f"{hop.kind} before what it hangs on"


def test_money_without_an_order_has_a_chain_too(shop: Shop) -> None:
    shop.fund("buyer-1", 900)
    hold_id = hold_funds.place(shop.business_id, buyer="buyer-1", money=Money(300, "USD"), reason="x", actor="test")

    hold = trace(shop.business_id, show("hld", hold_id))
    [journal] = [hop for hop in hold.hops if hop.kind == "journal"]

    assert (hold.lead.kind, journal.amount_minor) == ("hold", 300)
    assert trace(shop.business_id, journal.id).lead == hold.lead
    with db.reading(shop.business_id):
        topped = select(OutboxEvent.aggregate_id).where(
            OutboxEvent.business_id == shop.business_id, OutboxEvent.topic == "top_up.succeeded"
        )
        top_up = db.scalar(topped)
    chain = trace(shop.business_id, show("txn", top_up))
    assert [hop.kind for hop in chain.hops[:2]] == ["top_up", "attempt"]
    assert trace(shop.business_id, chain.hops[1].note.partition(" ")[0]).lead == chain.lead


def test_what_is_not_ones_own_leads_nowhere(shop: Shop, new_shop) -> None:
    other = new_shop()
    order_id = other.place()
    with db.reading(other.business_id):
        event_id = db.scalar(select(OutboxEvent.id).where(OutboxEvent.business_id == other.business_id).limit(1))

    foreign = [show("ord", order_id), show("evt", event_id), show("ldg", new_id()), show("whd", new_id())]
    for text in [*foreign, show("prd", shop.product_id), "nonsense", "", "\x00", "x" * 500]:
        with pytest.raises(NotFound):
            trace(shop.business_id, text)


def _amounts(found: Trace) -> dict[str, int]:
    sums: dict[str, int] = {}
    for hop in found.hops:
        sums[hop.kind] = sums.get(hop.kind, 0) + (hop.amount_minor or 0)
    return sums
