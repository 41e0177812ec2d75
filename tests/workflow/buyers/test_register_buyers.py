"""Whoever paid is a buyer, once, whatever was said of them before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.domain.buyers.models import Buyer
from app.read.buyers.buyers import BuyerFilter, list_buyers
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.register_buyers import register
from tests.factories.shop import Shop


def test_who_paid_is_a_buyer_and_who_did_not_is_none(shop: Shop) -> None:
    for _ in range(2):
        shop.paid_order(buyer="ada")
    shop.place(buyer="grace")

    assert register(shop.business_id) == 1
    assert register(shop.business_id) == 0

    [found] = _all(shop)
    assert (found.reference, found.source, found.status) == ("ada", "order", "active")
    created = select(OutboxEvent.__table__).where(OutboxEvent.topic == "buyer.created")
    assert [row.aggregate_id for row in shop.many(created)] == [found.id]


def test_who_is_known_stays_as_they_are(shop: Shop) -> None:
    create_buyer(shop.business_id, BuyerCommand(reference="ada", name="Ada"), actor="test")
    shop.paid_order(buyer="ada")

    assert register(shop.business_id) == 0
    assert [each.name for each in _all(shop)] == ["Ada"]


def test_several_at_once_make_nobody_twice(shop: Shop) -> None:
    for number in range(3):
        shop.paid_order(buyer=f"buyer-{number}")

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: register(shop.business_id), range(4)))

    assert sum(made) == 3
    assert len(_all(shop)) == 3


def test_who_pays_later_is_found_later(shop: Shop) -> None:
    shop.paid_order(buyer="ada")
    register(shop.business_id)
    shop.paid_order(buyer="grace")

    assert register(shop.business_id) == 1


def _all(shop: Shop) -> list[Buyer]:
    return list(list_buyers(shop.business_id, BuyerFilter(), after=None, limit=50))
