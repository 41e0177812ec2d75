"""Promotions for some ways to pay: the price follows the way that is chosen, and the order stays with it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.orders.errors import PriceChanged
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.errors import OtherChannelNeeded
from app.domain.payments.models import RoutingDecision
from app.read.checkout import checkouts
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.orders import place_order
from app.workflow.payments import manage_channels
from app.workflow.payments.manage_routing import ChannelTermsCommand, set_terms
from tests.factories.promotions import active_promotion
from tests.factories.shop import Shop


def test_the_price_follows_the_chosen_way_and_the_order_stays_with_it(shop: Shop) -> None:
    shop.take_transfers()
    _tenth_off(shop, "offline")
    session_id = _session(shop)

    first = _snapshot(shop, session_id)
    open_checkout.change_checkout(shop.business_id, session_id, channel="offline")
    chosen = _snapshot(shop, session_id)
    with pytest.raises(PriceChanged):
        _confirm(shop, session_id, "simulator", seen_minor=900)
    order_id = _confirm(shop, session_id, "offline", seen_minor=900)

    after = _snapshot(shop, session_id)
    assert (first["payment_method_id"], first["total_minor"]) == ("simulator", 1000)
    assert (chosen["payment_method_id"], chosen["total_minor"]) == ("offline", 900)
    assert shop.order(order_id).channels == ["offline"]
    assert {each["id"]: each["reason"] for each in after["payment_methods"]} == {
        "simulator": "offer",
        "simulator_qr": "offer",
        "simulator_app": "offer",
        "offline": None,
    }


def test_the_way_that_is_shown_as_chosen_has_its_own_price(shop: Shop) -> None:
    _tenth_off(shop, "simulator")
    session_id = _session(shop)

    shown = _snapshot(shop, session_id)
    order_id = _confirm(shop, session_id, shown["payment_method_id"], seen_minor=shown["total_minor"])

    assert (shown["payment_method_id"], shown["total_minor"]) == ("simulator", 900)
    assert shop.order(order_id).channels == ["simulator"]


def test_no_way_is_shown_as_chosen_that_its_own_price_is_too_small_for(shop: Shop) -> None:
    shop.take_transfers()
    _tenth_off(shop, "simulator")
    set_terms(shop.business_id, shop.account_id, "USD", ChannelTermsCommand(min_minor=950))

    shown = _snapshot(shop, _session(shop))

    assert (shown["payment_method_id"], shown["total_minor"]) == ("offline", 1000)


def test_an_order_is_paid_only_by_a_way_that_all_its_offers_allow(shop: Shop) -> None:
    shop.keep_wallets()
    shop.take_transfers()
    _tenth_off(shop, "simulator", "offline")
    _tenth_off(shop, "simulator", "wallet")
    shop.fund("buyer-1", 5000)
    order_id = _place(shop, "simulator")

    for refused in ({"channel": "offline"}, {"channel": "wallet"}, {"wallet_minor": None}):
        with pytest.raises(OtherChannelNeeded):
            shop.pay(order_id, **refused)
    attempt_id = shop.pay(order_id, channel=None, wallet_minor=310)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    order = shop.order(order_id)
    assert (order.channels, order.total_minor, order.paid_minor) == (["simulator"], 810, 810)
    assert shop.attempt(attempt_id).amount_minor == 500


def test_without_a_payment_method_no_offer_bound_to_one_applies(shop: Shop) -> None:
    shop.take_transfers()
    _tenth_off(shop, "simulator")

    order = shop.order(_place(shop, None))

    assert (order.total_minor, order.channels) == (1000, [])


def test_an_account_that_fails_is_followed_by_one_of_an_allowed_channel(shop: Shop) -> None:
    nobody = {"base_url": "http://127.0.0.1:9", "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    first = manage_channels.add_channel_account(
        shop.business_id, channel="simulator", name="Ahead", values=nobody | {"timeout_s": "3"}, priority=1
    )
    _tenth_off(shop, "simulator")
    shop.take_transfers()
    order_id = _place(shop, "simulator")

    last = shop.attempt(shop.pay(order_id, channel=None))

    stored = shop.one(select(RoutingDecision.__table__).where(RoutingDecision.id == last.id))
    against = {each["name"]: [reason["code"] for reason in each["against"]] for each in stored.candidates}
    assert (last.channel_account_id, last.amount_minor, last.status) == (shop.account_id, 900, "pending")
    assert (against["Ahead"], against["Bank"][0]) == (["tried"], "offer")
    assert first != last.channel_account_id


def _tenth_off(shop: Shop, *channels: str) -> None:
    active_promotion(shop.business_id, channels=frozenset(channels))


def _place(shop: Shop, channel: str | None) -> uuid.UUID:
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"), channel=channel)
    return place_order.place_order(shop.business_id, command)


def _session(shop: Shop) -> uuid.UUID:
    buyer = Buyer(reference="ann")
    return open_checkout.open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer).session_id


def _snapshot(shop: Shop, session_id: uuid.UUID) -> dict[str, Any]:
    return checkouts.snapshot(shop.business_id, session_id)


def _confirm(shop: Shop, session_id: uuid.UUID, channel: str, *, seen_minor: int) -> uuid.UUID:
    return confirm_checkout.confirm_checkout(
        shop.business_id, session_id, channel=channel, agreements=[], seen_minor=seen_minor
    )
