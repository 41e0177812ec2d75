"""A merchant's system that takes its time: accepts, is chased, calls back late, twice, out of order, or never."""

from __future__ import annotations

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock as now_clock
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.domain.webhooks.types import InboundCommand
from app.read.reconciliation.cases import count_inbox
from app.read.webhooks import inbound_events
from app.workflow.operations.accept_inbound_event import accept_inbound_event, replay_inbound_event
from tests.factories.deliveries import refund_ends, sell_keys, try_now
from tests.factories.merchant import MerchantSystem, delivery_of, sell_through
from tests.factories.shop import Shop

_numbers = itertools.count(1)
DAY_S = 86_400


def accepted(shop: Shop, system: MerchantSystem, **answer: Any) -> uuid.UUID:
    """An order whose delivery the system took on."""
    sell_through(shop, system)
    system.answers = [(202, answer)]
    order_id = shop.paid_order()
    try_now(shop, order_id)
    return order_id


def say(shop: Shop, order_id: uuid.UUID, event_type: str, *, once: str = "", **payload: Any) -> uuid.UUID:
    command = InboundCommand(
        kind="delivery",
        subject_id=delivery_of(shop, order_id).id,
        external_id=once or f"evt-{next(_numbers)}",
        type=event_type,
        payload=payload,
    )
    return accept_inbound_event(shop.business_id, command, actor="test")


def verdict(shop: Shop, event_id: uuid.UUID) -> str:
    return str(inbound_events.get_inbound(shop.business_id, event_id).verdict)


@pytest.mark.parametrize("answer", [(202, {}), (200, {"state": "accepted"})])
def test_what_was_accepted_is_fulfilled_when_the_system_says_so(
    shop: Shop, system: MerchantSystem, answer: tuple[int, dict[str, Any]]
) -> None:
    sell_through(shop, system)
    system.answers = [answer]
    order_id = shop.paid_order()
    try_now(shop, order_id)
    assert (shop.order(order_id).status, delivery_of(shop, order_id).status) == ("fulfilling", "pending")
    assert system.received[0]["events_url"].endswith("/events")

    say(shop, order_id, "progress", text="printing")
    assert delivery_of(shop, order_id).progress == "printing"
    say(shop, order_id, "delivered", text="Your seat: 12 B")

    assert shop.order(order_id).status == "fulfilled"
    assert delivery_of(shop, order_id).answer == {"text": "Your seat: 12 B"}


def test_a_failure_that_is_told_later_is_refunded(shop: Shop, system: MerchantSystem) -> None:
    order_id = accepted(shop, system)

    say(shop, order_id, "failed", reason="sold out")
    refund_ends(shop, order_id)

    assert (delivery_of(shop, order_id).error, shop.order(order_id).status) == ("sold out", "refunded")


def test_the_same_event_has_one_effect_and_another_with_its_id_is_refused(shop: Shop, system: MerchantSystem) -> None:
    order_id = accepted(shop, system)

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: say(shop, order_id, "delivered", once="evt-a", text="here"), range(4)))
    with pytest.raises(Conflict):
        say(shop, order_id, "failed", once="evt-a")

    assert (len(made), shop.order(order_id).status) == (1, "fulfilled")


def test_whoever_says_delivered_before_we_read_that_it_was_accepted_is_believed(
    shop: Shop, system: MerchantSystem
) -> None:
    sell_through(shop, system)
    system.answers = [(202, {})]
    order_id = shop.paid_order()

    say(shop, order_id, "delivered")
    try_now(shop, order_id)

    assert (delivery_of(shop, order_id).status, system.received) == ("delivered", [])


def test_progress_that_is_older_than_what_is_known_is_ignored(shop: Shop, system: MerchantSystem) -> None:
    order_id = accepted(shop, system)
    earlier = (now_clock.now() - timedelta(hours=1)).isoformat()

    say(shop, order_id, "progress", text="shipped", occurred_at=now_clock.now().isoformat())
    old = say(shop, order_id, "progress", text="packed", occurred_at=earlier)

    assert (verdict(shop, old), delivery_of(shop, order_id).progress) == ("ignored", "shipped")


def test_goods_that_come_after_the_refund_are_a_case(shop: Shop, system: MerchantSystem) -> None:
    order_id = accepted(shop, system)
    say(shop, order_id, "failed", reason="sold out")
    refund_ends(shop, order_id)
    before = count_inbox(shop.business_id)

    late = say(shop, order_id, "delivered", text="found one")

    assert verdict(shop, late) == "ignored"
    assert count_inbox(shop.business_id) == before + 1


def test_a_refund_meanwhile_asks_the_system_to_revoke_and_its_answer_may_come_later(
    shop: Shop, system: MerchantSystem
) -> None:
    order_id = accepted(shop, system)

    shop.refund(order_id)
    refund_ends(shop, order_id)
    assert delivery_of(shop, order_id).status == "revoking"
    system.answers = [(202, {})]
    try_now(shop, order_id)
    assert delivery_of(shop, order_id).status == "revoking"
    too_late = say(shop, order_id, "delivered")
    say(shop, order_id, "revoked")

    assert (verdict(shop, too_late), delivery_of(shop, order_id).status) == ("ignored", "revoked")


def test_a_promise_moves_the_next_question_and_silence_asks_again(
    shop: Shop, system: MerchantSystem, clock: Any
) -> None:
    promised = now_clock.now() + timedelta(days=3)
    order_id = accepted(shop, system, expected_at=promised.isoformat())

    assert delivery_of(shop, order_id).next_attempt_at == promised
    clock.move(3.1 * DAY_S)
    pauses = []
    for answer in ((503, {}), (202, {}), (202, {})):
        system.answers = [answer]
        try_now(shop, order_id)
        row = delivery_of(shop, order_id)
        pauses.append(round((row.next_attempt_at - now_clock.now()).total_seconds() / 3600))
    assert (pauses, delivery_of(shop, order_id).status) == ([1, 3, 6], "pending")
    assert len(set(system.ids)) == 1

    say(shop, order_id, "progress", text="next week", expected_at=(now_clock.now() + timedelta(days=7)).isoformat())
    assert delivery_of(shop, order_id).next_attempt_at > now_clock.now() + timedelta(days=6)


def test_what_never_comes_is_given_up_and_revoked(shop: Shop, system: MerchantSystem, clock: Any) -> None:
    order_id = accepted(shop, system)
    clock.move(16 * DAY_S)
    system.answers = [(202, {})]

    try_now(shop, order_id)
    refund_ends(shop, order_id)
    try_now(shop, order_id)

    assert (shop.order(order_id).status, delivery_of(shop, order_id).status) == ("refunded", "revoked")


def test_a_test_clock_asks_when_it_was_promised(shop: Shop, system: MerchantSystem) -> None:
    order_id = accepted(shop, system)

    shop.advance(25 * 3600)

    assert shop.order(order_id).status == "fulfilled"  # asked again, the system answered 200
    assert len(system.received) == 2


def test_a_replay_changes_nothing_that_happened(shop: Shop, system: MerchantSystem) -> None:
    order_id = accepted(shop, system)
    event_id = say(shop, order_id, "delivered", text="here")

    replay_inbound_event(shop.business_id, event_id, actor="test")

    row = inbound_events.get_inbound(shop.business_id, event_id)
    assert (row.verdict, row.reason, row.replay_count) == ("ignored", "The delivery is delivered.", 1)
    assert shop.order(order_id).status == "fulfilled"


def test_what_we_deliver_ourselves_takes_no_events(shop: Shop) -> None:
    sell_keys(shop)
    command = InboundCommand(kind="delivery", subject_id=new_id(), external_id="a", type="delivered", payload={})

    with pytest.raises(NotFound):
        accept_inbound_event(shop.business_id, command, actor="test")
