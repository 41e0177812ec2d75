"""Many who close and pay the same batches at once: each batch is closed once and paid once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from app.core.db import VersionConflict
from app.core.errors import Conflict
from app.domain.payments.models import PaymentTransaction
from app.domain.settlement.clearing.types import ShareTerms
from app.workflow.accounts.approvals import decide_approval
from app.workflow.settlement import close_batches, pay_batch
from app.workflow.settlement.close_batches import TermsCommand
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop

WORKERS = 30
DAY = 86_400


def test_thirty_who_close_and_pay_the_same_batches_do_each_once(shop: Shop) -> None:
    sharer = sharer_of(shop)
    partners = [sharer.partner(name) for name in ("Ada", "Bo", "Cy")]
    sharer.rule(*(ShareTerms(party=str(each), bps=2000) for each in partners))
    for each in partners:
        sharer.pay_to(each)
        close_batches.set_terms(shop.business_id, each, TermsCommand(cycle="daily"))
    for _ in range(2):
        sharer.sold()
    start = Barrier(WORKERS)

    def close(number: int) -> int:
        start.wait(20)
        try:
            sharer.close(partners[number % 3])
        except (Conflict, VersionConflict):
            return 0
        return 1

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        closed = sum(pool.map(close, range(WORKERS)))
    batches = [row.id for each in partners for row in sharer.batches(each)]
    approvals = [pay_batch.request(shop.business_id, each, actor=sharer.maker) for each in batches]
    start.reset()

    def pay(number: int) -> None:
        start.wait(20)
        try:
            decide_approval.approve(shop.business_id, approvals[number % 3], actor=sharer.checker)
            pay_batch.pay(shop.business_id, batches[number % 3], actor=sharer.checker)
        except (Conflict, VersionConflict):
            pass

    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        list(pool.map(pay, range(WORKERS)))

    payouts = select(func.count()).select_from(PaymentTransaction).where(PaymentTransaction.partner_id.is_not(None))
    assert (closed, len(batches)) == (3, 3)
    assert [sharer.batch(each).total_minor for each in batches] == [400, 400, 400]
    assert shop.one(payouts)[0] == 3
    assert {sharer.batch(each).tries for each in batches} == {1}
