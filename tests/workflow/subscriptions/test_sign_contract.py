"""Signing writes contract, consent, cycle and order at once, or nothing."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id
from app.domain.ledger.errors import InsufficientFunds
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer
from app.domain.signing.calendar import Unit
from app.domain.signing.errors import PlanUnavailable
from app.domain.signing.models import ContractConsent
from app.domain.signing.types import Consent, SignTerms
from app.workflow.subscriptions import sign_contract
from tests.factories.contracts import contract, cycles, plan_of, sign
from tests.factories.shop import Shop


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def test_the_terms_are_kept_as_evidence(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=7))

    kept = rich.one(select(ContractConsent.__table__).where(ContractConsent.contract_id == contract_id))
    assert kept.terms.startswith("$10.00 every month.\nFree until ")
    assert kept.terms.endswith("until the end of its period.")
    assert kept.terms_hash == hashlib.sha256(kept.terms.encode()).hexdigest()


def test_who_has_too_little_signs_nothing(rich: Shop) -> None:
    with pytest.raises(InsufficientFunds):
        sign(rich, plan_of(rich, unit_minor=5001))

    assert rich.one(select(func.count()).select_from(Order.__table__))[0] == 0


def test_the_same_id_again_signs_and_charges_once(rich: Shop) -> None:
    contract_id, plan_id = new_id(), plan_of(rich, trial_days=7)
    sign(rich, plan_id, contract_id=contract_id)
    sign(rich, plan_id, contract_id=contract_id)

    assert [each.number for each in cycles(rich, contract_id)] == [0]
    assert contract(rich, contract_id).status == "trialing"


def test_a_channel_that_cannot_be_charged_without_the_buyer_is_refused(rich: Shop) -> None:
    with pytest.raises(PlanUnavailable, match="without the buyer"):
        sign_contract.sign_contract(
            rich.business_id,
            plan_of(rich),
            SignTerms(currency="USD", quantity=1, channel="offline"),
            buyer=Buyer(reference="buyer-1"),
            consent=Consent(given_to="merchant", locale="en"),
            contract_id=new_id(),
            actor="test",
        )


def test_the_first_aligned_period_costs_its_share(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, anchor_day=1, unit_minor=604_800 // 200))

    [first] = cycles(rich, contract_id)
    seconds = int((first.ends_at - first.starts_at).total_seconds())
    assert first.amount_minor == int(seconds / 200 + 0.5)
    assert first.ends_at.isoweekday() == 1


def test_seats_multiply_the_price_and_not_the_time(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, max_quantity=3), quantity=3)
    rich.work_off()

    [first], [given] = cycles(rich, contract_id), rich.entitlements()
    assert first.amount_minor == 3000
    assert (given.starts_at, given.ends_at) == (first.starts_at, first.ends_at)
