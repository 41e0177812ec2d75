"""Adjustments and advances on partners' accounts: asked for, approved by a second person, and in the next batch."""

from __future__ import annotations

import uuid

import pytest

from app.core.errors import Denied, Invalid
from app.core.money import Money
from app.domain.settlement.clearing.types import ShareTerms
from app.domain.settlement.partners.states import PartnerKind
from app.read.settlement import statements
from app.workflow.ledger import adjust_ledger
from app.workflow.ledger.adjust_ledger import AdjustmentCommand, LineCommand
from app.workflow.settlement import close_batches
from app.workflow.settlement.close_batches import TermsCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop

DAY = 86_400


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _request(sharer: Sharer, partner_id: uuid.UUID, minor: int, kind: str = "partner") -> uuid.UUID:
    """`minor` more for the partner; below zero, less: an advance that it has had."""
    lines = [
        LineCommand(kind=kind, owner=str(partner_id), money=Money(-minor, "USD")),
        LineCommand(kind="adjustments", owner="", money=Money(minor, "USD")),
    ]
    command = AdjustmentCommand(reason="Agreed", lines=lines)
    return adjust_ledger.request(sharer.shop.business_id, command, actor=sharer.maker)


def _adjust(sharer: Sharer, partner_id: uuid.UUID, minor: int, kind: str = "partner") -> uuid.UUID:
    adjustment_id = _request(sharer, partner_id, minor, kind)
    adjust_ledger.approve(sharer.shop.business_id, adjustment_id, actor=sharer.checker)
    return adjustment_id


def _ada(sharer: Sharer) -> uuid.UUID:
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    return ada


@pytest.mark.parametrize(("minor", "total"), [(150, 850), (-400, 300)])
def test_a_bonus_and_an_advance_are_in_the_next_batch_once(sharer: Sharer, minor: int, total: int) -> None:
    ada = _ada(sharer)
    sharer.sold()

    _adjust(sharer, ada, minor)
    first = sharer.close(ada)
    sharer.paid(first)
    sharer.sold()
    sharer.close(ada)

    made = statements.statement_of(sharer.shop.business_id, first)
    assert [row.total_minor for row in sorted(sharer.batches(ada), key=lambda row: row.number)] == [total, 700]
    assert [(line.kind, line.amount_minor) for line in made.lines()] == [("share", 700), ("adjustment", minor)]
    assert made.owed_minor == total


def test_a_partner_who_sold_nothing_gets_its_bonus_at_the_end_of_the_cycle(sharer: Sharer) -> None:
    platform = sharer.partner("Platform", kind=PartnerKind.PLATFORM)
    close_batches.set_terms(sharer.shop.business_id, platform, TermsCommand(cycle="daily"))
    _adjust(sharer, platform, 500, "platform_revenue")

    sharer.shop.advance(DAY)

    assert [(row.total_minor, row.entry_count) for row in sharer.batches(platform)] == [(500, 0)]


def test_one_that_is_reversed_is_taken_back_by_the_batch_after(sharer: Sharer) -> None:
    ada = _ada(sharer)
    adjustment_id = _adjust(sharer, ada, 200)
    sharer.sold()
    sharer.close(ada)
    reversal_id = adjust_ledger.request_reversal(
        sharer.shop.business_id, adjustment_id, reason="Twice", actor=sharer.maker
    )
    adjust_ledger.approve(sharer.shop.business_id, reversal_id, actor=sharer.checker)
    sharer.sold()

    sharer.close(ada)

    assert [row.total_minor for row in sharer.batches(ada)] == [900, 500]


def test_nobody_approves_what_they_asked_for(sharer: Sharer) -> None:
    adjustment_id = _request(sharer, _ada(sharer), 100)

    with pytest.raises(Denied):
        adjust_ledger.approve(sharer.shop.business_id, adjustment_id, actor=sharer.maker)


@pytest.mark.parametrize("kind", ["platform_revenue", "partner"])
def test_the_account_must_be_the_partners(sharer: Sharer, kind: str) -> None:
    other = uuid.uuid4() if kind == "partner" else _ada(sharer)

    with pytest.raises(Invalid):
        _request(sharer, other, 100, kind)
