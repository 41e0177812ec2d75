"""Rules and contracts: a buyer who is refused between two cycles is charged no more, and is not charged in secret."""

from __future__ import annotations

import pytest

from app.domain.risk.errors import RiskBlocked
from app.workflow.subscriptions import act_for_buyer
from tests.factories.contracts import DAY, MONTH, agree, contract, cycles, plan_of, sign, sign_at
from tests.factories.risk import decisions, make_entry, make_rule_set
from tests.factories.shop import Shop


def test_nothing_is_signed_from_the_wallet_of_a_refused_buyer(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    make_rule_set(shop, to="on")
    make_entry(shop, "buyer-1")

    with pytest.raises(RiskBlocked):
        sign(shop, plan_of(shop))

    assert shop.balance("wallet") == -5000
    shop.work_off()


def test_a_refused_buyer_s_cycles_stay_unpaid_and_the_contract_ends(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    contract_id = sign(shop, plan_of(shop))
    shop.work_off()
    make_rule_set(shop, to="on")
    make_entry(shop, "buyer-1")

    shop.advance(30 * DAY + 3600)
    refused = contract(shop, contract_id).status
    shop.advance(2 * MONTH)

    assert refused in ("past_due", "ended")
    found = contract(shop, contract_id)
    assert (found.status, found.end_reason) == ("ended", "unpaid")
    assert [each.status for each in cycles(shop, contract_id)] == ["paid", "unpaid"]
    assert {each.result for each in decisions(shop)} == {"block"}
    assert shop.balance("wallet") == -4000


def test_a_mandate_is_not_judged_so_far(shop: Shop) -> None:
    """What the how-to says: deductions of running contracts go on until somebody cancels them."""
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    make_rule_set(shop, to="on")
    make_entry(shop, "buyer-1")

    shop.advance(MONTH)
    act_for_buyer.cancel_keeping(shop.business_id, contract_id)

    assert [each.status for each in cycles(shop, contract_id)] == ["paid", "paid"]
    assert decisions(shop) == []
