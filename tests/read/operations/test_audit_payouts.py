"""The audit finds what is wrong with money that left: each law is broken on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from tests.factories.payment_orders import bank_of
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE = {
    "I140 I20-pol": (
        "payment_order_lines",
        "UPDATE payment_order_lines SET status = 'executed' WHERE business_id = :business AND status = 'rejected'",
    ),
    "I141": (
        "payment_orders",
        "UPDATE payment_orders SET total_minor = total_minor + 1 WHERE business_id = :business",
    ),
    "I142": (
        "ledger_journals",
        "UPDATE ledger_journals SET template = 'payout_posted' WHERE business_id = :business"
        " AND template LIKE '%\\_returned'",
    ),
    "I143 I20-por": (
        "payment_orders",
        "UPDATE payment_orders SET status = 'sent' WHERE business_id = :business",
    ),
    "I144": (
        "routing_decisions",
        "UPDATE routing_decisions d SET candidates = jsonb_build_array(jsonb_build_object('usable', true, 'account_id',"
        " gen_random_uuid())) FROM payment_attempts a WHERE a.business_id = d.business_id AND a.id = d.id"
        " AND d.business_id = :business AND a.kind = 'withdrawal'",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_payouts_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    table, statement = DAMAGE[damage]
    bank = bank_of(new_shop())
    for minor in (100, 200):
        bank.withdraw(minor)
    order_id = bank.sent()
    returned, rejected = bank.lines(order_id)
    bank.decide(returned.id, "executed")
    bank.decide(returned.id, "returned", "account closed")
    bank.decide(rejected.id, "rejected", "no such account")

    before = _reported(bank.shop)
    with undone.trial() as connection:
        as_owner(connection, table, statement, {"business": bank.shop.business_id})
        broken = _reported(bank.shop)

    assert (before, broken) == (set(), set(damage.split()))


def _reported(shop: Shop) -> set[str]:
    return {finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id}
