"""The audit finds contracts, cycles and orders that do not agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import new_id
from app.domain.signing.types import ChangeTerms
from app.read.operations import audit
from app.workflow.subscriptions import change_terms
from tests.factories.contracts import DAY, MONTH, agree, plan_of, sign, sign_at
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

_SECOND = "business_id = :business AND number = 2"
# Law → the table that is damaged, and how.
DAMAGE: dict[str, tuple[str, str]] = {
    "I194": ("mrr_movements", "DELETE FROM mrr_movements WHERE business_id = :business"),
    "I195": ("contracts", "UPDATE contracts SET unit_minor = unit_minor + 100 WHERE business_id = :business"),
    "I210": ("contract_cycles", f"UPDATE contract_cycles SET number = 3 WHERE {_SECOND}"),
    "I211": (
        "contract_cycles",
        f"UPDATE contract_cycles SET starts_at = starts_at - interval '1 hour' WHERE {_SECOND}",
    ),
    "I212": (
        "contract_cycles",
        "UPDATE contract_cycles SET status = 'unpaid', paid_at = NULL WHERE business_id = :business AND number = 1",
    ),
    "I213": ("contract_consents", "DELETE FROM contract_consents WHERE business_id = :business"),
    "I214": ("contracts", "UPDATE contracts SET acts_at = NULL WHERE business_id = :business"),
    "I215": (
        "payment_transactions",
        f"UPDATE payment_transactions SET order_id = (SELECT order_id FROM contract_cycles WHERE {_SECOND})"
        " WHERE business_id = :business AND order_id = (SELECT order_id FROM contract_cycles"
        " WHERE business_id = :business AND number = 1)",
    ),
    "I216": ("contract_cycles", f"UPDATE contract_cycles SET amount_minor = 1 WHERE {_SECOND}"),
    "I217": (
        "contract_cycles",
        f"UPDATE contract_cycles SET status = 'skipped', order_id = NULL, paid_at = NULL WHERE {_SECOND}",
    ),
    "I218": ("entitlements", "UPDATE entitlements SET seconds = seconds - 1 WHERE business_id = :business"),
    "I219": (
        "contracts",
        "UPDATE contracts SET status = 'ended', end_reason = 'unpaid', ended_at = now() - interval '1 day',"
        " acts_at = NULL, next_due_at = NULL WHERE business_id = :business",
    ),
}


_DEDUCTED = "business_id = :business AND kind = 'deduction'"
# The same of contracts that a company charges.
DAMAGE_OF_MANDATES: dict[str, tuple[str, str]] = {
    "I20-mnd": (
        "mandates",
        "UPDATE mandates SET status = 'ending', next_poll_at = now() WHERE business_id = :business",
    ),
    "I220": (
        "payment_transactions",
        f"UPDATE payment_transactions SET order_id = (SELECT order_id FROM contract_cycles WHERE {_SECOND})"
        f" WHERE {_DEDUCTED}",
    ),
    "I221": (
        "mandates",
        "UPDATE mandates SET status = 'failed', ended_at = now(), active_at = NULL WHERE business_id = :business",
    ),
    "I222": ("mandates", "UPDATE mandates SET status = 'ending', next_poll_at = NULL WHERE business_id = :business"),
    "I223": ("mandates", "UPDATE mandates SET active_at = now() + interval '99 days' WHERE business_id = :business"),
    "I224": (
        "entitlements",
        "UPDATE entitlements SET starts_at = starts_at + interval '1 hour' WHERE business_id = :business",
    ),
}


@pytest.mark.parametrize("law", DAMAGE_OF_MANDATES)
def test_each_broken_law_of_mandates_is_reported(undone: Undone, new_shop: Callable[..., Shop], law: str) -> None:
    shop = new_shop()
    agree(shop, sign_at(shop, plan_of(shop)))
    shop.advance(MONTH + 60)
    shop.work_off()
    table, damage = DAMAGE_OF_MANDATES[law]
    before = _reported(shop)

    with undone.trial() as connection:
        as_owner(connection, table, damage, {"business": shop.business_id})
        after = _reported(shop)

    assert not before
    assert law in after


@pytest.mark.parametrize("law", DAMAGE)
def test_each_broken_law_of_contracts_is_reported(undone: Undone, new_shop: Callable[..., Shop], law: str) -> None:
    shop = new_shop()
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    sign(shop, plan_of(shop))
    shop.advance(MONTH + 60)
    shop.work_off()
    table, damage = DAMAGE[law]
    before = _reported(shop)

    with undone.trial() as connection:
        as_owner(connection, table, damage, {"business": shop.business_id})
        after = _reported(shop)

    assert law in after - before


def _reported(shop: Shop) -> set[str]:
    return {each.id for each in audit.run() for row in each.rows if shop.business_id in row.values()}


_LAST_CHANGE = "business_id = :business AND status = 'applied'"
# The same of a contract that was changed.
DAMAGE_OF_CHANGES: dict[str, tuple[str, str]] = {
    "I20-cch": (
        "contract_changes",
        f"UPDATE contract_changes SET status = 'cancelled' WHERE {_LAST_CHANGE}",
    ),
    "I225": ("contracts", "UPDATE contracts SET credit_minor = credit_minor + 1 WHERE business_id = :business"),
    "I226": (
        "contract_changes",
        f"UPDATE contract_changes SET due_minor = due_minor + 1, charge_minor = charge_minor + 1 WHERE {_LAST_CHANGE}",
    ),
    "I227": ("contracts", "UPDATE contracts SET quantity = 4 WHERE business_id = :business"),
    "I228": (
        "contract_cycles",
        "UPDATE contract_cycles SET cut_at = starts_at WHERE business_id = :business AND number = 1",
    ),
    "I229": (
        "contract_changes",
        f"UPDATE contract_changes SET decided_at = now() - interval '2 hours' WHERE {_LAST_CHANGE}",
    ),
}


@pytest.mark.parametrize("law", DAMAGE_OF_CHANGES)
def test_each_broken_law_of_changes_is_reported(undone: Undone, new_shop: Callable[..., Shop], law: str) -> None:
    shop = new_shop()
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    contract_id = sign(shop, plan_of(shop, max_quantity=5))
    shop.advance(3 * DAY)
    change_terms.change_contract(
        shop.business_id, contract_id, ChangeTerms(quantity=2), actor="test", change_id=new_id()
    )
    if law != "I229":  # until its event is handled, the cut cycle gives what it gave
        shop.work_off()
    table, damage = DAMAGE_OF_CHANGES[law]
    before = _reported(shop)

    with undone.trial() as connection:
        as_owner(connection, table, damage, {"business": shop.business_id})
        after = _reported(shop)

    assert law in after - before
