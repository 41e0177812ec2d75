from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import InsufficientFunds
from app.domain.ledger.models import LedgerAccount, LedgerEntry
from app.domain.ledger.rules import ACCOUNT_KINDS, NEVER_BELOW_ZERO, TEMPLATES
from app.domain.ledger.service import Posting
from tests.factories.business import make_business

FUNDS = 10_000
Balances = dict[tuple[str, str, str], int]
Resolve = Callable[[uuid.UUID], object]
each_template = pytest.mark.parametrize("template", TEMPLATES)
# Postings without their payments break laws, of so many businesses that a finding of the audit would list no other.
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    """A business whose payer, and nobody else, has money in the wallet, and is owed money."""
    assert app
    made = make_business()
    with db.phase("test.fund", made):
        for template in ("top_up", "charge"):
            ledger.post_now(
                Posting(template=template, money=Money(FUNDS, "USD"), subject_id=new_id(), credit_owner="payer")
            )
    return made


def posting(template: str, minor: int = 700) -> Posting:
    return Posting(
        template=template,
        money=Money(minor, "USD"),
        subject_id=new_id(),
        debit_owner="payer",
        credit_owner="recipient",
    )


def balances(business_id: uuid.UUID) -> Balances:
    """The ledger's balances by account kind, owner and layer, without zeros."""
    with db.reading(business_id):
        rows = db.rows(
            select(LedgerAccount.kind, LedgerAccount.owner, LedgerEntry.layer, func.sum(LedgerEntry.amount_minor))
            .join(
                LedgerAccount,
                (LedgerAccount.business_id == LedgerEntry.business_id) & (LedgerAccount.id == LedgerEntry.account_id),
            )
            .group_by(LedgerAccount.kind, LedgerAccount.owner, LedgerEntry.layer)
        )
    return {(kind, owner, layer): int(total) for kind, owner, layer, total in rows if total}


def sums(found: Balances) -> dict[str, int]:
    return {layer: sum(total for key, total in found.items() if key[2] == layer) for layer in ("pending", "posted")}


def moved(before: Balances, after: Balances) -> Balances:
    return {key: change for key in before | after if (change := after.get(key, 0) - before.get(key, 0))}


def test_every_template_moves_money_between_known_accounts() -> None:
    for name, template in TEMPLATES.items():
        assert {template.debit, template.credit} <= set(ACCOUNT_KINDS), name
    assert set(ACCOUNT_KINDS) >= NEVER_BELOW_ZERO


@each_template
def test_what_is_tried_is_held_and_not_posted(business: uuid.UUID, template: str) -> None:
    before = balances(business)

    with db.phase("test.pend", business):
        ledger.pend(posting(template))

    after = balances(business)
    sides = TEMPLATES[template]
    assert moved(before, after) == {
        (sides.debit, "payer", "pending"): 700,
        (sides.credit, "recipient", "pending"): -700,
    }
    assert sums(after) == {"pending": 0, "posted": 0}


@each_template
def test_what_is_confirmed_is_posted_and_nothing_stays_held(business: uuid.UUID, template: str) -> None:
    before = balances(business)

    with db.phase("test.post", business):
        ledger.post(ledger.pend(posting(template)))

    after = balances(business)
    sides = TEMPLATES[template]
    assert moved(before, after) == {
        (sides.debit, "payer", "posted"): 700,
        (sides.credit, "recipient", "posted"): -700,
    }
    assert sums(after) == {"pending": 0, "posted": 0}


@each_template
def test_what_is_cancelled_leaves_the_books_as_they_were(business: uuid.UUID, template: str) -> None:
    before = balances(business)

    with db.phase("test.void", business):
        ledger.void(ledger.pend(posting(template)))

    assert balances(business) == before


def test_booking_at_once_is_trying_and_confirming(business: uuid.UUID) -> None:
    before = balances(business)
    with db.phase("test.book", business):
        ledger.post_now(posting("charge"))
    posted = moved(before, balances(business))

    before = balances(business)
    with db.phase("test.post", business):
        ledger.post(ledger.pend(posting("charge")))

    assert moved(before, balances(business)) == posted


def test_a_yes_after_a_no_books_what_was_let_go(business: uuid.UUID) -> None:
    before = balances(business)

    with db.phase("test.late", business):
        pending = ledger.pend(posting("charge"))
        ledger.void(pending)
        ledger.post_after_void(pending)

    assert moved(before, balances(business)) == {
        ("channel_clearing", "payer", "posted"): 700,
        ("merchant_payable", "recipient", "posted"): -700,
    }


@pytest.mark.parametrize("again", [ledger.post, ledger.void])
@pytest.mark.parametrize("first", [ledger.post, ledger.void])
def test_what_is_resolved_cannot_be_resolved_again(business: uuid.UUID, first: Resolve, again: Resolve) -> None:
    with db.phase("test.pend", business):
        pending = ledger.pend(posting("charge"))
        first(pending)
    before = balances(business)

    with pytest.raises(IntegrityError, match="uq_ledger_journals_resolved"), db.phase("test.again", business):
        again(pending)

    assert balances(business) == before


def test_a_wallets_total_is_what_is_available_and_what_is_held(business: uuid.UUID) -> None:
    with db.phase("test.pend", business):
        ledger.pend(posting("withdrawal", 4_000))

    with db.reading(business):
        has = ledger.balance("wallet", owner="payer", currency="USD")
    assert (has.total, has.held, has.available) == (FUNDS, 4_000, FUNDS - 4_000)


@pytest.mark.parametrize("template", [name for name, sides in TEMPLATES.items() if sides.debit in NEVER_BELOW_ZERO])
def test_held_money_cannot_be_spent_a_second_time(business: uuid.UUID, template: str) -> None:
    with db.phase("test.pend", business):
        ledger.pend(posting(template, FUNDS - 1))

    for spend in (ledger.pend, ledger.post_now):
        with pytest.raises(InsufficientFunds), db.phase("test.spend", business):
            spend(posting(template, 2))
    with db.phase("test.spend", business):
        ledger.pend(posting(template, 1))


def test_money_that_is_only_on_its_way_in_cannot_be_spent(business: uuid.UUID) -> None:
    with db.phase("test.pend", business):
        ledger.pend(Posting(template="top_up", money=Money(500, "USD"), subject_id=new_id(), credit_owner="newcomer"))

    spending = Posting(template="withdrawal", money=Money(1, "USD"), subject_id=new_id(), debit_owner="newcomer")
    with pytest.raises(InsufficientFunds), db.phase("test.spend", business):
        ledger.pend(spending)
