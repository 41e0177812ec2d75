"""The audit finds what is wrong with receipts: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.read.operations import audit
from app.workflow.accounts.change_settings import change_settings
from app.workflow.orders.correct_receipt import correct_receipt
from app.workflow.orders.make_receipt import make_receipt
from app.workflow.orders.manage_tax_rates import TaxRateCommand, set_tax_rate
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

_TAX = "jsonb_set(taxes, '{0,tax_minor}', to_jsonb((taxes->0->>'tax_minor')::bigint + 1))"
DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a number that is missing": (
        "credit_notes",
        "UPDATE credit_notes SET number = 7 WHERE business_id = :business AND number = 2",
        {"I268"},
    ),
    "a counter that is behind": (
        "credit_note_counters",
        "UPDATE credit_note_counters SET last_number = 1 WHERE business_id = :business",
        {"I268"},
    ),
    "a tax that is not what is in the money": (
        "credit_notes",
        f"UPDATE credit_notes SET taxes = {_TAX} WHERE business_id = :business AND number = 1",
        {"I269"},
    ),
    "more than the refund": (
        "credit_notes",
        "UPDATE credit_notes SET amount_minor = 99999 WHERE business_id = :business AND number = 1",
        {"I269", "I272"},
    ),
    "a tax that the receipt does not have": (
        "credit_notes",
        "UPDATE credit_notes SET taxes = jsonb_set(taxes, '{0,name}', '\"GST\"') WHERE business_id = :business",
        {"I269"},
    ),
    "a correction with other taxes": (
        "receipts",
        "UPDATE receipts SET taxes = '[]' WHERE business_id = :business AND corrects_id IS NOT NULL",
        {"I270"},
    ),
    "a correction of one that named a company": (
        "receipts",
        'UPDATE receipts SET buyer = \'{"company": "A"}\' WHERE business_id = :business AND corrects_id IS NULL',
        {"I270", "I271"},
    ),
    "a note for somebody else": (
        "credit_notes",
        'UPDATE credit_notes SET buyer = \'{"company": "Other"}\' WHERE business_id = :business AND number = 2',
        {"I271"},
    ),
    "a note of another amount": (
        "credit_notes",
        "UPDATE credit_notes SET amount_minor = amount_minor - 1 WHERE business_id = :business AND number = 2",
        {"I272"},
    ),
}


@pytest.fixture
def credited(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business with a receipt, a note, a correction of the receipt, and a second note."""
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1900))
    wanted = {"country": "DE", "prices_include_tax": True, "company_receipts": True}
    change_settings(shop.business_id, wanted, actor="test")
    order_id = shop.paid_order()
    make_receipt(shop.business_id, order_id)
    shop.refund(order_id, 100)
    shop.work_off()
    correct_receipt(shop.business_id, order_id, {"company": "A", "address": "B"}, buyer_reference="buyer-1")
    shop.refund(order_id, 200)
    shop.work_off()
    assert undone.connection.in_transaction()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_receipts_is_reported_and_no_other(undone: Undone, credited: uuid.UUID) -> None:
    assert _reported(credited) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": credited})
            found = _reported(credited)
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
