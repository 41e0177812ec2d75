"""The audit finds what is wrong with campaigns: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.read.operations import audit
from app.workflow.marketing import run_campaigns
from tests.factories.campaigns import make_buyer, running_campaign
from tests.factories.coupons import active_template
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a campaign that counted what it did not decide": (
        "campaigns",
        "UPDATE campaigns SET held_out = held_out + 1 WHERE business_id = :business",
        {"I204"},
    ),
    "a coupon of another template": (
        "campaigns",
        "UPDATE campaigns SET template_id = (SELECT id FROM coupon_templates t WHERE t.business_id = :business AND"
        " t.id <> template_id LIMIT 1) WHERE business_id = :business",
        {"I205"},
    ),
    "two coupons for one mailbox": (
        "campaign_entries",
        "UPDATE campaign_entries SET email_key = 'same' WHERE business_id = :business",
        {"I206"},
    ),
    "a campaign that has no history": (
        "campaigns",
        "UPDATE campaigns SET version = 7 WHERE business_id = :business",
        {"I20-cmp"},
    ),
}


@pytest.fixture
def reached(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business whose campaign reached two buyers."""
    for name in ("ann", "bob"):
        make_buyer(shop, name)
    active_template(shop.business_id)
    run_campaigns.run(shop.business_id, running_campaign(shop, "segment"))
    assert undone.connection.in_transaction()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_campaigns_is_reported_and_no_other(undone: Undone, reached: uuid.UUID) -> None:
    assert _reported(reached) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": reached})
            found = _reported(reached)
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
