"""Bills: fetched when the company has them, whole or not at all, each line kept once."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import NotFound
from app.core.ids import new_id, show
from app.domain.payments.channel_bills import service
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.types import BillTimes
from app.domain.payments.models import ChannelExchange
from app.workflow.payments import manage_channels
from app.workflow.payments.bills import fetch_bills
from tests.factories.bills import Bills, bills
from tests.factories.disputes import paid_attempt
from tests.factories.shop import Shop

SHANGHAI = BillTimes(zone="Asia/Shanghai", ready_hour=10)


@pytest.fixture
def found(shop: Shop, clock: ModuleType) -> Bills:
    assert clock
    return Bills(shop)


def test_the_bill_of_the_present_day_is_expected_when_it_is_over(shop: Shop, found: Bills) -> None:
    bill = found.expect()

    assert (bill.status, bill.revision, bill.line_count) == ("expected", 0, 0)
    assert (
        bill.next_attempt_at
        == bill.ready_at
        == datetime.combine(found.day + timedelta(days=1), datetime.min.time(), UTC)
    )
    found.run()
    assert found.one() == bill  # nobody asked before its time
    shop.audit()


def test_each_line_of_a_bill_is_kept(shop: Shop, found: Bills) -> None:
    order_id, attempt_id = paid_attempt(shop)
    refund_id = shop.refund(order_id, 400)
    shop.work_off()

    bill = found.fetched()

    assert (bill.status, bill.revision, bill.line_count, bill.error) == ("fetched", 1, 2, "")
    assert bill.next_attempt_at is None
    assert len(bill.sha256) == len(hashlib.sha256().hexdigest())
    charge, refund = found.lines()
    assert (charge.kind, charge.our_ref, charge.amount_minor) == ("charge", show("att", attempt_id), 1000)
    assert charge.channel_ref == shop.attempt(attempt_id).channel_ref
    assert (refund.kind, refund.amount_minor, refund.charge_ref) == ("refund", 400, show("att", attempt_id))
    assert refund.our_ref == show("att", shop.refund_attempt(refund_id).id)
    [total] = found.totals()
    assert (total.charges, total.charged_minor, total.refunds, total.refunded_minor) == (1, 1000, 1, 400)
    assert total.fee_minor == charge.fee_minor + refund.fee_minor
    assert [each.operation for each in exchanges(shop, bill)] == ["bill"]
    shop.audit()


def test_the_next_day_is_expected_then(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)

    found.fetched()

    later = found.one(found.day + timedelta(days=1))
    assert later.status == "expected"
    assert later.next_attempt_at == found.one().ready_at + timedelta(days=1)


def test_days_that_were_missed_are_fetched_one_by_one(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.come(hours=3 * 24)

    for _ in range(6):
        found.run()

    assert found.one().status == "fetched"
    days = {row.day: row.status for row in shop.many(select(bills).where(bills.c.business_id == shop.business_id))}
    assert set(days) == {found.day + timedelta(days=count) for count in range(5)}
    # The company has not lived through them: its clock does not follow ours.
    assert {days[found.day + timedelta(days=count)] for count in range(1, 4)} == {"empty"}
    shop.audit()


@pytest.mark.parametrize("behavior", ["truncated", "bad_hash", "drop", "http_500", "garbage"])
def test_of_a_bill_that_is_not_whole_nothing_is_kept_and_it_is_asked_for_again(
    shop: Shop, found: Bills, clock: ModuleType, behavior: str
) -> None:
    paid_attempt(shop)
    found.expect()
    found.script(behavior)
    found.come()

    found.run()

    bill = found.one()
    assert (bill.status, bill.attempt_count, found.lines()) == ("expected", 1, [])
    assert bill.error
    assert bill.next_attempt_at > clock.now()
    found.run()
    assert found.one().attempt_count == 1
    clock.move(service.LADDER[0].total_seconds())
    found.run()
    assert (found.one().status, found.one().error, len(found.lines())) == ("fetched", "", 1)
    shop.audit()


def test_a_bill_that_is_not_there_in_time_is_late_and_then_failed(shop: Shop, found: Bills, clock: ModuleType) -> None:
    paid_attempt(shop)
    found.expect()
    found.come(hours=12)
    shop.script("bill", "http_500", out_trade_no=shop.merchant_id, times=2)

    found.run()
    assert found.one().status == "late"
    clock.move(service.ASKED_FOR.total_seconds() + 7 * 3600)
    found.run()

    assert (found.one().status, found.one().next_attempt_at) == ("failed", None)
    fetch_bills.fetch_again(shop.business_id, found.one().id, actor="usr_x")
    found.run()
    assert found.one().status == "fetched"
    shop.audit()


def test_a_day_on_which_nothing_moved_may_have_no_bill(found: Bills, monkeypatch: pytest.MonkeyPatch) -> None:
    found.expect()
    found.come(hours=12)
    _has_none(monkeypatch)

    found.run()

    assert (found.one().status, found.one().next_attempt_at) == ("empty", None)


def test_a_day_on_which_something_moved_has_one(shop: Shop, found: Bills, monkeypatch: pytest.MonkeyPatch) -> None:
    paid_attempt(shop)
    found.expect()
    found.come(hours=12)
    _has_none(monkeypatch)

    found.run()

    assert found.one().status == "late"


def test_the_same_file_again_changes_nothing(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    bill = found.fetched()

    fetch_bills.fetch_again(shop.business_id, bill.id, actor="usr_x")
    found.run()

    again = found.one()
    assert (again.revision, again.version, again.sha256, len(found.lines())) == (1, bill.version, bill.sha256, 1)
    shop.audit()


def test_a_file_with_other_lines_is_kept_beside_the_first(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    bill = found.fetched()
    found.script("wrong_amount", value="7")

    fetch_bills.fetch_again(shop.business_id, bill.id, actor="usr_x")
    found.run()

    again = found.one()
    assert (again.status, again.revision) == ("fetched", 2)
    assert again.sha256 != bill.sha256
    assert ([each.amount_minor for each in found.lines(1)], [each.amount_minor for each in found.lines(2)]) == (
        [1000],
        [1007],
    )
    shop.audit()


def test_a_bill_that_cannot_be_fetched_again_stays_as_it_was(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    bill = found.fetched()
    found.script("truncated")

    fetch_bills.fetch_again(shop.business_id, bill.id, actor="usr_x")
    found.run()

    again = found.one()
    assert (again.status, again.revision, again.next_attempt_at) == ("fetched", 1, None)
    assert again.error
    shop.audit()


def test_many_workers_fetch_a_bill_once(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    bill = found.expect()
    found.come()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: fetch_bills.fetch(shop.business_id, bill.id), range(4)))

    assert sorted(done) == [False, False, False, True]
    assert (len(found.lines()), len(exchanges(shop, bill))) == (1, 1)
    shop.audit()


def test_an_account_that_is_off_expects_no_more_bills(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={}, enabled=False)
    found.come()

    found.run()

    assert found.one().status == "fetched"
    assert found.one(found.day + timedelta(days=1)) is None


def test_nobody_fetches_the_bill_of_another_business(shop: Shop, new_shop: Any, found: Bills) -> None:
    bill = found.expect()

    with pytest.raises(NotFound):
        fetch_bills.fetch_again(new_shop().business_id, bill.id, actor="usr_x")
    with pytest.raises(NotFound):
        fetch_bills.fetch_again(shop.business_id, new_id(), actor="usr_x")


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-03-01T15:59:59+00:00", "2026-03-01"), ("2026-03-01T16:00:00+00:00", "2026-03-02")],
)
def test_a_day_is_one_of_the_companys_zone(moment: str, day: str) -> None:
    assert service.today(SHANGHAI, datetime.fromisoformat(moment)) == date.fromisoformat(day)


def test_a_bill_is_there_from_the_companys_hour_of_the_next_day() -> None:
    assert service.ready_at(date(2026, 3, 1), SHANGHAI) == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_day_with_the_clocks_put_forward_is_a_day() -> None:
    berlin = BillTimes(zone="Europe/Berlin", ready_hour=4)

    assert service.ready_at(date(2026, 3, 28), berlin) == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert service.ready_at(date(2026, 3, 29), berlin) == datetime(2026, 3, 30, 2, 0, tzinfo=UTC)


def exchanges(shop: Shop, bill: Any) -> list[Any]:
    table = ChannelExchange.__table__
    return shop.many(select(table).where(table.c.subject_id == bill.id))


def _has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The company answers that it has no bill, as companies do of days on which nothing moved."""
    whole = SimulatorChannel.read_bill
    monkeypatch.setattr(
        SimulatorChannel, "read_bill", lambda self, settings, day: whole(self, settings, day + timedelta(days=2))
    )


def test_days_on_which_an_account_was_off_are_expected_once_it_is_on_again(shop: Shop, found: Bills) -> None:
    found.expect()
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={}, enabled=False)
    found.come()
    found.run()
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={}, enabled=True)

    found.run()

    assert found.one(found.day + timedelta(days=1)).status == "expected"


def test_a_bill_is_not_asked_for_before_its_day_is_over(shop: Shop, found: Bills) -> None:
    bill = found.expect()

    fetch_bills.fetch_again(shop.business_id, bill.id, actor="usr_x")
    found.run()

    assert (found.one().status, found.one().next_attempt_at) == ("expected", bill.ready_at)
