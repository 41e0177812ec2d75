"""Bills: what a company says of a day, believed only as a whole. The same for every channel that has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.money import Money
from app.domain.payments.bills import Bill, Billing
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import (
    Channel,
    Settings,
)
from tests.contracts import alipay_peer, operations
from tests.contracts.alipay_peer import AlipayPeer
from tests.contracts.peers import PEERS
from tests.simulator.company import Company, Receiver

BILLED = sorted(name for name, channel in registry.CHANNELS.items() if channel.capabilities.bills)


@dataclass
class BillCase:
    """A channel whose company had one payment and a refund of a part on a day: 19.80 and 5.00."""

    channel: Channel
    company: Company
    settings: Settings
    merchant: str
    currency: str
    charge: str
    refund: str
    day: date

    def read(self, *, script: str | None = None, value: str | None = None) -> Bill:
        bills = self.channel
        assert isinstance(bills, Billing)
        if script:
            where = {"scope": "payment", "out_trade_no": self.merchant, "times": 1, "value": value}
            self.company.script("bill", script, **where)
        return bills.read_bill(self.settings, self.day)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


@pytest.fixture(params=BILLED)
def bill_case(request: pytest.FixtureRequest, pretend_pay: Company, receiver: Receiver) -> BillCase:
    channel = registry.CHANNELS[request.param]
    while True:
        made = _bill_case(channel, pretend_pay, receiver)
        if made.day == _today(channel):  # else midnight fell between payment and refund, perhaps
            return made


def _bill_case(channel: Channel, company: Company, receiver: Receiver) -> BillCase:
    refund, day = operations.new_ref(), _today(channel)
    if channel.name == "alipay":
        alipay = AlipayPeer(company)
        charge = alipay_peer.paid(alipay)
        channel.refund(alipay.settings, alipay.refund_request(charge, 500, refund))
        return BillCase(channel, company, alipay.settings, alipay.settings["app_id"], "CNY", charge, refund, day)
    peer = PEERS[channel.name](company, receiver)
    charge = operations.paid(channel, peer)
    operations.refund(channel, peer, charge, 500, refund)
    return BillCase(channel, company, peer.settings, peer.merchant_ref, peer.price.currency, charge, refund, day)


def _today(channel: Channel) -> date:
    times = channel.capabilities.bills
    assert times
    return datetime.now(ZoneInfo(times.zone)).date()


def test_a_bill_lists_every_movement_of_its_day(bill_case: BillCase) -> None:
    bill = bill_case.read()

    assert (bill.status, bill.day, bill.message) == ("ready", bill_case.day, None)
    charge, refund = bill.rows
    assert (charge.kind, charge.our_ref, charge.charge_ref) == ("charge", bill_case.charge, bill_case.charge)
    assert (charge.amount, charge.fee) == (bill_case.money(1980), bill_case.money(12))
    assert charge.channel_ref == bill_case.channel.query_payment(bill_case.settings, bill_case.charge).channel_ref
    assert (refund.kind, refund.our_ref, refund.charge_ref) == ("refund", bill_case.refund, bill_case.charge)
    assert (refund.amount, refund.fee) == (bill_case.money(500), bill_case.money(-3))
    assert refund.channel_ref
    assert {row.at.tzinfo is not None and row.at <= datetime.now(UTC) for row in bill.rows} == {True}
    totals = bill.totals[bill_case.currency]
    assert (totals.charges, totals.charged, totals.refunds, totals.refunded, totals.fees) == (
        *(1, bill_case.money(1980)),
        *(1, bill_case.money(500)),
        bill_case.money(9),
    )
    secrets = [bill_case.settings.get(each.name) for each in bill_case.channel.settings_schema if each.kind == "secret"]
    assert not [secret for secret in secrets if secret and secret in repr(bill.exchanges)]


def test_a_company_can_have_other_books_than_ours(bill_case: BillCase) -> None:
    missing = bill_case.read(script="missing_line")
    extra = bill_case.read(script="extra_line")
    wrong = bill_case.read(script="wrong_amount", value="1")

    assert [row.our_ref for row in missing.rows] == [bill_case.charge]
    assert [row.our_ref for row in extra.rows] == [bill_case.charge, bill_case.refund, "nobody_knows_me"]
    assert [row.amount.minor for row in wrong.rows] == [1981, 500]
    assert {bill.status for bill in (missing, extra, wrong)} == {"ready"}


@pytest.mark.parametrize("behavior", ["truncated", "bad_hash", "gone", "drop", "http_500", "garbage"])
def test_of_a_file_that_is_not_whole_no_line_counts(bill_case: BillCase, behavior: str) -> None:
    bill = bill_case.read(script=behavior)

    assert (bill.status in ("unknown", "absent"), bill.rows) == (True, ())
    assert bill.message
    assert bill.exchanges
    assert bill_case.read().status == "ready"


def test_there_is_no_bill_of_tomorrow(bill_case: BillCase) -> None:
    channel = bill_case.channel
    assert isinstance(channel, Billing)

    bill = channel.read_bill(bill_case.settings, bill_case.day + timedelta(days=2))

    assert (bill.status, bill.rows) == ("absent", ())


def test_a_channel_has_bills_when_it_says_so() -> None:
    for channel in registry.CHANNELS.values():
        assert isinstance(channel, Billing) is (channel.capabilities.bills is not None), channel.name
