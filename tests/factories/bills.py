"""Bills of the pretend payment company: each of the present day, as if it were over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.core.ids import show
from app.domain.payments.channel_bills import service
from app.domain.payments.channel_bills.models import (
    ChannelBill,
    ChannelBillDifference,
    ChannelBillLine,
    ChannelBillTotal,
)
from app.domain.payments.channels.types import BillTimes
from app.workflow.payments.bills import compare_bills, fetch_bills
from tests.factories.disputes import paid_attempt
from tests.factories.shop import Shop

TIMES = BillTimes(zone="UTC", ready_hour=0)
differences = ChannelBillDifference.__table__
bills, totals, lines = ChannelBill.__table__, ChannelBillTotal.__table__, ChannelBillLine.__table__


class Bills:
    """The bills of one shop's account."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def expect(self) -> ChannelBill:
        """The bill of the present day by the company's clock, which the timer expects from now on."""
        self.run()
        return self.one()

    def run(self) -> None:
        """The timer goes off, for this shop alone."""
        with db.narrowed_to(self.shop.business_id):
            fetch_bills.fetch_due()

    def come(self, hours: float = 0) -> None:
        """So many hours after the company has it."""
        due_at = service.ready_at(self.day, TIMES) + timedelta(hours=hours)
        clock.move(max(0.0, (due_at - clock.now()).total_seconds()))

    def fetched(self) -> ChannelBill:
        """The day is over, and the timer has run."""
        self.expect()
        self.come()
        self.run()
        return self.one()

    @property
    def day(self) -> date:
        """The company's day."""
        return datetime.fromtimestamp(clock.real_s(), UTC).date()

    def one(self, day: date | None = None) -> Any:
        """The bill of this day (the present one) as it is now."""
        account = bills.c.business_id == self.shop.business_id, bills.c.channel_account_id == self.shop.account_id
        return self.shop.one(select(bills).where(*account, bills.c.day == (day or self.day)))

    def lines(self, revision: int = 1) -> list[Any]:
        """The lines of a revision of it."""
        mine = lines.c.business_id == self.shop.business_id, lines.c.bill_id == self.one().id
        return self.shop.many(select(lines).where(*mine, lines.c.revision == revision).order_by(lines.c.number))

    def totals(self, revision: int = 1) -> list[Any]:
        """What a revision of it comes to."""
        mine = totals.c.business_id == self.shop.business_id, totals.c.bill_id == self.one().id
        return self.shop.many(select(totals).where(*mine, totals.c.revision == revision))

    def compared(self) -> Any:
        """It is there, and so is the next day's; the comparison has run."""
        bill = self.fetched()
        clock.move(2 * 86_400)
        for _ in range(2):
            self.run()
        self.compare()
        return self.one(bill.day)

    def compare(self) -> None:
        """The timer of comparisons goes off."""
        with db.narrowed_to(self.shop.business_id):
            compare_bills.compare_due()

    def ask_again(self, bill: Any) -> None:
        """The company is asked once more, and gives what it should have given."""
        fetch_bills.fetch_again(self.shop.business_id, bill.id, actor="test")
        self.run()
        self.compare()

    def differences(self) -> list[Any]:
        """Where the bill differs, or did, in the order in which it was noticed."""
        mine = differences.c.business_id == self.shop.business_id, differences.c.bill_id == self.one().id
        return self.shop.many(select(differences).where(*mine).order_by(differences.c.id))

    def fees(self) -> dict[str, int]:
        """What is in the ledger of the channel account, by kind of account."""
        return {kind: self.shop.balance(kind) for kind in ("channel_clearing", "channel_fees")}

    def script(self, behavior: str, value: str | None = None) -> None:
        """The company spoils the next file."""
        known = {"merchant_id": self.shop.merchant_id, "operation": "bill", "behavior": behavior}
        more = {"scope": "payment", "out_trade_no": self.shop.merchant_id, "times": 1, "value": value}
        self.shop.company("scripts", known | more)


def bill_ids(shop: Shop) -> dict[str, str]:
    """A bill that is expected, as it is shown."""
    return {"channel_bill_id": show("bil", Bills(shop).expect().id)}


def late_bill(shop: Shop) -> Callable[[], None]:
    """A day with a payment and a bill that is not there in time; answers what makes it come."""
    bills = Bills(shop)
    paid_attempt(shop)
    bills.expect()
    bills.come(hours=12)
    bills.script("truncated")
    bills.run()

    def come() -> None:
        clock.move(service.LADDER[0].total_seconds())
        bills.run()

    return come


def differing_bill(shop: Shop) -> Callable[[], None]:
    """A bill without a payment of its day; answers what makes the company correct it."""
    bills = Bills(shop)
    bills.expect()
    paid_attempt(shop)
    bills.script("missing_line")
    bill = bills.compared()

    def correct() -> None:
        bills.ask_again(bill)

    return correct
