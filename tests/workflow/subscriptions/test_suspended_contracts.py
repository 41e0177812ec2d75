"""Contracts of a business that may take no payments for a while: nobody is refused, and nobody pays for it."""

from __future__ import annotations

import pytest

from app.workflow.accounts.lifecycle import suspend_business
from tests.factories.contracts import DAY, MONTH, agree, contract, cycles, plan_of, sign, sign_at
from tests.factories.shop import Shop


@pytest.mark.parametrize("channel", ["wallet", "simulator"])
def test_a_suspension_ends_no_contract(shop: Shop, channel: str) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 9000)
    if channel == "wallet":
        contract_id = sign(shop, plan_of(shop))
    else:
        contract_id = sign_at(shop, plan_of(shop))
        agree(shop, contract_id)
    shop.work_off()
    suspend_business.suspend(shop.business_id, level="no_new_payments", reason="Fraud is looked into.")

    shop.advance(MONTH + 3 * DAY)
    during = contract(shop, contract_id)
    suspend_business.lift(shop.business_id)
    shop.advance(2 * DAY)

    assert (during.status, during.try_count, during.blocked_at is None) == ("active", 0, False)
    found = contract(shop, contract_id)
    assert (found.status, found.blocked_at) == ("active", None)
    assert [each.status for each in cycles(shop, contract_id)] == ["paid", "paid"]
