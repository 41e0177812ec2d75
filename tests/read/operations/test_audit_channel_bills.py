"""The audit finds what is wrong with bills: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid
from types import ModuleType

import pytest

from app.read.operations import audit
from tests.factories.bills import Bills
from tests.factories.disputes import paid_attempt
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a line that comes to more than the bill says": (
        "channel_bill_lines",
        "UPDATE channel_bill_lines SET amount_minor = amount_minor + 1 WHERE business_id = :business",
        {"I172"},
    ),
    "a fee that no line states": (
        "channel_bill_totals",
        "UPDATE channel_bill_totals SET fee_minor = fee_minor + 1 WHERE business_id = :business",
        {"I172"},
    ),
    "more lines than the bill has": (
        "channel_bills",
        "UPDATE channel_bills SET line_count = 7 WHERE business_id = :business AND status = 'fetched'",
        {"I173"},
    ),
    "a revision after the last": (
        "channel_bill_totals",
        "UPDATE channel_bill_totals SET revision = 2 WHERE business_id = :business",
        {"I172", "I173"},
    ),
    "a fee that was booked twice": (
        "channel_bill_fees",
        "INSERT INTO channel_bill_fees SELECT (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid()))).*"
        " FROM channel_bill_fees f WHERE business_id = :business",
        {"I136", "I198"},
    ),
    "a fee with another amount than its posting": (
        "channel_bill_fees",
        "UPDATE channel_bill_fees SET fee_minor = fee_minor + 1 WHERE business_id = :business",
        {"I136", "I198", "I199"},
    ),
    "a bill that has no history": (
        "channel_bills",
        "UPDATE channel_bills SET version = 7 WHERE business_id = :business AND status = 'fetched'",
        {"I20-bil"},
    ),
}


@pytest.fixture
def billed(undone: Undone, shop: Shop, clock: ModuleType) -> uuid.UUID:
    """The id of a business with a bill that was fetched and compared."""
    assert undone.connection.in_transaction()
    assert clock
    paid_attempt(shop)
    bills = Bills(shop)
    bills.fetched()
    bills.compare()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_bills_is_reported_and_no_other(undone: Undone, billed: uuid.UUID) -> None:
    assert _reported(billed) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": billed})
            found = _reported(billed)
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
