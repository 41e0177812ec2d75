"""A buyer cancels and keeps what is paid, whatever state the contract is in, and pays what is open once."""

from __future__ import annotations

import pytest

from app.core.ids import new_id
from app.domain.ledger.errors import InsufficientFunds
from app.domain.signing.errors import ContractState
from app.workflow.subscriptions import act_for_buyer, change_contract
from tests.factories.contracts import DAY, MONTH, agree, contract, cycles, plan_of, sign, sign_at
from tests.factories.shop import Shop


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def test_what_is_paid_is_kept_to_its_end(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.work_off()

    act_for_buyer.cancel_keeping(rich.business_id, contract_id)
    act_for_buyer.cancel_keeping(rich.business_id, contract_id)
    running = contract(rich, contract_id)
    rich.advance(MONTH)

    assert (running.status, running.cancel_at_period_end, running.next_due_at) == ("active", True, None)
    ended = contract(rich, contract_id)
    assert (ended.status, ended.end_reason) == ("ended", "cancelled")
    assert len(cycles(rich, contract_id)) == 1


def test_one_that_is_paused_within_its_period_ends_with_it(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    change_contract.pause_contract(rich.business_id, contract_id, resumes_at=None, actor="test")
    rich.advance(DAY)

    act_for_buyer.cancel_keeping(rich.business_id, contract_id)
    [first] = cycles(rich, contract_id)
    running = contract(rich, contract_id)

    assert (running.status, running.cancel_at_period_end, running.acts_at) == ("active", True, first.ends_at)


def test_one_that_is_paused_longer_than_it_was_paid_for_ends_now(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    change_contract.pause_contract(rich.business_id, contract_id, resumes_at=None, actor="test")
    rich.advance(MONTH + DAY)

    act_for_buyer.cancel_keeping(rich.business_id, contract_id)

    assert (contract(rich, contract_id).status, len(cycles(rich, contract_id))) == ("ended", 1)


def test_one_whose_payment_failed_ends_now_and_its_order_is_closed(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000))
    rich.advance(MONTH)

    act_for_buyer.cancel_keeping(rich.business_id, contract_id)

    _first, second = cycles(rich, contract_id)
    assert (contract(rich, contract_id).end_reason, second.status) == ("cancelled", "unpaid")
    assert rich.order(second.order_id).status == "closed"


def test_one_that_has_ended_stays_so(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    change_contract.cancel_now(rich.business_id, contract_id, actor="test")

    with pytest.raises(ContractState):
        act_for_buyer.cancel_keeping(rich.business_id, contract_id)


def test_what_is_open_is_paid_once_and_runs_on_by_the_old_calendar(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000))
    rich.advance(MONTH)
    request_id = new_id()

    with pytest.raises(InsufficientFunds):
        act_for_buyer.pay_open_cycle(rich.business_id, contract_id, request_id=request_id)
    rich.fund("buyer-1", 9000)
    act_for_buyer.pay_open_cycle(rich.business_id, contract_id, request_id=request_id)
    with pytest.raises(ContractState, match="Nothing is open"):
        act_for_buyer.pay_open_cycle(rich.business_id, contract_id, request_id=request_id)

    first, second = cycles(rich, contract_id)
    assert (second.status, second.starts_at) == ("paid", first.ends_at)
    found = contract(rich, contract_id)
    assert (found.status, found.try_count, found.next_due_at) == ("active", 0, second.ends_at)


def test_a_cycle_that_a_company_refused_is_deducted_when_the_buyer_says_so(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    shop.script("deduct", "decline", value="insufficient_funds", times=1)
    shop.advance(30 * DAY + 3600)
    refused, request_id = contract(shop, contract_id).status, new_id()

    act_for_buyer.pay_open_cycle(shop.business_id, contract_id, request_id=request_id)
    with pytest.raises(ContractState, match="Nothing is open"):
        act_for_buyer.pay_open_cycle(shop.business_id, contract_id, request_id=request_id)

    assert (refused, contract(shop, contract_id).status) == ("past_due", "active")
    assert [each.status for each in cycles(shop, contract_id)] == ["paid", "paid"]


def test_without_a_mandate_nothing_is_deducted(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))

    with pytest.raises(ContractState, match="not in force"):
        act_for_buyer.pay_open_cycle(shop.business_id, contract_id, request_id=new_id())
