"""What a cancelled contract gives back goes the ordinary road of refunds, once."""

from __future__ import annotations

import uuid

import pytest

from app.core.ids import show
from app.domain.payments.errors import NotRefundable
from app.workflow.accounts.change_settings import change_settings
from app.workflow.subscriptions.refund_cancelled import refund_cancelled
from tests.factories.contracts import cycles, plan_of, sign
from tests.factories.people import make_user
from tests.factories.shop import Shop


@pytest.fixture
def signed(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    """A contract, and the order of its first cycle."""
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    contract_id = sign(shop, plan_of(shop))
    return contract_id, cycles(shop, contract_id)[0].order_id


def test_it_is_refunded_once_however_often_it_is_asked(shop: Shop, signed: tuple[uuid.UUID, uuid.UUID]) -> None:
    for _ in range(2):
        refund_cancelled(shop.business_id, *signed, amount_minor=300, actor="system")

    assert [each.amount_minor for each in shop.refunds(signed[1])] == [300]


def test_a_list_of_reasons_does_not_keep_back_what_a_cancellation_gives(
    shop: Shop, signed: tuple[uuid.UUID, uuid.UUID]
) -> None:
    member = show("usr", make_user(shop.business_id).user_id)
    change_settings(shop.business_id, {"refund_reasons": ["Broken"]}, actor=member)

    refund_cancelled(shop.business_id, *signed, amount_minor=300, actor=member)

    assert [each.amount_minor for each in shop.refunds(signed[1])] == [300]


def test_what_somebody_refunded_in_full_before_is_done(shop: Shop, signed: tuple[uuid.UUID, uuid.UUID]) -> None:
    shop.refund(signed[1])

    refund_cancelled(shop.business_id, *signed, amount_minor=300, actor="system")

    assert [each.amount_minor for each in shop.refunds(signed[1])] == [1000]


def test_what_cannot_be_refunded_any_more_is_not_forgotten(shop: Shop, signed: tuple[uuid.UUID, uuid.UUID]) -> None:
    shop.refund(signed[1], 900)

    with pytest.raises(NotRefundable):
        refund_cancelled(shop.business_id, *signed, amount_minor=300, actor="system")
