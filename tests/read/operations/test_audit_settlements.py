"""The audit finds what is wrong in settlements: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.read.operations import audit
from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

# What is broken (its table, and how) → exactly the laws that must be reported.
DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a settlement on an account that it may not touch": (
        "ledger_accounts",
        "UPDATE ledger_accounts SET kind = 'suspense' WHERE business_id = :business AND kind = 'channel_fees'",
        {"I135", "I138"},
    ),
    "a settlement of more than was taken off the company": (
        "settlements",
        "UPDATE settlements SET gross_minor = gross_minor + 5, refund_minor = refund_minor + 6,"
        " fee_minor = fee_minor - 1 WHERE business_id = :business AND status = 'confirmed'",
        {"I136", "I138"},
    ),
    "money in another bank account": (
        "ledger_accounts",
        "UPDATE ledger_accounts SET owner = 'elsewhere' WHERE business_id = :business AND kind = 'bank'",
        {"I137", "I138b"},
    ),
    "a settlement that nobody else confirmed": (
        "settlements",
        "UPDATE settlements SET decided_by = recorded_by WHERE business_id = :business AND status = 'confirmed'",
        {"I138"},
    ),
    "an adjustment that nobody else approved": (
        "adjustments",
        "UPDATE adjustments SET decided_by = requested_by WHERE business_id = :business AND original_id IS NULL"
        " AND status = 'posted'",
        {"I138b"},
    ),
    "an adjustment of another amount than was posted": (
        "adjustments",
        """UPDATE adjustments SET lines = jsonb_set(jsonb_set(lines, '{0,amount_minor}', '7'), '{1,amount_minor}', '-7')
           WHERE business_id = :business AND original_id IS NULL AND status = 'posted'""",
        {"I137", "I138b"},
    ),
    "a reversal of something that is not reversed": (
        "adjustments",
        "UPDATE adjustments SET original_id = (SELECT id FROM adjustments WHERE business_id = :business AND"
        " status = 'posted' AND original_id IS NULL LIMIT 1) WHERE business_id = :business AND original_id IS NOT NULL",
        {"I139"},
    ),
    "a settlement that has no history": (
        "settlements",
        "UPDATE settlements SET version = 7 WHERE business_id = :business AND status = 'confirmed'",
        {"I20-stl"},
    ),
}


@pytest.fixture
def settled(shop: Shop) -> dict[str, uuid.UUID]:
    accountant = accountant_of(shop)
    accountant.settled()
    for _ in range(2):
        adjustment_id = accountant.request()
        accountant.approve(adjustment_id)
    accountant.approve(accountant.reverse(adjustment_id))
    return {"business": shop.business_id}


def test_each_broken_law_of_settlements_is_reported_and_no_other(undone: Undone, settled: dict[str, uuid.UUID]) -> None:
    assert _reported(settled["business"]) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, settled)
            found = _reported(settled["business"])
        if found != expected:
            wrong[name] = found

    assert wrong == {}


def _reported(business_id: uuid.UUID) -> set[str]:
    return {
        finding.id
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id", business_id) == business_id
    }
