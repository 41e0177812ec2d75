"""Bills, stopped dead at each step: each line kept once, and the next day expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest

from app.domain.payments.channel_bills import service
from tests.factories.bills import Bills
from tests.factories.disputes import paid_attempt
from tests.factories.shop import Shop


@pytest.mark.parametrize(
    "point", ["compare_bills.look.after", "compare_bills.note.before_commit", "compare_bills.note.after"]
)
def test_fees_are_booked_once_whoever_dies(
    shop: Shop, dies: Callable[..., None], clock: ModuleType, point: str
) -> None:
    assert clock
    paid_attempt(shop)
    bills = Bills(shop)
    bill = bills.fetched()

    dies(shop, "compare_bill", bill.id, at=point)
    bills.compare()

    assert bills.fees() == {"channel_clearing": 994, "channel_fees": 6}
    assert bills.one().compared_at is not None
    shop.audit()


@pytest.mark.parametrize(
    "point",
    [
        "fetch_bills.claim.before_commit",
        "fetch_bills.claim.after",
        "fetch_bills.call.after",
        "fetch_bills.record.before_commit",
        "fetch_bills.record.after",
    ],
)
def test_a_bill_is_kept_once_whoever_dies(shop: Shop, dies: Callable[..., None], clock: ModuleType, point: str) -> None:
    paid_attempt(shop)
    bills = Bills(shop)
    bill = bills.expect()
    bills.come()

    dies(shop, "fetch_bill", bill.id, at=point)
    clock.move(service.LADDER[0].total_seconds())
    bills.run()

    assert (bills.one().status, bills.one().revision, len(bills.lines()), len(bills.totals())) == ("fetched", 1, 1, 1)
    assert bills.one(bills.day + timedelta(days=1)).status == "expected"
    shop.audit()
