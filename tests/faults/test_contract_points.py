"""Signing and renewing a contract, stopped dead at each step: it is charged once, and by one order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id
from app.domain.orders.errors import OrderState
from app.domain.orders.models import Order
from app.domain.payments.errors import PaymentInProgress
from app.domain.payments.models import PaymentAttempt
from app.workflow.subscriptions import renew_contracts
from tests.factories.contracts import change_of, contract, cycles, end_lease, make_due, make_due_now, plan_of, sign
from tests.factories.shop import Shop
from tests.faults.act import act


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def _charged(shop: Shop) -> list[int]:
    """How many orders there are, and how many of them were paid from the wallet."""
    table = PaymentAttempt.__table__
    paid = select(func.count()).where(table.c.channel == "wallet", table.c.status == "succeeded")
    return [shop.one(select(func.count()).select_from(Order.__table__))[0], shop.one(paid)[0]]


@pytest.mark.parametrize(
    "point",
    [
        "sign_contract.reserve.before_commit",
        "sign_contract.reserve.after",
        "pay_order.call.after",
        "record_result.answer.before_commit",
        "record_result.answer.after",
    ],
)
def test_who_signs_again_signs_once(
    rich: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    plan_of(rich)
    contract_id = new_id()

    dies(rich, "sign", contract_id, at=point)
    with suppress(PaymentInProgress, OrderState):  # told before: the poll knows how it ended
        _sign_again(rich, contract_id)
    carry_on(rich)

    assert contract(rich, contract_id).status == "active"
    assert _charged(rich) == [1, 1]


def _sign_again(shop: Shop, contract_id: Any) -> None:
    act(shop, "sign", contract_id)


@pytest.mark.parametrize(
    "point",
    [
        "renew_contracts.decide.before_commit",
        "renew_contracts.decide.after",
        "renew_contracts.charge.before",
        "pay_order.reserve.before_commit",
        "pay_order.reserve.after",
        "pay_order.call.after",
        "record_result.answer.before_commit",
        "record_result.answer.after",
        "renew_contracts.charge.after",
        "renew_contracts.conclude.before_commit",
        "renew_contracts.conclude.after",
    ],
)
def test_a_cycle_is_charged_once_whoever_dies(
    rich: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.work_off()
    make_due(rich, contract_id)

    dies(rich, "renew", contract_id, at=point)
    end_lease(rich, contract_id)
    renew_contracts.act(rich.business_id, contract_id)
    carry_on(rich)
    end_lease(rich, contract_id)
    renew_contracts.act(rich.business_id, contract_id)

    assert [(each.number, each.status) for each in cycles(rich, contract_id)] == [(1, "paid"), (2, "paid")]
    assert contract(rich, contract_id).status == "active"
    assert _charged(rich) == [2, 2]


@pytest.mark.parametrize(
    "point", ["renew_contracts.conclude.before_commit", "renew_contracts.conclude.after", "close_orders.close.after"]
)
def test_a_refusal_is_counted_once_whoever_dies(rich: Shop, dies: Callable[..., None], point: str) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000, retry_days=() if "close" in point else (5,)))
    rich.work_off()
    make_due(rich, contract_id)
    if "close" in point:
        renew_contracts.act(rich.business_id, contract_id)

    dies(rich, "renew", contract_id, at=point)
    if point != "renew_contracts.conclude.after":  # then it is past its lease already
        end_lease(rich, contract_id)
    renew_contracts.act(rich.business_id, contract_id)

    row = contract(rich, contract_id)
    if "close" in point:
        assert (row.status, row.end_reason) == ("ended", "unpaid")
    else:
        assert (row.status, row.try_count) == ("past_due", 1)


@pytest.mark.parametrize(
    "point",
    [
        "change_terms.write.before_commit",
        "change_terms.write.after",
        "change_terms.charge.before",
        "pay_order.reserve.after",
        "pay_order.call.after",
        "record_result.answer.before_commit",
        "record_result.answer.after",
        "change_terms.charge.after",
    ],
)
def test_a_change_is_made_once_whoever_dies(
    rich: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    contract_id, change_id = sign(rich, plan_of(rich, max_quantity=2)), new_id()
    rich.work_off()

    dies(rich, "change_terms", change_id, at=point)
    if point.endswith("write.before_commit"):
        act(rich, "change_terms", change_id)
    elif change_of(rich, contract_id).status == "charging":
        make_due_now(rich, contract_id)
        renew_contracts.act(rich.business_id, contract_id)
    carry_on(rich)

    row = contract(rich, contract_id)
    assert (change_of(rich, contract_id).status, row.status, row.quantity) == ("applied", "active", 2)
    assert row.mrr_minor == 2000
    assert [each.status for each in cycles(rich, contract_id)] == ["paid", "paid"]
    assert _charged(rich) == [2, 2]
    rich.audit()


@pytest.mark.parametrize("point", ["change_terms.take_back.before_commit", "change_terms.take_back.after"])
def test_what_a_cut_cycle_gave_is_taken_back_whoever_dies(rich: Shop, dies: Callable[..., None], point: str) -> None:
    contract_id, change_id = sign(rich, plan_of(rich, max_quantity=2)), new_id()
    rich.work_off()
    act(rich, "change_terms", change_id)

    dies(rich, "take_back_cut", cycles(rich, contract_id)[0].order_id, at=point)
    rich.work_off()

    assert sorted(each.status for each in rich.entitlements()) == ["active", "revoked"]
    rich.audit()


@pytest.mark.parametrize("point", ["close_orders.close.before_commit", "close_orders.close.after"])
def test_a_refused_change_fails_once_whoever_dies(rich: Shop, dies: Callable[..., None], point: str) -> None:
    contract_id, change_id = sign(rich, plan_of(rich, unit_minor=4000, max_quantity=2)), new_id()
    rich.work_off()

    dies(rich, "change_terms", change_id, at=point)
    make_due_now(rich, contract_id)
    if change_of(rich, contract_id).status == "charging":
        renew_contracts.act(rich.business_id, contract_id)

    assert (change_of(rich, contract_id).status, contract(rich, contract_id).quantity) == ("failed", 1)
    rich.audit()
