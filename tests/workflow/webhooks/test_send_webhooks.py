"""Events are sent to the endpoints that subscribe: signed, in order, once, retried when refused."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.domain.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.worker.webhook_sender import Sender
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.receiver import OF_AN_ORDER, Receiver, dead, deliveries_of, endpoint, listen, receiver, send
from tests.factories.shop import Shop

ENDPOINTS_EACH = 50  # of one business


def test_events_of_an_order_are_sent_signed_in_order_and_once(shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there)
    order_id = shop.paid_order()

    send(shop, endpoint_id)
    again = send(shop, endpoint_id)

    assert (there.types, again) == (OF_AN_ORDER, 0)
    assert [each["sequence"] for each in there.received] == [1, 2, 3, 4, 5]
    assert len({each["object_id"] for each in there.received}) == 1
    assert {each["webhook-id"] for each in there.headers} == {each["id"] for each in there.received}
    assert {each.status for each in deliveries_of(shop, endpoint_id)} == {"delivered"}
    assert order_id


def test_what_is_not_taken_is_tried_again_and_holds_up_its_own_object_only(
    clock: Any, shop: Shop, there: Receiver
) -> None:
    endpoint_id = listen(shop, there, "order.created", "order.closed", "order.paid")
    there.answers = [(500, {}, b"no")]
    first, second = shop.place(), shop.place()
    shop.paid_order()

    sent = send(shop, endpoint_id)
    waits = [each for each in deliveries_of(shop, endpoint_id) if each.status == "pending"]
    clock.move(6)
    send(shop, endpoint_id)

    assert (sent, len(waits), waits[0].attempt_count, waits[0].http_status) == (4, 1, 1, 500)
    assert there.received[0] == there.received[-1]
    assert there.headers[0]["webhook-id"] == there.headers[-1]["webhook-id"]
    assert {each.status for each in deliveries_of(shop, endpoint_id)} == {"delivered"}
    assert first != second


def test_later_events_of_an_object_wait_unless_order_does_not_matter(shop: Shop, there: Receiver) -> None:
    with receiver() as hasty:
        patient_id, hasty_id = listen(shop, there, "order.*"), listen(shop, hasty, "order.*", in_order=False)
        there.answers, hasty.answers = [(500, {}, b"")], [(500, {}, b"")]
        shop.paid_order()

        send(shop, patient_id, hasty_id)

        assert there.types == ["order.created"]
        assert hasty.types == ["order.created", "order.paid", "order.fulfilled"]


def test_retry_after_is_obeyed_and_what_says_410_is_paused_for_good(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    there.answers = [(429, {"Retry-After": "900"}, b""), (410, {}, b"")]
    shop.place()
    send(shop, endpoint_id)
    shop.place()
    clock.move(800)
    too_soon = send(shop, endpoint_id)

    clock.move(200)
    send(shop, endpoint_id)
    disabled = endpoint(shop, endpoint_id)
    clock.move(100_000)

    assert (too_soon, disabled.status, disabled.pause_reason) == (0, "paused", "gone")
    assert send(shop, endpoint_id) == 0
    assert {each.status for each in deliveries_of(shop, endpoint_id)} == {"pending"}


def test_an_endless_answer_and_a_redirect_are_cut_short(shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    there.answers = [(200, {"Set-Cookie": "a=b"}, b"x" * 500_000), (302, {"Location": there.url}, b"")]
    shop.place()
    shop.place()

    send(shop, endpoint_id)

    made = shop.many(select(WebhookAttempt.__table__).order_by(WebhookAttempt.id))
    assert [(each.http_status, len(each.answer)) for each in made] == [(200, 2048), (302, 0)]
    assert (len(there.received), "set-cookie" in made[0].answer_headers) == (2, False)
    assert "webhook-signature" not in made[0].headers


def test_an_endpoint_that_hangs_delays_nobody_else(
    new_shop: Callable[..., Shop], wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    one, other = new_shop(), new_shop()
    with receiver() as dead, receiver() as well:
        dead.gate = threading.Event()
        hanging, answering = listen(one, dead, "order.created"), listen(other, well, "order.created")
        sender = Sender(places=1)

        def come_true(condition: Callable[[], bool]) -> None:
            wait_until(lambda: sender.step() >= 0 and condition())

        other.place()
        come_true(lambda: endpoint(other, answering).succeeded_at is not None)
        one.place()
        come_true(dead.reached.is_set)
        other.place()
        come_true(lambda: len(well.received) == 2)

        assert not dead.gate.is_set()
        assert [each.status for each in deliveries_of(one, hanging)] == ["pending"]
        dead.gate.set()
        come_true(lambda: deliveries_of(one, hanging)[0].status == "delivered")
        come_true(lambda: {each.status for each in deliveries_of(other, answering)} == {"delivered"})
    one.audit()
    other.audit()


def test_dead_endpoints_leave_the_turns_and_the_order_of_a_healthy_one_as_they_are(
    new_shop: Callable[..., Shop], wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    many = 100 if os.environ.get("TEST_PROFILE") == "long" else 12
    mine, sender = new_shop(), Sender()
    with receiver() as well, dead() as urls:
        healthy = listen(mine, well, *OF_AN_ORDER)
        mine.place()
        send(mine, healthy)
        others = [new_shop() for _ in range(-(-many // ENDPOINTS_EACH))]
        for number in range(many):
            _good_until_now(others[number % len(others)], urls[number % len(urls)])
        for other in others:
            other.place()
            make_deliveries(other.business_id)

        started: list[int] = []
        for _ in range(3):
            mine.paid_order()
            event_count = len(well.received) + len(OF_AN_ORDER)
            while len(well.received) < event_count:
                wait_until(lambda: healthy not in sender.at_work())
                started.append(sender.step())
                wait_until(
                    lambda event_count=event_count: len(well.received) == event_count or healthy not in sender.at_work()
                )

        # They were due before it, and a third of them hangs: its turn began all the same.
        assert started[0] > many
        assert {each.attempt_count for each in deliveries_of(mine, healthy)} == {1}
        for object_id in {each["object_id"] for each in well.received}:
            received = [each["sequence"] for each in well.received if each["object_id"] == object_id]
            assert received == list(range(1, len(received) + 1))
    wait_until(lambda: not sender.at_work())
    mine.audit()


def _good_until_now(shop: Shop, url: str) -> None:
    made = manage_webhooks.create_endpoint(shop.business_id, EndpointCommand(url, ["order.created"]), actor="test")
    with db.phase("test.known", shop.business_id):
        db.write(db.change(WebhookEndpoint, made.id, succeeded_at=clock.now()), expect=1)
