"""An order paid by Stripe, from the hosted page to the books: what counts, and what is not believed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from app.core import db
from app.core.errors import Invalid
from app.core.ids import first_at, new_id, show
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments import service as payments
from app.domain.payments.refused import RefusedNotice
from app.domain.reconciliation.models import Case
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.orders import place_and_pay
from app.workflow.payments import manage_channels, pay_order
from app.workflow.payments.accept_notice import accept_notice
from tests.contracts.stripe_peer import Stripe
from tests.factories.shop import Shop
from tests.simulator.company import Company, Message, Receiver


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop()
    yield made
    made.audit()


@pytest.fixture
def peer(shop: Shop, simulator: str) -> Iterator[Stripe]:
    """The company, with an account of the shop's there that `shop.account_id` names."""
    company, receiver = Company(simulator), Receiver()
    peer = Stripe(company, receiver)
    shop.account_id = manage_channels.add_channel_account(
        shop.business_id, channel="stripe", name="Stripe", values=peer.settings
    )
    yield peer
    receiver.close()
    company.client.close()


def started_payment(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    order_id = shop.place()
    return order_id, pay_order.pay_order(shop.business_id, order_id, channel="stripe")


def send_notice(shop: Shop, message: Message) -> int:
    return accept_notice("stripe", shop.account_id, message.headers, message.body).http_status


def event_message(peer: Stripe, body: bytes) -> Message:
    return Message(peer.sign(body, int(time.time())), body)


def confirm(shop: Shop, session_id: uuid.UUID, request_id: uuid.UUID) -> uuid.UUID:
    return confirm_checkout.confirm_checkout(
        shop.business_id, session_id, channel="stripe", agreements=[], request_id=request_id
    )


def attempts_of(shop: Shop, order_id: uuid.UUID) -> Sequence[Row[Any]]:
    with db.reading(shop.business_id):
        return payments.undecided_of(order_id)


def cases(shop: Shop, order_id: uuid.UUID) -> list[Row[tuple[str, str]]]:
    return shop.many(select(Case.kind, Case.status).where(Case.order_id == order_id))


def test_an_order_is_paid_once_however_often_notices_come(shop: Shop, peer: Stripe) -> None:
    order_id, attempt_id = started_payment(shop)
    action = shop.attempt(attempt_id).action
    peer.approve(show("att", attempt_id))
    [message] = peer.notices(1)

    replies = [send_notice(shop, message) for _ in range(2)]

    assert (action["type"], replies) == ("redirect", [204, 204])
    assert shop.order(order_id).status == "paid"
    assert shop.attempt(attempt_id).channel_ref.startswith("pi_")
    assert shop.balance("channel_clearing") == 1000
    shop.work_off()


@pytest.mark.usefixtures("peer")
def test_a_page_that_was_drawn_long_ago_still_leads_to_stripe_and_pays_once(shop: Shop) -> None:
    session_id = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1")
    ).session_id
    drawn = first_at(datetime.now(UTC) - timedelta(minutes=20))

    order_id = confirm(shop, session_id, drawn)
    assert confirm(shop, session_id, drawn) == order_id

    [attempt] = attempts_of(shop, order_id)
    assert (attempt.status, attempt.action["type"]) == ("pending", "redirect")


@pytest.mark.usefixtures("peer")
def test_an_order_is_placed_and_paid_in_one_call_and_the_call_may_come_again(shop: Shop) -> None:
    request_id, command = (
        new_id(),
        PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1")),
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pay_order, "call", lambda *_, **__: None)  # the process ends before it can call the company
        place_and_pay.place_and_pay(
            shop.business_id, command, order_id=request_id, request_id=request_id, channel="stripe"
        )
    place_and_pay.place_and_pay(shop.business_id, command, order_id=request_id, request_id=request_id, channel="stripe")

    [attempt] = attempts_of(shop, request_id)
    assert (attempt.status, attempt.action["type"]) == ("pending", "redirect")


def test_an_event_must_fit_the_order_it_names(shop: Shop, peer: Stripe) -> None:
    order_id, attempt_id = started_payment(shop)
    peer.approve(show("att", attempt_id))
    [message] = peer.notices(1)
    about = message.data["data"]["object"]
    kind = "checkout.session.completed"

    for change in ({"amount_total": 1001}, {"currency": "eur"}, {"client_reference_id": show("att", new_id())}):
        assert send_notice(shop, event_message(peer, peer.event(kind, about | change))) == 400
    assert shop.order(order_id).status == "paying"
    assert send_notice(shop, message) == 204
    assert shop.order(order_id).status == "paid"


def test_notices_about_other_business_are_stored_and_acknowledged(shop: Shop, peer: Stripe) -> None:
    body = peer.event("refund.created", {"object": "refund", "id": "re_by_hand", "metadata": {}})

    assert send_notice(shop, event_message(peer, body)) == 204

    stored = select(RefusedNotice.reason, RefusedNotice.beginning)
    assert [tuple(row) for row in shop.many(stored)] == [("not_ours", body)]


def test_a_page_whose_answer_was_lost_is_found_by_asking(shop: Shop, peer: Stripe) -> None:
    order_id, attempt_id = shop.place(), new_id()
    ref = show("att", attempt_id)
    peer.script("create", "http_500", ref, "after")
    pay_order.pay_order(shop.business_id, order_id, channel="stripe", attempt_id=attempt_id)
    lost = shop.attempt(attempt_id)

    assert shop.poll(attempt_id)
    found = shop.attempt(attempt_id)
    peer.approve(ref)
    assert shop.poll(attempt_id)

    assert (lost.status, lost.action) == ("unknown", None)
    assert (found.status, found.action["type"]) == ("pending", "redirect")
    assert shop.order(order_id).status == "paid"


def test_a_refund_that_the_bank_sends_back_is_put_before_people_once(shop: Shop, peer: Stripe) -> None:
    order_id, attempt_id = started_payment(shop)
    peer.approve(show("att", attempt_id))
    shop.poll(attempt_id)
    made = shop.refund_attempt(shop.refund(order_id, 300))

    peer.bounce(show("att", made.id))
    message = peer.event_of("refund.failed", 3)
    replies = [send_notice(shop, message) for _ in range(2)]

    assert (made.status, replies) == ("succeeded", [204, 204])
    assert [tuple(case) for case in cases(shop, order_id)] == [("refund_undone", "open")]
    assert shop.order(order_id).refunded_minor == 300


def test_a_key_of_the_other_mode_is_not_taken(shop: Shop, peer: Stripe) -> None:
    for key in ("sk_live_0123456789", "rk_live_0123456789", "whatever"):
        with pytest.raises(Invalid) as refused:
            manage_channels.add_channel_account(
                shop.business_id, channel="stripe", name="Live", values=peer.settings | {"secret_key": key}
            )
        assert list(refused.value.details or {}) == ["secret_key"]
