"""Disputed orders: partners wait for the decision, and give back their parts of what is lost."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.settlement.clearing.types import BUSINESS, ShareTerms
from app.domain.settlement.holds.models import SettlementHold
from app.workflow.settlement import hold_money
from app.workflow.settlement.hold_money import HoldCommand
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop

holds = SettlementHold.__table__


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _disputed(sharer: Sharer) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID, str]:
    """The partner of a cleared order, the order, its payment, and the number of its dispute."""
    ada = sharer.partner("Ada")
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order_id, attempt_id = paid_attempt(sharer.shop)
    sharer.complete(order_id)
    return ada, order_id, attempt_id, Disputes(sharer.shop).open(attempt_id)


def _holds(shop: Shop) -> list[Any]:
    return [row.status for row in shop.many(select(holds).where(holds.c.business_id == shop.business_id))]


def test_a_lost_dispute_takes_back_every_partys_part_once(sharer: Sharer) -> None:
    ada, order_id, attempt_id, number = _disputed(sharer)
    before = sharer.sums(order_id)

    for _ in range(2):
        Disputes(sharer.shop).say("dispute.lost", number, attempt_id)

    assert before == {str(ada): 700, BUSINESS: 300}
    assert sharer.sums(order_id) == {str(ada): 0, BUSINESS: 0}
    assert sharer.owed(ada) == 0
    sharer.shop.audit()


def test_a_dispute_lost_in_part_takes_back_that_part(sharer: Sharer) -> None:
    ada, order_id, attempt_id, number = _disputed(sharer)

    Disputes(sharer.shop).say("dispute.partly_lost", number, attempt_id, lost=500)

    assert sharer.sums(order_id) == {str(ada): 350, BUSINESS: 150}
    sharer.shop.audit()


@pytest.mark.parametrize("end", ["dispute.won", "dispute.lost"])
def test_the_shares_are_on_hold_until_it_is_decided(sharer: Sharer, end: str) -> None:
    _, _, attempt_id, number = _disputed(sharer)
    held = _holds(sharer.shop)

    Disputes(sharer.shop).say(end, number, attempt_id)

    assert (held, _holds(sharer.shop)) == (["held"], ["released"])
    sharer.shop.audit()


def test_a_hold_of_a_person_stays_theirs(sharer: Sharer) -> None:
    order_id, attempt_id = paid_attempt(sharer.shop)
    hold_money.hold(sharer.shop.business_id, HoldCommand(reason="Seen", order_id=order_id), actor="usr_x")
    number = Disputes(sharer.shop).open(attempt_id)

    Disputes(sharer.shop).say("dispute.won", number, attempt_id)

    assert _holds(sharer.shop) == ["held"]
    sharer.shop.audit()


def test_an_order_that_nobody_shares_is_not_held(shop: Shop) -> None:
    Disputes(shop).open(paid_attempt(shop)[1])

    assert _holds(shop) == []
