"""Events are sent to the endpoints that subscribe: signed, in order, once, retried when refused."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.core.errors import Invalid, NotFound
from app.core.ids import show
from app.core.limits import breaker
from app.core.limits.breaker import Breaker
from app.domain.webhooks import rules
from app.domain.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.domain.webhooks.rules import MAX_ENDPOINTS
from app.worker.webhook_sender import Sender
from app.workflow.operations import prune_personal
from app.workflow.webhooks import manage_webhooks, replay_webhooks
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from app.workflow.webhooks.replay_webhooks import Extent
from tests.factories.receiver import Receiver, dead, deliveries_of, endpoint, listen, receiver, send
from tests.factories.shop import Shop

OF_AN_ORDER = ["order.created", "payment.succeeded", "order.paid", "delivery.delivered", "order.fulfilled"]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(autouse=True)
def own_breaker() -> Iterator[None]:
    stored = breaker.current()
    breaker.use(Breaker(None))
    yield
    breaker.use(stored)


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


def test_days_of_failures_pause_it_and_nothing_is_lost(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    there.answers = [(503, {}, b"")] * 40
    shop.place()
    for _ in range(4):
        send(shop, endpoint_id)
        clock.move(86_000)
    send(shop, endpoint_id)
    shop.place()
    send(shop, endpoint_id)
    paused = endpoint(shop, endpoint_id)
    there.answers.clear()

    manage_webhooks.enable_endpoint(shop.business_id, endpoint_id, skip_waiting=False, actor="test")
    send(shop, endpoint_id)

    assert (paused.status, paused.pause_reason, paused.error) == ("paused", "failing", "The endpoint answered 503.")
    assert [each.status for each in deliveries_of(shop, endpoint_id)] == ["delivered"] * 2
    assert _topics(shop)[-3:] == ["webhook_endpoint.paused", "order.created", "webhook_endpoint.enabled"]


def test_an_event_that_is_never_taken_fails_after_ten_tries_and_the_gap_is_replayed(
    clock: Any, shop: Shop, there: Receiver
) -> None:
    endpoint_id = listen(shop, there, "order.created", "webhook.test")
    there.poison = {show("ord", shop.place())}
    for _ in range(rules.MAX_ATTEMPTS):
        manage_webhooks.send_test(shop.business_id, endpoint_id)  # taken, so that the endpoint is well
        send(shop, endpoint_id)
        clock.move(96_000)
    statuses = [each.status for each in deliveries_of(shop, endpoint_id)]

    there.poison.clear()
    done = replay_webhooks.replay_extent(shop.business_id, endpoint_id, Extent(), actor="test")
    send(shop, endpoint_id)
    nothing = replay_webhooks.replay_extent(shop.business_id, endpoint_id, Extent(), actor="test")

    assert statuses == ["failed"] + ["delivered"] * rules.MAX_ATTEMPTS
    assert (done.count, nothing.count) == (1, 0)
    assert sum(each == there.received[-1] for each in there.received) == rules.MAX_ATTEMPTS + 1
    assert len(shop.many(select(WebhookAttempt.id))) == len(there.received)


def test_one_and_all_are_replayed_also_what_was_taken(shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there)
    shop.paid_order()
    send(shop, endpoint_id)
    paid = next(each for each in deliveries_of(shop, endpoint_id) if each.topic == "order.paid")

    replay_webhooks.replay_delivery(shop.business_id, paid.id, actor="test")
    send(shop, endpoint_id)
    everything = Extent(since=clock.now() - timedelta(hours=1), also_delivered=True)
    done = replay_webhooks.replay_extent(shop.business_id, endpoint_id, everything, actor="test")
    send(shop, endpoint_id)

    assert done.count == len(OF_AN_ORDER) + 1  # the product, which was published before anybody listened
    assert there.types[: len(OF_AN_ORDER) + 1] == [*OF_AN_ORDER, "order.paid"]
    again = there.types[len(OF_AN_ORDER) + 1 :]  # objects come side by side, each in its order
    assert [each for each in again if each != "product.published"] == OF_AN_ORDER
    assert len(again) == done.count


def test_both_secrets_count_until_the_overlap_is_over(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "webhook.test")
    old = there.secret
    new = manage_webhooks.roll_secret(shop.business_id, endpoint_id, overlap=timedelta(hours=24))
    for there.secret in (old, new):
        manage_webhooks.send_test(shop.business_id, endpoint_id)
        send(shop, endpoint_id)
    clock.move(86_401)
    manage_webhooks.send_test(shop.business_id, endpoint_id)
    send(shop, endpoint_id)

    signatures = [each["webhook-signature"].split(" ") for each in there.headers]
    assert [len(each) for each in signatures] == [2, 2, 1]
    assert there.types == ["webhook.test"] * 3


def test_a_removed_endpoint_gets_nothing_and_what_waited_is_skipped(shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    shop.place()
    manage_webhooks.pause_endpoint(shop.business_id, endpoint_id, actor="test")
    send(shop, endpoint_id)
    shop.place()

    manage_webhooks.remove_endpoint(shop.business_id, endpoint_id, actor="test")
    send(shop, endpoint_id)
    shop.place()

    assert (there.received, {each.status for each in deliveries_of(shop, endpoint_id)}) == ([], {"skipped"})
    assert len(deliveries_of(shop, endpoint_id)) == 2
    with pytest.raises(NotFound):
        manage_webhooks.send_test(shop.business_id, endpoint_id)


def test_what_is_old_is_forgotten(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    shop.place()
    send(shop, endpoint_id)
    manage_webhooks.pause_endpoint(shop.business_id, endpoint_id, actor="test")
    shop.place()
    send(shop, endpoint_id)

    clock.move(rules.RETENTION.total_seconds() + 60)
    prune_personal.prune_business(shop.business_id)

    assert deliveries_of(shop, endpoint_id) == []
    assert shop.many(select(WebhookAttempt.id)) == []


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


@pytest.mark.parametrize(
    ("url", "topics", "code"),
    [
        ("ftp://shop.example", ["*"], "invalid_url"),
        ("https://u:p@shop.example", ["*"], "invalid_url"),
        ("https://shop.example", [], "unknown_event_type"),
        ("https://shop.example", ["order.eaten"], "unknown_event_type"),
        ("https://shop.example", ["order.coupons_due"], "unknown_event_type"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(shop: Shop, url: str, topics: list[str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        manage_webhooks.create_endpoint(shop.business_id, EndpointCommand(url, topics), actor="test")

    assert refused.value.code == code


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
        others = [new_shop() for _ in range(-(-many // MAX_ENDPOINTS))]
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


def _topics(shop: Shop) -> list[str]:
    return [row.topic for row in shop.many(select(OutboxEvent.topic).order_by(OutboxEvent.id))]
