"""An order paid by a deduction: counted, receipted, refunded, closed and audited like one that a buyer paid."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, text

from app.core import db, http
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments import service as payments
from app.domain.payments.channels.types import ContractRequest
from app.domain.payments.errors import NoChannel
from app.domain.payments.models import ChannelExchange, PaymentTransaction
from app.lib.destinations import Destinations, Origin
from app.read.orders import receipts
from app.read.orders.order_page import order_page
from app.workflow.insights import count_metrics
from app.workflow.orders import close_orders, make_receipt
from app.workflow.payments import manage_channels, record_result
from app.workflow.payments.accept_notice import accept_notice
from app.workflow.payments.deduct_order import deduct_order
from app.workflow.payments.poll_undecided import poll_attempt
from tests.contracts.alipay_peer import NOBODY, AlipayPeer, alipay
from tests.factories.shop import Shop
from tests.simulator.company import Company

transactions = PaymentTransaction.__table__
COMPANIES = Destinations("companies", (Origin("http", "127.0.0.1", 0, is_near=True),))


class Signed:
    """A shop whose buyer signed a contract at Alipay."""

    def __init__(self, shop: Shop, company: Company) -> None:
        self.shop, self.peer = shop, AlipayPeer(company)
        self.peer.settings |= {"deduction_product": "GENERAL_WITHHOLDING_P", "sign_scene": "INDUSTRY|DIGITAL_MEDIA"}
        values = {"timeout_s": "3", **self.peer.settings}
        self.account_id = manage_channels.add_channel_account(
            shop.business_id, channel="alipay", name="A", values=values
        )
        ref = show("con", new_id())
        request = ContractRequest(
            contract_ref=ref,
            scene="web",
            buyer_name="li",
            every_count=1,
            every_unit="month",
            first_on=date(2026, 12, 1),
            largest=Money(100_000, "CNY"),
            notify_url=NOBODY,
            return_url=NOBODY,
        )
        action = alipay.start_contract(self.peer.settings, request).action
        assert action
        self.peer.company.client.get(action["url"])
        self.peer.agree(ref)
        with http.allowed(COMPANIES):
            contract_no = alipay.query_contract(self.peer.settings, ref, None).contract_no
        assert contract_no
        self.ref, self.contract_no = ref, contract_no

    def deduct(self, order_id: uuid.UUID, attempt_id: uuid.UUID | None = None) -> tuple[uuid.UUID, str]:
        made = attempt_id or new_id()
        status = deduct_order(
            self.shop.business_id,
            order_id,
            account_id=self.account_id,
            contract_no=self.contract_no,
            attempt_id=made,
        )
        return made, status

    def paid(self) -> uuid.UUID:
        order_id = self.shop.place()
        _, status = self.deduct(order_id)
        assert status == "succeeded"
        self.shop.work_off()
        return order_id


@pytest.fixture
def signed(new_shop: Callable[..., Shop], simulator: str) -> Signed:
    return Signed(new_shop(currency="CNY"), Company(simulator))


def test_it_pays_the_order_and_delivers(signed: Signed) -> None:
    order_id = signed.paid()

    order = signed.shop.order(order_id)
    assert (order.status, order.paid_minor) == ("fulfilled", 1000)
    assert signed.shop.balance("merchant_payable") == -1000
    assert len(signed.shop.entitlements()) == 1


def test_its_receipt_names_how_it_was_paid(signed: Signed) -> None:
    order_id = signed.paid()

    make_receipt.make_receipt(signed.shop.business_id, order_id)
    receipt = receipts.receipt(signed.shop.business_id, "buyer-1", order_id)

    assert (receipt.methods, receipt.total_minor) == (("A",), 1000)


def test_it_is_refunded_in_part_and_in_full(signed: Signed) -> None:
    order_id = signed.paid()

    signed.shop.refund(order_id, 300)
    signed.shop.refund(order_id)
    signed.shop.work_off()

    order = signed.shop.order(order_id)
    assert (order.status, order.refunded_minor) == ("refunded", 1000)
    assert signed.shop.balance("merchant_payable") == 0


def test_it_is_counted_among_the_payments(signed: Signed) -> None:
    order_id = signed.paid()

    count_metrics.count(signed.shop.business_id)

    counted = text("SELECT kind, number FROM metrics_by_hour WHERE business_id = :here AND key = :key")
    values = {"here": signed.shop.business_id, "key": str(signed.account_id)}
    with db.reading(signed.shop.business_id):
        rows = db.rows(counted.bindparams(**values))
    assert {(row.kind, row.number) for row in rows} >= {("channel", 1), ("tried", 1)}
    page = order_page(signed.shop.business_id, order_id)
    assert page.is_refundable


def test_the_same_again_takes_nothing_twice(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id, first = signed.deduct(order_id)

    _, again = signed.deduct(order_id, attempt_id)

    assert (first, again) == ("succeeded", "succeeded")
    exchanges = ChannelExchange.__table__
    assert len(signed.shop.many(select(exchanges).where(exchanges.c.operation == "deduct"))) == 1


def test_ten_at_once_take_it_once(signed: Signed) -> None:
    order_id = signed.shop.place()

    def take(_: int) -> str:
        try:
            return signed.deduct(order_id)[1]
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(take, range(10)))

    assert results.count("succeeded") == 1
    assert signed.shop.balance("merchant_payable") == -1000


def test_a_refused_one_leaves_the_order_to_be_paid_by_the_buyer(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id = new_id()
    signed.peer.script("deduct", "decline", show("att", attempt_id), "ACQ.BUYER_BALANCE_NOT_ENOUGH")

    _, status = signed.deduct(order_id, attempt_id)
    assert (status, signed.shop.attempt(attempt_id).decline_code) == ("failed", "insufficient_funds")
    assert signed.shop.order(order_id).status == "created"
    _, second = signed.deduct(order_id)

    assert second == "succeeded"
    kinds = signed.shop.many(select(transactions).where(transactions.c.order_id == order_id))
    assert [(row.kind, row.status) for row in kinds] == [("deduction", "succeeded")]


def test_the_buyer_pays_what_could_not_be_deducted(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id = new_id()
    signed.peer.script("deduct", "decline", show("att", attempt_id), "ACQ.BUYER_BALANCE_NOT_ENOUGH")
    signed.deduct(order_id, attempt_id)

    paid_by = signed.shop.pay(order_id)
    signed.shop.approve(paid_by)
    signed.shop.poll(paid_by)

    rows = signed.shop.many(select(transactions).where(transactions.c.order_id == order_id).order_by(transactions.c.id))
    assert [(row.kind, row.status) for row in rows] == [("deduction", "cancelled"), ("charge", "succeeded")]
    assert signed.shop.order(order_id).paid_minor == 1000


def test_a_lost_answer_is_unknown_and_polled(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id = new_id()
    signed.peer.script("deduct", "http_500", show("att", attempt_id), "after")

    _, status = signed.deduct(order_id, attempt_id)
    with pytest.raises(Conflict, match="pending"):
        signed.deduct(order_id)
    poll_attempt(signed.shop.business_id, attempt_id, force=True)

    assert status == "unknown"
    assert signed.shop.attempt(attempt_id).status == "succeeded"
    assert signed.shop.order(order_id).paid_minor == 1000


def test_its_notice_counts_once(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id, _ = signed.deduct(order_id)
    [body] = signed.peer.notices(show("att", attempt_id))

    replies = [accept_notice("alipay", signed.account_id, {}, body) for _ in range(2)]

    assert [reply.body for reply in replies] == [b"success", b"success"]
    assert signed.shop.order(order_id).paid_minor == 1000


def test_one_that_waits_is_closed_with_its_order(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id = new_id()
    signed.peer.script("deduct", "pending", show("att", attempt_id))
    _, status = signed.deduct(order_id, attempt_id)

    close_orders.close_order(signed.shop.business_id, order_id, reason="asked", actor="usr_1")

    assert status == "pending"
    assert (signed.shop.order(order_id).status, signed.shop.attempt(attempt_id).status) == ("closed", "cancelled")


def test_late_money_goes_back(signed: Signed) -> None:
    order_id = signed.shop.place()
    attempt_id = new_id()
    ref = show("att", attempt_id)
    signed.peer.script("deduct", "pending", ref)
    signed.deduct(order_id, attempt_id)
    close_orders.close_order(signed.shop.business_id, order_id, reason="asked", actor="usr_1")

    signed.peer.company.admin("POST", f"/payments/{ref}/approve", {"force": True})
    with http.allowed(COMPANIES):
        late = alipay.query_payment(signed.peer.settings, ref)
    record_result.record(signed.shop.business_id, attempt_id, late, source="query")
    signed.shop.work_off()

    attempt = signed.shop.attempt(attempt_id)
    assert (attempt.status, attempt.applied) == ("succeeded", False)
    assert [row.status for row in signed.shop.refunds(order_id)] == ["succeeded"]
    assert signed.shop.balance("unapplied") == 0


def test_what_cannot_be_deducted_writes_nothing(signed: Signed) -> None:
    order_id = signed.shop.place()

    with pytest.raises(NoChannel):  # the simulator does not deduct by this account
        deduct_order(signed.shop.business_id, order_id, account_id=new_id(), contract_no="1", attempt_id=new_id())
    with pytest.raises(NotFound):
        deduct_order(
            signed.shop.business_id, new_id(), account_id=signed.account_id, contract_no="1", attempt_id=new_id()
        )
    paid = signed.paid()
    with pytest.raises(Conflict):
        signed.deduct(paid)

    assert signed.shop.order(order_id).status == "created"
    assert not signed.shop.many(select(transactions).where(transactions.c.order_id == order_id))


def test_an_order_that_costs_nothing_is_not_deducted(new_shop: Callable[..., Shop], simulator: str) -> None:
    free = Signed(new_shop(currency="CNY", price_minor=0), Company(simulator))
    order_id = free.shop.place()

    with pytest.raises(Invalid):
        free.deduct(order_id)


def test_paid_attempts_and_the_open_one_know_deductions(signed: Signed) -> None:
    order_id = signed.paid()

    with db.reading(signed.shop.business_id):
        [paid] = payments.paid_attempts(order_id)
        assert (paid.kind, paid.returned_minor) == ("deduction", 0)
        assert payments.open_charge(order_id) is None
