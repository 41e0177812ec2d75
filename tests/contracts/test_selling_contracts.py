"""Contracts sold through every channel that deducts: signed on the company's page, renewed, refunded and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.ids import new_id, show
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import ContractOutcome
from app.domain.signing.calendar import Interval, Unit
from app.domain.signing.types import PlanPriceTerms, PlanTerms
from app.workflow.payments import manage_channels
from app.workflow.subscriptions import change_contract, manage_plans, renew_contracts
from tests.contracts.recurring_peers import RECURRING, RecurringPeer
from tests.factories.contracts import ask, contract, cycles, make_due, mandate, sign_at
from tests.factories.shop import Shop
from tests.simulator.company import Company, Receiver


@pytest.fixture(params=sorted(RECURRING))
def peer(request: pytest.FixtureRequest, pretend_pay: Company, receiver: Receiver) -> RecurringPeer:
    return RECURRING[request.param](pretend_pay, receiver)


def test_a_contract_is_signed_renewed_refunded_and_ended(peer: RecurringPeer, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(currency=peer.price.currency)
    account_id = _account(shop, peer)
    contract_id = sign_at(shop, _plan(shop, peer), channel=str(account_id), currency=peer.price.currency)
    ref = show("con", contract_id)
    peer.agree(ref, ContractOutcome(status="pending", action=mandate(shop, contract_id).action))

    signed = ask(shop, contract_id)
    renew_contracts.act(shop.business_id, contract_id)
    make_due(shop, contract_id)
    renew_contracts.act(shop.business_id, contract_id)
    shop.work_off()
    shop.refund(cycles(shop, contract_id)[1].order_id)
    shop.work_off()
    change_contract.cancel_now(shop.business_id, contract_id, actor="test")
    ended = ask(shop, contract_id)

    assert (signed, ended) == ("active", "ended")
    made = cycles(shop, contract_id)
    assert [each.amount_minor for each in made] == [peer.price.minor] * 2
    assert made[0].status == "paid"
    assert shop.order(made[1].order_id).refunded_minor == peer.price.minor
    channel: Any = registry.CHANNELS[peer.name]
    assert channel.query_contract(peer.settings, ref, mandate(shop, contract_id).contract_no).status in (
        "ended",
        "absent",
    )


def test_without_money_the_first_cycle_is_refused_and_the_mandate_let_go(
    peer: RecurringPeer, new_shop: Callable[..., Shop]
) -> None:
    shop = new_shop(currency=peer.price.currency)
    account_id = _account(shop, peer)
    contract_id = sign_at(shop, _plan(shop, peer), channel=str(account_id), currency=peer.price.currency)
    peer.agree(show("con", contract_id), ContractOutcome(status="pending", action=mandate(shop, contract_id).action))
    first = renew_contracts.deduction_id(cycles(shop, contract_id)[0].id)
    peer.script("deduct", "decline", show("att", first), peer.no_money)

    ask(shop, contract_id)
    renew_contracts.act(shop.business_id, contract_id)
    refused = shop.attempt(first)
    renew_contracts.act(shop.business_id, contract_id)

    assert (refused.status, refused.decline_code) == ("failed", "insufficient_funds")
    row = contract(shop, contract_id)
    assert (row.status, row.end_reason) == ("ended", "unpaid")
    assert ask(shop, contract_id) == "ended"


def _account(shop: Shop, peer: RecurringPeer) -> Any:
    values = {"timeout_s": "5", **peer.settings}
    return manage_channels.add_channel_account(shop.business_id, channel=peer.name, name="Deducts", values=values)


def _plan(shop: Shop, peer: RecurringPeer) -> Any:
    prices = [PlanPriceTerms(currency=peer.price.currency, unit_minor=peer.price.minor)]
    terms = PlanTerms(code=new_id().hex[-12:], name="Monthly", interval=Interval(Unit.MONTH, 1), prices=prices)
    return manage_plans.create_plan(shop.business_id, shop.sku_id, terms, actor="test")
