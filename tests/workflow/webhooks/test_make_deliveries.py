"""Which endpoint gets which event."""

from __future__ import annotations

from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.receiver import Receiver, listen, receiver, send
from tests.factories.shop import Shop


def test_each_endpoint_gets_the_topics_it_had_at_that_moment(shop: Shop, there: Receiver) -> None:
    with receiver() as other:
        paid, orders = listen(shop, there, "order.paid"), listen(shop, other, "order.*")
        shop.paid_order()
        command = EndpointCommand(there.url, ["product.published"])
        manage_webhooks.change_endpoint(shop.business_id, paid, command)
        shop.paid_order()

        send(shop, paid, orders)

        assert there.types == ["order.paid"]
        objects = {each["object_id"] for each in other.received}
        received_each = [[event["type"] for event in other.received if event["object_id"] == each] for each in objects]
        assert received_each == [["order.created", "order.paid", "order.fulfilled"]] * 2
