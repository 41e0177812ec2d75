"""Signing at a company and deducting, stopped dead at each step: one mandate, and at most one deduction of a cycle."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import new_id, show
from app.domain.payments.models import PaymentAttempt
from app.workflow.subscriptions import renew_contracts
from app.workflow.subscriptions.renew_contracts import deduction_id
from tests.factories.contracts import agree, ask, contract, cycles, end_lease, make_due, mandate, plan_of, sign_at
from tests.factories.shop import Shop
from tests.faults.act import act


def _deductions(shop: Shop) -> set[uuid.UUID]:
    table = PaymentAttempt.__table__
    made = select(table.c.id).where(table.c.kind == "deduction", table.c.status == "succeeded")
    return {row.id for row in shop.many(made)}


@pytest.mark.parametrize(
    "point",
    [
        "sign_contract.write.before_commit",
        "sign_contract.write.after",
        "start_mandate.reserve.before_commit",
        "start_mandate.reserve.after",
        "start_mandate.call.after",
        "start_mandate.record.before_commit",
        "start_mandate.record.after",
    ],
)
def test_who_signs_again_has_one_mandate(shop: Shop, dies: Callable[..., None], point: str) -> None:
    plan_of(shop)
    contract_id = new_id()

    dies(shop, "sign_by_mandate", contract_id, at=point)
    act(shop, "sign_by_mandate", contract_id)
    assert mandate(shop, contract_id).action["type"] == "redirect"
    agree(shop, contract_id)

    assert contract(shop, contract_id).status == "active"
    assert _deductions(shop) == {deduction_id(cycles(shop, contract_id)[0].id)}
    shop.audit()


@pytest.mark.parametrize(
    "point",
    [
        "follow_mandates.claim.before_commit",
        "follow_mandates.claim.after",
        "follow_mandates.call.after",
        "follow_mandates.record.before_commit",
        "follow_mandates.record.after",
    ],
)
def test_a_signature_is_heard_of_whoever_dies(shop: Shop, dies: Callable[..., None], point: str) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    shop.company(f"contracts/{show('con', contract_id)}/sign", {})

    dies(shop, "ask_mandate", mandate(shop, contract_id).id, at=point)
    assert ask(shop, contract_id) == "active"
    renew_contracts.act(shop.business_id, contract_id)

    assert contract(shop, contract_id).status == "active"
    shop.audit()


@pytest.mark.parametrize(
    "point",
    [
        "renew_contracts.decide.after",
        "renew_contracts.charge.before",
        "deduct_order.reserve.before_commit",
        "deduct_order.reserve.after",
        "deduct_order.call.after",
        "record_result.answer.before_commit",
        "record_result.answer.after",
        "renew_contracts.charge.after",
        "renew_contracts.conclude.before_commit",
        "renew_contracts.conclude.after",
    ],
)
def test_a_cycle_is_deducted_once_whoever_dies(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    make_due(shop, contract_id)

    dies(shop, "renew", contract_id, at=point)
    for _ in range(2):
        end_lease(shop, contract_id)
        renew_contracts.act(shop.business_id, contract_id)
        carry_on(shop)

    assert [(each.number, each.status) for each in cycles(shop, contract_id)] == [(1, "paid"), (2, "paid")]
    assert contract(shop, contract_id).status == "active"
    assert _deductions(shop) == {deduction_id(each.id) for each in cycles(shop, contract_id)}
    shop.audit()


@pytest.mark.parametrize(
    "point", ["renew_contracts.decide.after", "deduct_order.call.after", "record_result.answer.after"]
)
def test_another_try_is_deducted_once_whoever_dies(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    shop.script("deduct", "decline", value="insufficient_funds", times=1)
    make_due(shop, contract_id)
    renew_contracts.act(shop.business_id, contract_id)
    end_lease(shop, contract_id)

    dies(shop, "renew", contract_id, at=point)
    for _ in range(2):
        end_lease(shop, contract_id)
        renew_contracts.act(shop.business_id, contract_id)
        carry_on(shop)

    assert contract(shop, contract_id).status == "active"
    assert len(_deductions(shop)) == 2
    shop.audit()
