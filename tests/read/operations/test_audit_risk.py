"""The audit finds what is wrong with decisions: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.domain.risk.errors import RiskBlocked
from app.read.operations import audit
from tests.factories.risk import make_entry, make_rule_set
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a blocked order without its decision": (
        "risk_decisions",
        "DELETE FROM risk_decisions WHERE business_id = :business AND result = 'block'",
        {"I260"},
    ),
    "a block that stopped nothing": (
        "risk_decisions",
        "UPDATE risk_decisions SET result = 'block', rule_set_id = (SELECT id FROM risk_rule_sets s"
        " WHERE s.business_id = :business AND s.status = 'on') WHERE business_id = :business AND result = 'allow'",
        {"I260", "I261"},
    ),
    "a decision by a draft": (
        "risk_decisions",
        "UPDATE risk_decisions SET rule_set_id = (SELECT id FROM risk_rule_sets s WHERE s.business_id = :business"
        " AND s.status = 'shadow') WHERE business_id = :business AND result = 'block'",
        {"I262"},
    ),
    "a rule set that has no history": (
        "risk_rule_sets",
        "UPDATE risk_rule_sets SET version = 7 WHERE business_id = :business AND status = 'shadow'",
        {"I20-rrs"},
    ),
}


@pytest.fixture
def guarded(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business whose rules refused one payment and took another."""
    make_rule_set(shop, to="on")
    make_rule_set(shop)
    make_entry(shop, "b-1")
    with pytest.raises(RiskBlocked):
        shop.pay(shop.place(buyer="b-1"))
    shop.pay(shop.place(buyer="b-2"))
    assert undone.connection.in_transaction()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_risk_is_reported_and_no_other(undone: Undone, guarded: uuid.UUID) -> None:
    assert _reported(guarded) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": guarded})
            found = _reported(guarded)
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
