"""The audit finds what is wrong with decisions: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from app.core.ids import show
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.risk.errors import RefundBlocked, RiskBlocked
from app.domain.risk.types import Condition
from app.read.operations import audit
from app.workflow.risk import manage_reviews
from tests.factories.people import make_user
from tests.factories.risk import (
    BLOCK_LIST,
    REVIEW_ALL,
    held,
    make_entry,
    make_rule_set,
    refund_by,
    refund_rule,
    reviews,
)
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
        " WHERE s.business_id = :business AND s.status = 'on') WHERE business_id = :business AND result = 'allow'"
        " AND subject = 'payment'",
        {"I260", "I261"},
    ),
    "a decision by a draft": (
        "risk_decisions",
        "UPDATE risk_decisions SET rule_set_id = (SELECT id FROM risk_rule_sets s WHERE s.business_id = :business"
        " AND s.status = 'shadow') WHERE business_id = :business AND result = 'block'",
        {"I262"},
    ),
    "a held payment without its review": (
        "risk_reviews",
        "DELETE FROM risk_reviews WHERE business_id = :business AND status = 'waiting'",
        {"I266"},
    ),
    "a review without a case": (
        "cases",
        "UPDATE cases SET subject_id = id WHERE business_id = :business AND kind = 'risk_review' AND status = 'open'",
        {"I266"},
    ),
    "a decided review whose case is open": (
        "cases",
        "UPDATE cases SET subject_id = (SELECT id FROM risk_reviews WHERE business_id = :business"
        " AND status = 'released') WHERE business_id = :business AND kind = 'risk_review' AND status = 'open'",
        {"I266"},
    ),
    "a refusal that closed nothing": (
        "orders",
        "UPDATE orders SET close_reason = 'cancelled' WHERE business_id = :business AND id = (SELECT order_id"
        " FROM risk_reviews WHERE business_id = :business AND status = 'refused')",
        {"I267"},
    ),
    "a payment before its release": (
        "risk_reviews",
        "UPDATE risk_reviews SET decided_at = now() + interval '1 year' WHERE business_id = :business"
        " AND status = 'released'",
        {"I267"},
    ),
    "a review that has no history": (
        "risk_reviews",
        "UPDATE risk_reviews SET version = 7 WHERE business_id = :business AND status = 'waiting'",
        {"I20-rrv"},
    ),
    "a refund that was blocked and made": (
        "risk_decisions",
        "UPDATE risk_decisions SET result = 'block' WHERE business_id = :business AND subject = 'refund'"
        " AND result = 'allow'",
        {"I247"},
    ),
    "a refund that was blocked and asked for": (
        "approvals",
        "UPDATE approvals SET transaction_id = (SELECT refund_id FROM risk_decisions WHERE business_id = :business"
        " AND subject = 'refund' AND result = 'block') WHERE business_id = :business AND kind = 'refund'",
        {"I247", "I248"},
    ),
    "a refund without the approval it needs": (
        "risk_decisions",
        "UPDATE risk_decisions SET result = 'approval' WHERE business_id = :business AND subject = 'refund'"
        " AND result = 'allow'",
        {"I248"},
    ),
    "a refund of more than was decided about": (
        "risk_decisions",
        "UPDATE risk_decisions SET amount_minor = 1 WHERE business_id = :business AND subject = 'refund'"
        " AND result = 'allow'",
        {"I249"},
    ),
    "a decision about another order's refund": (
        "risk_decisions",
        "UPDATE risk_decisions SET order_id = (SELECT order_id FROM risk_reviews WHERE business_id = :business"
        " AND status = 'waiting') WHERE business_id = :business AND subject = 'refund' AND result = 'allow'",
        {"I249"},
    ),
    "a refund to the channel that rules sent to the wallet": (
        "risk_decisions",
        "UPDATE risk_decisions SET result = 'wallet_only' WHERE business_id = :business AND subject = 'refund'"
        " AND result = 'allow'",
        {"I274"},
    ),
    "a refund to the wallet that no rule sent there": (
        "risk_decisions",
        "UPDATE risk_decisions SET result = 'allow' WHERE business_id = :business AND result = 'wallet_only'",
        {"I274"},
    ),
    "a rule set that has no history": (
        "risk_rule_sets",
        "UPDATE risk_rule_sets SET version = 7 WHERE business_id = :business AND status = 'shadow'",
        {"I20-rrs"},
    ),
}


@pytest.fixture
def guarded(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business whose rules refused one payment, took another, and held three, of which one waits; which
    took one refund, hold another, refused a third, and sent a fourth to the wallet."""
    rare = replace(REVIEW_ALL, when=(Condition("amount", "at_least", 2_000, "USD"),))
    small, whole = Condition("refund_percent", "at_most", 40), Condition("refund_percent", "at_least", 90)
    middle = (Condition("refund_percent", "at_least", 41), Condition("refund_percent", "at_most", 89))
    about_refunds = (
        refund_rule("score", small, name="Small", score=1),
        refund_rule("approval", *middle, name="Middle"),
        refund_rule("block", whole, name="Whole"),
        refund_rule("wallet_only", Condition("refund_percent", "at_most", 5), name="Tiny"),
    )
    refunded = [shop.paid_order(buyer="b-3") for _ in range(4)]
    shop.keep_wallets()
    make_rule_set(shop, *BLOCK_LIST, rare, *about_refunds, to="on")
    actor = show("usr", make_user(shop.business_id).user_id)
    refund_by(shop, refunded[0], actor, amount_minor=400)
    refund_by(shop, refunded[3], actor, amount_minor=50)
    with pytest.raises(ApprovalNeeded):
        refund_by(shop, refunded[1], actor, amount_minor=600)
    with pytest.raises(RefundBlocked):
        refund_by(shop, refunded[2], actor)
    make_rule_set(shop)
    for how in (manage_reviews.release, manage_reviews.refuse, None):
        order_id = held(shop, rules=False, quantity=2)
        if how is not None:
            how(shop.business_id, reviews(shop)[-1].id, reason="Known", actor="usr_ann")
        if how is manage_reviews.release:
            shop.pay(order_id)
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
