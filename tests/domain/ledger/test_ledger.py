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
from app.domain.ledger.service import Booking
from tests.factories.business import make_business

FUNDS = 10_000
Books = dict[tuple[str, str, str], int]
Resolve = Callable[[uuid.UUID], object]
each_template = pytest.mark.parametrize("template", TEMPLATES)


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    """A business whose giver, and nobody else, has money in the wallet, and is owed money."""
    assert app
    made = make_business()
    with db.phase("test.fund", made):
        for template in ("top_up", "charge"):
            ledger.book(
                Booking(template=template, money=Money(FUNDS, "USD"), subject_id=new_id(), credit_owner="giver")
            )
    return made


def booking(template: str, minor: int = 700) -> Booking:
    return Booking(
        template=template,
        money=Money(minor, "USD"),
        subject_id=new_id(),
        debit_owner="giver",
        credit_owner="taker",
    )


def books(business_id: uuid.UUID) -> Books:
    """What stands in the books, by account kind, owner and layer; nothing that is zero."""
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


def sums(found: Books) -> dict[str, int]:
    return {layer: sum(total for key, total in found.items() if key[2] == layer) for layer in ("pending", "posted")}


def moved(before: Books, after: Books) -> Books:
    return {key: change for key in before | after if (change := after.get(key, 0) - before.get(key, 0))}


def test_every_template_moves_money_between_known_accounts() -> None:
    for name, template in TEMPLATES.items():
        assert {template.debit, template.credit} <= set(ACCOUNT_KINDS), name
    assert set(ACCOUNT_KINDS) >= NEVER_BELOW_ZERO


@each_template
def test_what_is_tried_is_held_and_not_booked(business: uuid.UUID, template: str) -> None:
    before = books(business)

    with db.phase("test.pend", business):
        ledger.pend(booking(template))

    after = books(business)
    sides = TEMPLATES[template]
    assert moved(before, after) == {
        (sides.debit, "giver", "pending"): 700,
        (sides.credit, "taker", "pending"): -700,
    }
    assert sums(after) == {"pending": 0, "posted": 0}


@each_template
def test_what_is_confirmed_is_booked_and_nothing_stays_held(business: uuid.UUID, template: str) -> None:
    before = books(business)

    with db.phase("test.post", business):
        ledger.post(ledger.pend(booking(template)))

    after = books(business)
    sides = TEMPLATES[template]
    assert moved(before, after) == {
        (sides.debit, "giver", "posted"): 700,
        (sides.credit, "taker", "posted"): -700,
    }
    assert sums(after) == {"pending": 0, "posted": 0}


@each_template
def test_what_is_cancelled_leaves_the_books_as_they_were(business: uuid.UUID, template: str) -> None:
    before = books(business)

    with db.phase("test.void", business):
        ledger.void(ledger.pend(booking(template)))

    assert books(business) == before


def test_booking_at_once_is_trying_and_confirming(business: uuid.UUID) -> None:
    before = books(business)
    with db.phase("test.book", business):
        ledger.book(booking("charge"))
    booked = moved(before, books(business))

    before = books(business)
    with db.phase("test.post", business):
        ledger.post(ledger.pend(booking("charge")))

    assert moved(before, books(business)) == booked


def test_a_yes_after_a_no_books_what_was_let_go(business: uuid.UUID) -> None:
    before = books(business)

    with db.phase("test.late", business):
        pending = ledger.pend(booking("charge"))
        ledger.void(pending)
        ledger.book_after_void(pending)

    assert moved(before, books(business)) == {
        ("channel_clearing", "giver", "posted"): 700,
        ("merchant_payable", "taker", "posted"): -700,
    }


@pytest.mark.parametrize("again", [ledger.post, ledger.void])
@pytest.mark.parametrize("first", [ledger.post, ledger.void])
def test_what_is_resolved_cannot_be_resolved_again(business: uuid.UUID, first: Resolve, again: Resolve) -> None:
    with db.phase("test.pend", business):
        pending = ledger.pend(booking("charge"))
        first(pending)
    before = books(business)

    with pytest.raises(IntegrityError, match="uq_ledger_journals_resolved"), db.phase("test.again", business):
        again(pending)

    assert books(business) == before


def test_a_wallets_total_is_what_is_available_and_what_is_held(business: uuid.UUID) -> None:
    with db.phase("test.pend", business):
        ledger.pend(booking("withdrawal", 4_000))

    with db.reading(business):
        has = ledger.balance("wallet", owner="giver", currency="USD")
    assert (has.total, has.held, has.available) == (FUNDS, 4_000, FUNDS - 4_000)


@pytest.mark.parametrize("template", [name for name, sides in TEMPLATES.items() if sides.debit in NEVER_BELOW_ZERO])
def test_held_money_cannot_be_spent_a_second_time(business: uuid.UUID, template: str) -> None:
    with db.phase("test.pend", business):
        ledger.pend(booking(template, FUNDS - 1))

    for spend in (ledger.pend, ledger.book):
        with pytest.raises(InsufficientFunds), db.phase("test.spend", business):
            spend(booking(template, 2))
    with db.phase("test.spend", business):
        ledger.pend(booking(template, 1))


def test_money_that_is_only_on_its_way_in_cannot_be_spent(business: uuid.UUID) -> None:
    with db.phase("test.pend", business):
        ledger.pend(Booking(template="top_up", money=Money(500, "USD"), subject_id=new_id(), credit_owner="newcomer"))

    spending = Booking(template="withdrawal", money=Money(1, "USD"), subject_id=new_id(), debit_owner="newcomer")
    with pytest.raises(InsufficientFunds), db.phase("test.spend", business):
        ledger.pend(spending)
