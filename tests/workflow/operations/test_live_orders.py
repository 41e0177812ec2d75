"""Orders that are lived for their rows: each ends as its story says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
from sqlalchemy import select

from app.core import settings
from app.core.errors import Unavailable
from app.domain.payments.models import BankTransfer
from app.workflow.operations.live_orders import BOOKKEEPERS, Life, live_orders
from app.workflow.steps.operations.sales_pattern import Ending, Story
from tests.factories.shop import Shop

ONE = (("ONE", 1),)
ENDS: dict[Ending, str] = {
    "kept": "completed",
    "returned": "refunded",
    "returned_in_part": "completed",
    "refund_failed": "fulfilled",
    "second_try": "completed",
    "declined": "closed",
    "expired": "closed",
    "cancelled": "closed",
}
VISITS: tuple[Ending, ...] = ("left", "left_late")


@pytest.fixture
def own_shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose company is the simulator beside the installation."""
    monkeypatch.setattr(settings, "_current", replace(settings.current(), simulator_url=shop.simulator))
    return shop


def test_each_story_ends_as_it_says(own_shop: Shop) -> None:
    seen: list[list[Life]] = []
    stories = [Story(ONE, ending) for ending in (*ENDS, *VISITS)]

    live_orders(own_shop.business_id, stories, {"ONE": own_shop.sku_id}, lambda lives: seen.append(list(lives)))

    lives = seen[-1]
    orders = {life.story.ending: life.order_id for life in lives}
    assert set(ENDS) | set(VISITS) == set(get_args(Ending))
    assert {ending: order and own_shop.order(order).status for ending, order in orders.items()} == {
        **ENDS,
        **dict.fromkeys(VISITS),
    }
    assert all(life.begun == sorted(life.begun) and len(life.begun) == len(life.stages) for life in lives)
    assert own_shop.order(orders["returned_in_part"] or own_shop.sku_id).refunded_minor == 500


def test_a_bank_transfer_is_recorded_by_one_and_confirmed_by_another(own_shop: Shop) -> None:
    own_shop.take_transfers()
    seen: list[Life] = []
    stories = [Story(ONE, channel="offline")]

    live_orders(own_shop.business_id, stories, {"ONE": own_shop.sku_id}, lambda lives: seen.extend(lives))

    [transfer] = own_shop.many(select(BankTransfer.__table__).where(BankTransfer.business_id == own_shop.business_id))
    assert (transfer.status, transfer.recorded_by, transfer.decided_by) == ("confirmed", *BOOKKEEPERS)
    assert transfer.bank_reference == seen[-1].bank_reference
    assert seen[-1].stages == ["opened", "chosen", "ordered", "recorded", "confirmed", "completed"]


def test_each_round_sees_what_has_happened_so_far(own_shop: Shop) -> None:
    seen: list[list[tuple[str, ...]]] = []
    stories = [Story(ONE, "kept"), Story(ONE, "returned_in_part"), Story(ONE, "left")]

    def look(lives: Sequence[Life]) -> None:
        seen.append([tuple(life.stages) for life in lives])

    live_orders(own_shop.business_id, stories, {"ONE": own_shop.sku_id}, look)

    paid = ("opened", "chosen", "ordered", "paid")
    done = (*paid, "completed")
    left = ("opened", "left")
    assert seen == [[paid, paid, left], [done, done, left], [done, (*done, "returned_in_part"), left]]


def test_a_simulator_that_refuses_is_reported(own_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(settings.current(), simulator_url=f"{own_shop.simulator}/nowhere")
    monkeypatch.setattr(settings, "_current", wrong)

    with pytest.raises(Unavailable, match="404"):
        live_orders(own_shop.business_id, [Story(ONE)], {"ONE": own_shop.sku_id}, lambda _: None)
