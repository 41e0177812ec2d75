"""The audit finds what is wrong: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from app.core.ids import new_id
from app.domain.checkout.agreements.rules import text_hash
from app.domain.marketing.types import DiscountLimits
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.marketing.coupons import get_coupon, shown_code
from app.read.operations import audit
from app.workflow.catalog import manage_prices
from app.workflow.checkout import manage_agreements
from app.workflow.insights import count_metrics
from app.workflow.marketing import manage_promotions
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.orders.place_order import place_order
from tests.factories import laws
from tests.factories.business import make_agreement, make_business, make_promotion
from tests.factories.coupons import active_template
from tests.factories.people import make_user
from tests.factories.seats import keep_seats
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

# What is broken (its table, and how) → exactly the laws that must be reported.
DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "an entry on one side only": (
        "ledger_entries",
        "INSERT INTO ledger_entries (business_id, id, created_at, journal_id, account_id, layer, amount_minor,"
        " currency) SELECT business_id, gen_random_uuid(), created_at, journal_id, account_id, layer, 7, currency FROM"
        " ledger_entries WHERE business_id = :business AND layer = 'posted' AND amount_minor < 0 LIMIT 1",
        {"I1", "I2", "I10c"},
    ),
    "an account that was written down wrongly": (
        "ledger_snapshots",
        "INSERT INTO ledger_snapshots (business_id, account_id, entry_id, number, posted_minor, held_minor,"
        " latest_at) SELECT business_id, account_id, id, 1, amount_minor + 1, 0, created_at FROM ledger_entries WHERE"
        " business_id = :business LIMIT 1",
        {"I66"},
    ),
    "a business that nobody owns": (
        "memberships",
        "INSERT INTO memberships (business_id, id, created_at, user_id, role) SELECT :business, gen_random_uuid(),"
        " now(), p.id, 'viewer' FROM users p LIMIT 1",
        {"I55"},
    ),
    "a key of which nobody knows who made it": (
        "api_keys",
        "INSERT INTO api_keys (business_id, id, created_at, name, kind, hint, secret_hash, scopes, addresses,"
        " api_version, revoked, replaced_by, principals) SELECT :business, :paid, now(), 'Till', 'secret', '', 'a',"
        " CAST('[]' AS jsonb), CAST('[]' AS jsonb), '', false, :open, ARRAY[CAST(:paid AS uuid)] UNION ALL SELECT"
        " :business, :open, now(), 'Till', 'secret', '', 'b', '[]', '[]', '', false, NULL, '{}'",
        {"I77"},
    ),
    "somebody whom nobody has sponsored who invited them": (
        "invitations",
        "WITH member AS (INSERT INTO memberships (business_id, id, created_at, user_id, role, sponsored_by,"
        " sponsored_at) SELECT :business, gen_random_uuid(), now(), p.id, 'owner', ARRAY[CAST(:paid AS uuid)], now()"
        " FROM users p LIMIT 1 RETURNING user_id) INSERT INTO invitations (business_id, id, created_at, email, role,"
        " round, invited_by, invited_at, expires_at, accepted_at, accepted_by, principals) SELECT :business,"
        " gen_random_uuid(), now(), 'x', 'owner', 1, 'test', now(), now(), now(), user_id, ARRAY[CAST(:open AS uuid)]"
        " FROM member",
        {"I77b"},
    ),
    "a visit without a reason": (
        "visits",
        "INSERT INTO visits (business_id, id, created_at, user_id, role, may_change, reason, ends_at) SELECT"
        " :business, gen_random_uuid(), now(), p.id, 'viewer', false, '', now() FROM users p LIMIT 1",
        {"I57"},
    ),
    "somebody who accepted and got no seat": (
        "invitations",
        "INSERT INTO invitations (business_id, id, created_at, email, role, round, invited_by, invited_at,"
        " expires_at, accepted_at, accepted_by) SELECT :business, gen_random_uuid(), now(), p.email, 'viewer', 1,"
        " 'test', now(), now(), now(), p.id FROM users p LIMIT 1",
        {"I56"},
    ),
    "money that moved between journals": (
        "ledger_entries",
        "UPDATE ledger_entries SET amount_minor = amount_minor + CASE WHEN journal_id = (SELECT"
        " min(journal_id::text)::uuid FROM ledger_entries WHERE business_id = :business AND layer = 'posted') THEN 1"
        " ELSE -1 END WHERE business_id = :business AND layer = 'posted' AND amount_minor < 0",
        {"I2"},
    ),
    "money held by nobody": (
        "ledger_journals",
        "UPDATE ledger_journals SET pending_id = NULL WHERE business_id = :business AND id = (SELECT"
        " max(id::text)::uuid FROM ledger_journals WHERE business_id = :business AND state = 'posted' AND pending_id"
        " IS NOT NULL)",
        {"I3", "I7b"},
    ),
    "an order that says it was paid": (
        "orders",
        "UPDATE orders SET paid_minor = total_minor WHERE business_id = :business AND id = :open",
        {"I10"},
    ),
    "an order that says more went back": (
        "orders",
        "UPDATE orders SET refunded_minor = 1 WHERE business_id = :business AND id = :paid",
        {"I11b"},
    ),
    "a total that its lines do not make": (
        "sub_orders",
        "UPDATE sub_orders SET amount_minor = amount_minor + 1 WHERE business_id = :business AND order_id = :open",
        {"I14", "I14b"},
    ),
    "stock that nobody holds": (
        "skus",
        "UPDATE skus SET reserved = reserved + 1 WHERE business_id = :business",
        {"I16"},
    ),
    "a status that has no history": (
        "orders",
        "UPDATE orders SET status = 'completed' WHERE business_id = :business AND id = :paid",
        {"I20-ord"},
    ),
    "history with a step left out": (
        "state_changes",
        "DELETE FROM state_changes WHERE business_id = :business AND row_id = :paid AND to_state = 'fulfilling'",
        {"I20-ord"},
    ),
    "a step that was not told": (
        "outbox_events",
        "UPDATE outbox_events SET topic = 'order.nothing' WHERE business_id = :business AND aggregate_id = :paid AND"
        " topic = 'order.fulfilled'",
        {"I24"},
    ),
    "an event that nobody had": (
        "handled_events",
        "DELETE FROM handled_events WHERE business_id = :business",
        {"I25"},
    ),
    "a gap in the numbers": (
        "outbox_events",
        "UPDATE outbox_events SET sequence = sequence + 100 WHERE business_id = :business AND topic ="
        " 'order.fulfilled'",
        {"I26"},
    ),
    "an event set aside": (
        "outbox_events",
        "UPDATE outbox_events SET status = 'dead' WHERE business_id = :business AND topic = 'order.fulfilled'",
        {"I26b"},
    ),
    "a SKU of no such specification": (
        "skus",
        """UPDATE skus SET specification = '{"Size": "L"}' WHERE business_id = :business""",
        {"I64"},
    ),
    "a base price that nobody set": (
        "skus",
        "UPDATE skus SET price_since = price_since + interval '1 day' WHERE business_id = :business",
        {"I65"},
    ),
    "a day that says it sold more": (
        "metrics_by_day",
        "UPDATE metrics_by_day SET amount_minor = amount_minor + 1 WHERE business_id = :business AND kind = 'sales'",
        {"I70", "I71"},
    ),
    "an hour that was forgotten": (
        "metrics_by_hour",
        "DELETE FROM metrics_by_hour WHERE business_id = :business AND kind = 'product'",
        {"I71"},
    ),
    "postings that nobody posted": (
        "postings_by_hour",
        "INSERT INTO postings_by_hour (business_id, hour, kind, currency, owner, accounts, debit_minor, credit_minor)"
        " VALUES (:business, '2026-01-01 10:00Z', 'wallet', 'USD', '', 0, 7, 0)",
        {"I72"},
    ),
    "goods without time": (
        "entitlements",
        "DELETE FROM entitlements WHERE business_id = :business",
        {"I32b"},
    ),
}
# The same of what hangs on a purchase with everything: a promotion, an agreement, a wallet's share, a system outside.
DAMAGE_OF_A_PURCHASE: dict[str, tuple[str, str, set[str]]] = {
    "money that moved while somebody was asked, out of nowhere": (
        "approvals",
        "INSERT INTO approvals (business_id, id, created_at, kind, status, version, amount_minor, currency,"
        " transaction_id, payload, secrets, reason, requested_by, expires_at, decision, problem) SELECT business_id,"
        " id, created_at, 'refund', 'requested', 1, amount_minor, currency, id, '{}', '{}', '', 'usr_a', created_at,"
        " '', '' FROM payment_transactions WHERE business_id = :business AND kind = 'refund' LIMIT 1",
        {"I38", "I20-apr"},
    ),
    "more than was approved": (
        "approvals",
        "INSERT INTO approvals (business_id, id, created_at, kind, status, version, amount_minor, currency,"
        " subject_id, transaction_id, payload, secrets, reason, requested_by, requester_principals, decided_by,"
        " decider_principals, expires_at, decision, problem) SELECT business_id, id, created_at, 'refund', 'done', 3,"
        " amount_minor - 1, currency, order_id, id, '{}', '{}', '', 'usr_a', ARRAY[id], 'usr_b', ARRAY[order_id],"
        " created_at, '', '' FROM payment_transactions WHERE business_id = :business AND kind = 'refund' AND split_of"
        " IS NULL LIMIT 1",
        {"I78", "I20-apr"},
    ),
    "a refund that whoever asked for it has approved": (
        "approvals",
        "INSERT INTO approvals (business_id, id, created_at, kind, status, version, amount_minor, currency,"
        " subject_id, transaction_id, payload, secrets, reason, requested_by, requester_principals, decided_by,"
        " decider_principals, expires_at, decision, problem) SELECT business_id, id, created_at, 'refund', 'done', 3,"
        " amount_minor, currency, order_id, id, '{}', '{}', '', 'key:key_a',"
        " ARRAY[bursar_id_of('usr_00000000000000000000000007')], 'usr_00000000000000000000000007', ARRAY[id],"
        " created_at, '', '' FROM payment_transactions WHERE business_id = :business AND kind = 'refund' AND split_of"
        " IS NULL LIMIT 1",
        {"I76", "I20-apr"},
    ),
    "a move by hand that somebody approved and that nobody made": (
        "approvals",
        "INSERT INTO approvals (business_id, id, created_at, kind, status, version, transaction_id, payload, secrets,"
        " reason, requested_by, requester_principals, decided_by, decider_principals, expires_at, decision, problem)"
        " SELECT business_id, id, created_at, 'transition', 'done', 3, id, jsonb_build_object('row_id', id, 'to',"
        " 'revocation_failed'), '{}', '', 'usr_a', ARRAY[id], 'usr_b', ARRAY[business_id], created_at, '', '' FROM"
        " payment_transactions WHERE business_id = :business AND kind = 'refund' LIMIT 1",
        {"I52", "I20-apr"},
    ),
    "a payment that is not counted": (
        "payment_attempts",
        "UPDATE payment_attempts SET limit_day = now() WHERE business_id = :business",
        {"I11f"},
    ),
    "a charge that calls itself a payout": (
        "payment_attempts",
        "UPDATE payment_attempts SET kind = 'payout' WHERE business_id = :business AND kind = 'charge'",
        {"I11d", "I136"},
    ),
    "too many back": ("refund_lines", "UPDATE refund_lines SET quantity = 9 WHERE business_id = :business", {"I11c"}),
    "a text that was not accepted": (
        "agreement_acceptances",
        "UPDATE agreement_acceptances SET text_hash = repeat('0', 64) WHERE business_id = :business",
        {"I41"},
    ),
    "goods that still wait": (
        "deliveries",
        "UPDATE deliveries SET status = 'pending', next_attempt_at = now() WHERE business_id = :business",
        {"I20-dlv", "I32e"},
    ),
    "a discount that nobody gave": (
        "promotion_uses",
        "DELETE FROM promotion_uses WHERE business_id = :business",
        {"I43", "I202"},
    ),
    "a share that was never held": (
        "reservations",
        "UPDATE reservations SET journal_id = gen_random_uuid() WHERE business_id = :business AND kind = 'wallet'",
        {"I7c", "I8b"},
    ),
    "a system that was told nothing": (
        "reservations",
        "UPDATE reservations SET status = 'reserved', target = 'reserve'"
        " WHERE business_id = :business AND kind = 'remote'",
        {"I16d", "I20-res"},
    ),
}
# And of coupons: a shared code that one buyer used twice, and a coupon that an open order holds.
DAMAGE_OF_COUPONS: dict[str, tuple[str, str, set[str]]] = {
    "uses that were not counted": (
        "coupon_templates",
        "UPDATE coupon_templates SET uses = 1 WHERE business_id = :business AND uses = 2",
        {"I60"},
    ),
    "more uses than a buyer may have": (
        "coupon_templates",
        "UPDATE coupon_templates SET max_uses_per_buyer = 1 WHERE business_id = :business AND uses = 2",
        {"I60b"},
    ),
    "a coupon that is free and held": (
        "coupons",
        "UPDATE coupons SET status = 'issued', order_id = NULL WHERE business_id = :business AND status = 'reserved'",
        {"I20-cpn", "I61"},
    ),
    "a coupon beyond the quota": (
        "coupon_templates",
        "UPDATE coupon_templates SET issued = issued + 1 WHERE business_id = :business AND max_issued IS NOT NULL",
        {"I62"},
    ),
    "a coupon that an open order has used": (
        "coupon_uses",
        "UPDATE coupon_uses SET used = true WHERE business_id = :business AND coupon_id IS NULL AND order_id = :open",
        {"I63"},
    ),
    "a coupon that gave nothing": (
        "coupon_uses",
        "UPDATE coupon_uses SET spent_minor = 1 WHERE business_id = :business AND coupon_id IS NOT NULL",
        {"I43", "I202"},
    ),
}


@pytest.fixture
def couponed(undone: Undone, new_shop: Callable[..., Shop]) -> dict[str, uuid.UUID]:
    """The id of a business, and of an order of it that is open and holds a coupon and a shared code."""
    shop = new_shop()
    active_template(shop.business_id, shared_code="TWICE", limits=DiscountLimits(max_uses=5))
    single = active_template(shop.business_id, max_issued=5)
    coupon_id = issue_coupon(shop.business_id, single, buyer=None, actor="test")
    code = shown_code(get_coupon(shop.business_id, coupon_id))
    ids = {"business": shop.business_id}
    for name, codes in (("other", ["TWICE"]), ("open", ["TWICE", code])):
        command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="ann"), coupon_codes=codes)
        ids[name] = place_order(shop.business_id, command)
    assert undone.connection.in_transaction()
    return ids


@pytest.fixture
def purchased(undone: Undone, new_shop: Callable[..., Shop]) -> dict[str, uuid.UUID]:
    """The id of a business, and of an order of it that has everything and was paid, delivered and refunded in part."""
    shop = new_shop()
    template_id, agreement_id = make_agreement(shop.business_id)
    manage_agreements.change_agreement(shop.business_id, template_id, manage_agreements.AgreementCommand(name="Terms"))
    keep_seats(shop, capacity=2)
    manage_promotions.transition_promotion(shop.business_id, make_promotion(shop.business_id), "active", actor="test")
    shop.keep_wallets()
    shop.fund("buyer-1", 300)
    order_id = shop.place(2, agreements=[(agreement_id, text_hash("Terms", "Be kind."))])
    attempt_id = shop.pay(order_id, wallet_minor=300)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    shop.refund(order_id, 400)
    shop.work_off()
    assert undone.connection.in_transaction()
    return {"business": shop.business_id, "paid": order_id}


@pytest.fixture
def traded(undone: Undone, new_shop: Callable[..., Shop]) -> dict[str, uuid.UUID]:
    """Ids of a business with stock, of an order of it that was paid and delivered, and of one that is open."""
    shop = new_shop(stock=9)
    for minor in (1100, 1000):
        command = manage_prices.PriceCommand(currency="USD", unit_minor=minor)
        manage_prices.set_price(shop.business_id, shop.sku_id, command, actor="test")
    ids = {"business": shop.business_id, "paid": shop.paid_order(), "open": shop.place()}
    shop.paid_order(buyer="another")
    count_metrics.count(shop.business_id)
    make_user(make_business())  # somebody who can be made to sit where they should not
    assert undone.connection.in_transaction()
    return ids


@pytest.mark.early
def test_each_broken_law_is_reported_and_no_other(undone: Undone, traded: dict[str, uuid.UUID]) -> None:
    _break_each(undone, DAMAGE, traded)


def test_each_broken_law_of_a_purchase_is_reported_and_no_other(
    undone: Undone, purchased: dict[str, uuid.UUID]
) -> None:
    _break_each(undone, DAMAGE_OF_A_PURCHASE, purchased)


def test_each_broken_law_of_coupons_is_reported_and_no_other(undone: Undone, couponed: dict[str, uuid.UUID]) -> None:
    _break_each(undone, DAMAGE_OF_COUPONS, couponed)


def test_walls_that_are_down_are_reported(undone: Undone) -> None:
    for statement, expected in {
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY": {"I33"},
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY": {"I33"},
        "ALTER TABLE ledger_entries DISABLE TRIGGER append_only": {"I6"},
        "GRANT DELETE ON state_changes TO bursar_app": {"I6"},
        "CREATE TABLE wages (business_id uuid, amount_minor double precision)": {"I17b", "I33"},
        "ALTER TABLE skus ADD CONSTRAINT later CHECK (price_minor < 0) NOT VALID": {"I4b"},
    }.items():
        with undone.trial() as connection:
            connection.exec_driver_sql(statement)

            assert _reported(new_id()) == expected, statement


def _break_each(undone: Undone, damage: dict[str, tuple[str, str, set[str]]], ids: dict[str, uuid.UUID]) -> None:
    assert _reported(ids["business"]) == set()

    wrong = {}
    for name, (table, statement, expected) in damage.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, ids)
            found = _reported(ids["business"])
        if found != expected:
            wrong[name] = found

    assert wrong == {}
    assert _reported(ids["business"]) == set()


def _reported(business_id: uuid.UUID) -> set[str]:
    """The laws that are broken for this business, or for the database as a whole."""
    found = {
        finding.id
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id", business_id) == business_id
    }
    assert set(laws.broken(business_id)) == found, "the short way of asking, at the end of every test of a shop"
    return found
