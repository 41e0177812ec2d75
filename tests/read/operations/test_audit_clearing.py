"""The audit finds what is wrong with clearing: each law is broken on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.settlement.clearing.types import ShareTerms
from app.read.operations import audit
from app.workflow.payments import manage_routing
from app.workflow.payments.manage_routing import ChannelTermsCommand
from app.workflow.settlement import close_batches, hold_money
from app.workflow.settlement.hold_money import HoldCommand
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

_ENTRIES = "UPDATE clearing_entries SET {} WHERE business_id = :business AND {}"
DAMAGE = {
    "I230": (
        "clearing_entries",
        _ENTRIES.format("amount_minor = amount_minor + 1", "kind = 'share' AND partner_id IS NULL"),
    ),
    "I231": (
        "clearing_entries",
        _ENTRIES.format("amount_minor = amount_minor - 1", "kind = 'share_reversed' AND partner_id IS NULL"),
    ),
    "I232": (
        "clearing_entries",
        _ENTRIES.format("amount_minor = amount_minor + 1", "kind = 'fee' AND partner_id IS NULL"),
    ),
    "I233": (
        "ledger_journals",
        "UPDATE ledger_journals SET template = 'adjustment' WHERE business_id = :business AND template = 'clearing'",
    ),
    "I234": (
        "split_rule_versions",
        "UPDATE split_rule_versions SET starts_at = now() + interval '1 hour' WHERE business_id = :business",
    ),
    "I235": (
        "split_rule_versions",
        "UPDATE split_rule_versions SET approval_id = NULL WHERE business_id = :business",
    ),
    "I236": ("orders", "UPDATE orders SET clears_on = 'payment' WHERE business_id = :business AND clears_on IS NULL"),
    "I237": (
        "settlement_batches",
        "UPDATE settlement_batches SET entry_count = entry_count + 1 WHERE business_id = :business",
    ),
    "I238": (
        "payment_transactions",
        "UPDATE payment_transactions SET status = 'failed' WHERE business_id = :business AND partner_id IS NOT NULL",
    ),
    "I239": (
        "payment_transactions",
        "UPDATE payment_transactions SET amount_minor = amount_minor + 1"
        " WHERE business_id = :business AND partner_id IS NOT NULL",
    ),
    "I240": ("settlement_batches", "UPDATE settlement_batches SET approval_id = NULL WHERE business_id = :business"),
    "I241": (
        "settlement_batches",
        "UPDATE settlement_batches SET closing_minor = closing_minor + 1 WHERE business_id = :business",
    ),
    "I242": (
        "settlement_postings",
        "UPDATE settlement_postings SET kind = 'returned' WHERE business_id = :business AND kind = 'payout'",
    ),
    "I243": (
        "settlement_holds",
        "UPDATE settlement_holds SET held_at = held_at - interval '1 day', partner_id = NULL, order_id ="
        " (SELECT order_id FROM clearing_entries c WHERE c.business_id = :business ORDER BY c.id LIMIT 1)"
        " WHERE business_id = :business",
    ),
    "I244": (
        "settlement_holds",
        "UPDATE settlement_holds SET held_at = held_at - interval '1 day' WHERE business_id = :business",
    ),
    "I245": (
        "settlement_reserves",
        "UPDATE settlement_reserves SET amount_minor = amount_minor + 1 WHERE business_id = :business",
    ),
    "I246": (
        "clearing_entries",
        "UPDATE clearing_entries SET amount_minor = amount_minor + CASE WHEN partner_id IS NULL THEN 1 ELSE -1 END"
        " WHERE business_id = :business AND kind = 'share_reversed'",
    ),
    "I20-shd": ("settlement_holds", "UPDATE settlement_holds SET version = 9 WHERE business_id = :business"),
    "I20-sba": ("settlement_batches", "UPDATE settlement_batches SET version = 9 WHERE business_id = :business"),
    "I20-spv": ("split_rule_versions", "UPDATE split_rule_versions SET version = 7 WHERE business_id = :business"),
    "I20-par": ("partners", "UPDATE partners SET status = 'suspended' WHERE business_id = :business"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_clearing_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    table, statement = DAMAGE[damage]
    sharer = sharer_of(new_shop())
    shop = sharer.shop
    shop.paid_order()  # before there were rules
    terms = ChannelTermsCommand(fee_bps=300, fee_fixed_minor=10)
    manage_routing.set_terms(shop.business_id, shop.account_id, "USD", terms)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000), fees="shared")
    sharer.refund(sharer.sold(), 300)
    sharer.pay_to(ada)
    reserve = close_batches.TermsCommand(reserve_bps=500, reserve_days=1)
    close_batches.set_terms(shop.business_id, ada, reserve)
    batch_id = sharer.close(ada)
    sharer.paid(batch_id)
    sharer.sold()
    sharer.close(ada)
    hold_money.hold(shop.business_id, HoldCommand(partner_id=ada, reason="Under review"), actor=sharer.maker)

    before = _reported(shop)
    with undone.trial() as connection:
        as_owner(connection, table, statement, {"business": shop.business_id})
        broken = _reported(shop)

    assert before == set()
    assert damage in broken


def _reported(shop: Shop) -> set[str]:
    return {finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id}
