"""The process is stopped dead while events become deliveries and while they are sent; another one carries on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.receiver import deliveries_of, listen, receiver, send
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

MAKE = ("make_deliveries.make.before_commit", "make_deliveries.make.after")
# Where it dies, and how often the receiver gets the event in all.
SEND = {
    "send_webhooks.claim.before_commit": 1,
    "send_webhooks.claim.after": 1,
    "send_webhooks.post.after": 2,
    "send_webhooks.record.before_commit": 2,
    "send_webhooks.record.after": 1,
}


@pytest.mark.parametrize("point", [*MAKE, *SEND])
def test_each_event_arrives_whatever_happens(clock: Any, shop: Shop, dies: Callable[..., None], point: str) -> None:
    with receiver() as there:
        endpoint_id = listen(shop, there, "order.created")
        shop.place()
        if point in SEND:
            send(shop)  # makes the delivery, sends nothing

        dies(shop, "make_deliveries" if point in MAKE else "send_webhooks", endpoint_id, at=point)
        clock.move(60)
        send(shop, endpoint_id)

        assert [each.status for each in deliveries_of(shop, endpoint_id)] == ["delivered"]
        assert len(there.received) == SEND.get(point, 1)
        assert len({each["webhook-id"] for each in there.headers}) == 1


def test_these_points_exist() -> None:
    assert {*MAKE, *SEND} == points_of("make_deliveries") | points_of("send_webhooks")
