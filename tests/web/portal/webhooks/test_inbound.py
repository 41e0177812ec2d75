"""Inbound events in the portal: listed, shown, replayed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.ids import show
from app.domain.webhooks.types import InboundCommand
from app.workflow.operations.accept_inbound_event import accept_inbound_event
from tests.factories.deliveries import try_now
from tests.factories.merchant import MerchantSystem, delivery_of, merchant_system, sell_through
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.fixture
def system() -> Iterator[MerchantSystem]:
    """The merchant's own system."""
    with merchant_system() as running:
        yield running


def test_what_a_system_said_is_listed_shown_and_replayed(shop: Shop, system: MerchantSystem, owner: Visitor) -> None:
    assert "No inbound events" in owner.get("/portal/inbound-events").text
    sell_through(shop, system)
    system.answers = [(202, {})]
    order_id = shop.paid_order()
    try_now(shop, order_id)
    command = InboundCommand(
        kind="delivery",
        subject_id=delivery_of(shop, order_id).id,
        external_id="evt-1",
        type="progress",
        payload={"text": "On the press"},
    )
    accept_inbound_event(shop.business_id, command, actor="test")

    order = owner.get(f"/portal/orders/{show('ord', order_id)}").text
    page = owner.get("/portal/webhooks").follow("Inbound events").follow("delivery: progress")
    replayed = page.form("/replay").send()

    assert "Your system accepted it; expected by" in order
    assert "On the press" in order
    assert "On the press" in page.text
    assert "Replayed" in replayed.text
