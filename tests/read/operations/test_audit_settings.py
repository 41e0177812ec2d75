"""The audit finds settings that were changed past their versions, and receipts that are wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from app.workflow.accounts.change_settings import change_settings
from app.workflow.orders.make_receipt import make_receipt
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE = {
    "I125": (
        "businesses",
        "UPDATE businesses SET tax_number = 'other' WHERE id = :business",
    ),
    "I126": (
        "settings_versions",
        "INSERT INTO settings_versions (business_id, id, created_at, number, actor, reason, changes)"
        " SELECT business_id, gen_random_uuid(), now(), 4, 'x', '', changes FROM settings_versions"
        " WHERE business_id = :business AND number = 2",
    ),
    "I126 before": (
        "settings_versions",
        "UPDATE settings_versions SET changes = jsonb_set(changes, '{tax_number,before}', '\"9\"')"
        " WHERE business_id = :business AND number = 2",
    ),
    "I127": ("receipts", "UPDATE receipts SET begins_series = false WHERE business_id = :business"),
    "I127 counter": (
        "receipt_counters",
        "UPDATE receipt_counters SET last_number = 9 WHERE business_id = :business",
    ),
    "I128": (
        "receipts",
        """UPDATE receipts SET taxes = '[{"rate_bps": 1900, "gross_minor": 119, "tax_minor": 20}]'"""
        " WHERE business_id = :business",
    ),
    "I128 more than the order": (
        "receipts",
        """UPDATE receipts SET taxes = '[{"rate_bps": 0, "gross_minor": 99999999, "tax_minor": 0}]'"""
        " WHERE business_id = :business",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_settings_and_receipts_is_reported(
    undone: Undone, new_shop: Callable[..., Shop], damage: str
) -> None:
    table, statement = DAMAGE[damage]
    shop = new_shop()
    for number in ("1", "2"):
        change_settings(shop.business_id, {"tax_number": number}, actor="test")
    make_receipt(shop.business_id, shop.paid_order())

    before = _reported(shop)
    with undone.trial() as connection:
        as_owner(connection, table, statement, {"business": shop.business_id})
        broken = _reported(shop)

    assert (before, broken) == (set(), {damage.split()[0]})


def _reported(shop: Shop) -> set[str]:
    return {finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id}
