"""Bills and our books: what differs is found, kept once, and cleared; fees are booked once, and only our own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from app.core import db
from app.core.errors import Invalid
from app.core.ids import new_id, show
from app.domain.payments.channel_bills import comparing
from app.domain.payments.channel_bills.models import ChannelBillFee
from app.domain.payments.models import PaymentAttempt
from app.workflow.payments.bills import compare_bills
from tests.factories.bills import Bills
from tests.factories.disputes import paid_attempt
from tests.factories.settlements import Accountant, accountant_of
from tests.factories.shop import Shop

FEE = 6  # 0.60 % of 10.00


@pytest.fixture
def found(shop: Shop, clock: ModuleType) -> Bills:
    assert clock
    return Bills(shop)


@pytest.fixture
def settlements(shop: Shop) -> Accountant:
    return accountant_of(shop, paid=False)


def open_ones(found: Bills) -> list[tuple[str, str, int | None, int | None]]:
    return [
        (each.kind, each.movement, each.ours_minor, each.theirs_minor)
        for each in found.differences()
        if each.cleared_at is None
    ]


def test_a_bill_like_our_books_differs_nowhere_and_its_fees_are_booked(shop: Shop, found: Bills) -> None:
    order_id, _ = paid_attempt(shop)
    shop.refund(order_id, 400)
    shop.work_off()

    bill = found.compared()

    assert (open_ones(found), bill.compare_at) == ([], None)
    assert bill.compared_at is not None
    assert found.fees() == {"channel_clearing": 1000 - 400 - FEE + 2, "channel_fees": FEE - 2}
    shop.audit()


def test_what_no_bill_has_is_missing_until_one_has_it(shop: Shop, found: Bills) -> None:
    found.expect()
    _, attempt_id = paid_attempt(shop)
    found.script("missing_line")

    bill = found.compared()

    [each] = found.differences()
    assert open_ones(found) == [("missing", "charge", 1000, None)]
    assert (each.attempt_id, each.ref, bill.line_count) == (attempt_id, show("att", attempt_id), 0)
    assert found.fees() == {"channel_clearing": 1000, "channel_fees": 0}
    found.ask_again(bill)
    assert open_ones(found) == []
    assert found.fees() == {"channel_clearing": 1000 - FEE, "channel_fees": FEE}
    shop.audit()


def test_what_was_paid_before_the_first_bill_was_expected_is_not_missing(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("missing_line")

    bill = found.compared()

    assert (open_ones(found), bill.compare_at) == ([], None)


def test_nothing_is_missing_before_the_next_day_is_there(shop: Shop, found: Bills) -> None:
    found.expect()
    paid_attempt(shop)
    found.script("missing_line")
    bill = found.fetched()

    found.compare()

    assert (open_ones(found), found.one(bill.day).compare_at is None) == ([], False)


def test_another_amount_differs(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("wrong_amount", value="7")

    bill = found.compared()

    assert open_ones(found) == [("amount", "charge", 1000, 1007)]
    found.ask_again(bill)
    assert open_ones(found) == []
    shop.audit()


def test_what_they_took_and_we_count_as_failed_differs(shop: Shop, found: Bills, clock: ModuleType) -> None:
    _, attempt_id = paid_attempt(shop)
    found.expect()
    found.fetched()
    with db.phase("test.undecided", shop.business_id):
        db.write(db.change(PaymentAttempt, attempt_id, status="unknown", next_poll_at=clock.now()))

    found.compare()

    assert open_ones(found) == [("undecided", "charge", 1000, 1000)]
    with db.phase("test.decided", shop.business_id):
        db.write(db.change(PaymentAttempt, attempt_id, status="succeeded", next_poll_at=None))
    clock.move(3600)
    found.compare()
    assert open_ones(found) == []
    shop.audit()


def test_a_refund_that_somebody_made_at_the_company_is_unknown_here(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("extra_refund")

    found.compared()

    assert open_ones(found) == [("unknown", "refund", None, 1000)]
    # Its fee came back with it, and is not ours to book: we do not have the refund.
    assert found.fees() == {"channel_clearing": 1000 - FEE, "channel_fees": FEE}
    shop.audit()


def test_a_payment_with_a_number_of_ours_that_nobody_has_is_unknown(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("extra_line", value=show("att", new_id()))

    found.compared()

    assert open_ones(found) == [("unknown", "charge", None, 1000)]
    shop.audit()


def test_what_other_systems_do_at_the_company_is_nobodys_difference(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("extra_line")

    bill = found.compared()

    assert (open_ones(found), bill.line_count) == ([], 2)
    assert found.fees() == {"channel_clearing": 1000 - FEE, "channel_fees": FEE}
    shop.audit()


def test_what_another_business_took_by_the_same_account_is_no_difference(
    shop: Shop, found: Bills, new_shop: Any
) -> None:
    _, theirs = paid_attempt(new_shop())
    paid_attempt(shop)
    found.expect()
    found.script("extra_line", value=show("att", theirs))
    bill = found.fetched()

    assert compare_bills.compare(shop.business_id, bill.id)

    assert open_ones(found) == []
    shop.audit()


def test_two_that_compare_at_once_book_once(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    bill = found.fetched()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: compare_bills.compare(shop.business_id, bill.id), range(8)))

    assert found.fees() == {"channel_clearing": 1000 - FEE, "channel_fees": FEE}
    shop.audit()


def test_a_corrected_bill_books_the_rest_of_its_fees(shop: Shop, found: Bills) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("wrong_amount", value="1000")

    bill = found.compared()

    assert found.fees()["channel_fees"] == 2 * FEE
    found.ask_again(bill)
    assert found.fees() == {"channel_clearing": 1000 - FEE, "channel_fees": FEE}
    booked = shop.many(ChannelBillFee.__table__.select().where(ChannelBillFee.business_id == shop.business_id))
    assert sorted(each.fee_minor for each in booked) == [-FEE, 2 * FEE]
    shop.audit()


def test_what_differs_for_a_month_is_not_looked_at_any_more(shop: Shop, found: Bills, clock: ModuleType) -> None:
    paid_attempt(shop)
    found.expect()
    found.script("extra_refund")
    bill = found.compared()
    clock.move(31 * 86_400)

    found.compare()

    assert found.one(bill.day).compare_at is None
    assert open_ones(found) == [("unknown", "refund", None, 1000)]


def test_a_settlement_does_not_book_fees_again_that_bills_booked(
    shop: Shop, found: Bills, settlements: Accountant
) -> None:
    paid_attempt(shop)
    bill = found.compared()
    amounts = {"gross_minor": 1000, "refund_minor": 0, "fee_minor": FEE, "net_minor": 1000 - FEE}

    settlement_id = settlements.record(**amounts, settled_on=bill.day + timedelta(days=1))
    settlements.confirm(settlement_id)

    assert settlements.row(settlement_id).fee_source == "bills"
    assert settlements.balances() == (0, FEE, 1000 - FEE)
    shop.audit()


def test_who_records_a_settlement_may_say_where_its_fees_are_booked(
    shop: Shop, found: Bills, settlements: Accountant
) -> None:
    paid_attempt(shop)
    bill = found.compared()
    amounts = {"gross_minor": 1000, "refund_minor": 0, "fee_minor": FEE, "net_minor": 1000 - FEE}
    day = bill.day + timedelta(days=1)

    settlement_id = settlements.record(**amounts, settled_on=day, fee_source="settlement")
    settlements.confirm(settlement_id)

    assert settlements.balances() == (-FEE, 2 * FEE, 1000 - FEE)
    with pytest.raises(Invalid) as refused:
        settlements.record(gross_minor=FEE, refund_minor=0, fee_minor=FEE, net_minor=0, settled_on=day, reference="2")
    assert refused.value.code == "invalid_amount"
    shop.audit()


def test_a_bill_with_more_lines_than_are_kept_is_not_compared(
    shop: Shop, found: Bills, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_attempt(shop)
    bill = found.fetched()

    with monkeypatch.context() as patched:
        patched.setattr(comparing, "MAX_LINES", 0)
        found.compare()

    assert (open_ones(found), found.fees()["channel_fees"]) == ([], 0)
    found.ask_again(bill)
    assert found.fees()["channel_fees"] == FEE
