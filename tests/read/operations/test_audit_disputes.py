"""The audit finds what is wrong with disputes: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.read.operations import audit
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "money held that the ledger does not know": (
        "disputes",
        "UPDATE disputes SET held_minor = 1 WHERE business_id = :business AND status = 'needs_response'",
        {"I263", "I136"},
    ),
    "a loss that was not booked": (
        "disputes",
        "UPDATE disputes SET lost_minor = 999 WHERE business_id = :business AND status = 'lost'",
        {"I264", "I265", "I136"},
    ),
    "a fee that was not booked": (
        "disputes",
        "UPDATE disputes SET fee_minor = 7 WHERE business_id = :business AND status = 'needs_response'",
        {"I264", "I136"},
    ),
    "a line that lost more than the dispute": (
        "dispute_lines",
        "UPDATE dispute_lines SET amount_minor = amount_minor + 1 WHERE business_id = :business",
        {"I265"},
    ),
    "a dispute that has no history": (
        "disputes",
        "UPDATE disputes SET version = 7 WHERE business_id = :business AND status = 'lost'",
        {"I20-dsp"},
    ),
}


@pytest.fixture
def disputed(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business with an open dispute and a lost one."""
    disputes = Disputes(shop)
    disputes.open(paid_attempt(shop)[1])
    attempt_id = paid_attempt(shop)[1]
    disputes.say("dispute.lost", disputes.open(attempt_id), attempt_id)
    assert undone.connection.in_transaction()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_disputes_is_reported_and_no_other(undone: Undone, disputed: uuid.UUID) -> None:
    assert _reported(disputed) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": disputed})
            found = _reported(disputed)
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
