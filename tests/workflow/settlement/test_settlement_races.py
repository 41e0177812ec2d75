"""Many who close and pay the same batches at once: each batch is closed once and paid once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from app.core.db import VersionConflict
from app.core.errors import Conflict
from app.domain.payments.models import PaymentTransaction
from app.domain.settlement.clearing.types import ShareTerms
from app.workflow.accounts.approvals import decide_approval
from app.workflow.settlement import close_batches, pay_batch
from app.workflow.settlement.close_batches import TermsCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop

WORKERS = 30
Found = TypeVar("Found")


@pytest.mark.parametrize("rounds", [1, pytest.param(200, marks=pytest.mark.long)])
def test_thirty_who_close_and_pay_the_same_batches_do_each_once(shop: Shop, rounds: int) -> None:
    sharer = sharer_of(shop)
    partners = [sharer.partner(name) for name in ("Ada", "Bo", "Cy")]
    sharer.rule(*(ShareTerms(party=str(each), bps=2000) for each in partners))
    for each in partners:
        sharer.pay_to(each)
        close_batches.set_terms(shop.business_id, each, TermsCommand(cycle="daily"))

    for _ in range(rounds):
        _one_round(sharer, partners)

    batches = [batch for each in partners for batch in sharer.batches(each)]
    payouts = select(func.count()).select_from(PaymentTransaction).where(PaymentTransaction.partner_id.is_not(None))
    assert [batch.total_minor for batch in batches] == [400] * 3 * rounds
    assert shop.one(payouts)[0] == 3 * rounds
    assert {batch.tries for batch in batches} == {1}
    assert [sharer.owed(each) for each in partners] == [0, 0, 0]


def _one_round(sharer: Sharer, partners: list[uuid.UUID]) -> None:
    """Thirty close what two orders earned, thirty pay it, and the money arrives."""
    business_id = sharer.shop.business_id
    for _ in range(2):
        sharer.sold()

    def close(number: int) -> int:
        try:
            sharer.close(partners[number % 3])
        except (Conflict, VersionConflict):
            return 0
        return 1

    closed = sum(_at_once(close))
    batches = [sharer.batches(each)[-1].id for each in partners]
    approvals = [pay_batch.request(business_id, each, actor=sharer.maker) for each in batches]

    def pay(number: int) -> None:
        with suppress(Conflict, VersionConflict):
            decide_approval.approve(business_id, approvals[number % 3], actor=sharer.checker)
            pay_batch.pay(business_id, batches[number % 3], actor=sharer.checker)

    _at_once(pay)
    for each in batches:
        sharer.shop.poll(sharer.shop.refund_attempt(sharer.batch(each).transaction_id).id)
    assert closed == 3
    assert {sharer.batch(each).status for each in batches} == {"paid"}


def _at_once(work: Callable[[int], Found]) -> list[Found]:
    """What each of the workers found, all of whom began in the same moment."""
    start = Barrier(WORKERS)

    def one(number: int) -> Found:
        start.wait(20)
        return work(number)

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))
