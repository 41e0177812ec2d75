"""One real situation for each kind of cases: made through the application, with what ends it without anybody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import clock as clocks
from app.core import db, outbox
from app.core.ids import show
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.checkout.agreements.models import AgreementTemplate
from app.domain.marketing.types import IssueRule
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.types import Payee
from app.domain.reconciliation.models import Case
from app.domain.settlement.clearing.types import ShareTerms
from app.workflow.checkout.manage_agreements import AgreementCommand, change_agreement, publish_agreement
from app.workflow.fulfilment import change_points, deliver_line
from app.workflow.operations import decide_dead_letters, subscribers
from app.workflow.orders import close_orders
from app.workflow.payments import confirm_bank_transfer, record_result
from app.workflow.payments.confirm_bank_transfer import Line
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.subscriptions import renew_contracts
from app.workflow.wallets import move_money, pay_out
from app.workflow.webhooks import manage_webhooks
from tests.factories.bills import differing_bill, late_bill
from tests.factories.contracts import make_due, plan_of, sign
from tests.factories.coupons import active_template
from tests.factories.deliveries import try_now
from tests.factories.disputes import open_dispute
from tests.factories.merchant import MerchantSystem, delivery_of, sell_through
from tests.factories.partners import sharer_of
from tests.factories.receiver import listen, receiver, send
from tests.factories.risk import held
from tests.factories.seats import keep_seats
from tests.factories.shop import Shop
from tests.workflow.wallets.test_credit import sell_credit, sell_points, spend

HOUR_S, DAY_S = 3600, 86_400
PAYEE = Payee(account="DE02120300000000202051", name="Ann")
End = Callable[[], object]


@dataclass
class Scene:
    """Where a situation happens: `system` is the merchant's own, `patch` breaks a handler."""

    shop: Shop
    clock: Any
    system: MerchantSystem
    patch: pytest.MonkeyPatch

    def paid(self) -> tuple[uuid.UUID, uuid.UUID]:
        """An order whose payment the company has told of and nothing has followed; its attempt."""
        order_id = self.shop.place()
        attempt_id = self.shop.pay(order_id)
        self.shop.approve(attempt_id)
        self.shop.notice(attempt_id)
        return order_id, attempt_id

    def told(self, attempt_id: uuid.UUID, status: Any, minor: int | None = None) -> str:
        """The company says this when it is asked about the attempt."""
        amount = Money(minor or self.shop.attempt(attempt_id).amount_minor, "USD")
        outcome = Outcome(status=status, amount=amount)
        return record_result.record(self.shop.business_id, attempt_id, outcome, source="query")

    def refunded(self) -> None:
        """What follows, follows: refunds that were started are decided."""
        self.shop.work_off()
        for case in self.shop.many(select(Case.order_id).where(Case.order_id.is_not(None))):
            for each in self.shop.refunds(case.order_id):
                self.shop.poll(self.shop.refund_attempt(each.id).id)
        self.shop.work_off()


def _undecided_long(scene: Scene) -> End:
    order_id, charge = scene.paid()
    ref = show("att", charge)
    scene.shop.script("refund", "garbage", out_trade_no=ref, times=1)
    scene.shop.script("query_refund", "http_500", out_trade_no=ref, times=1)
    attempt = scene.shop.refund_attempt(scene.shop.refund(order_id))
    scene.clock.move(73 * HOUR_S)
    scene.shop.poll(attempt.id)
    return lambda: scene.shop.poll(attempt.id)


def _amount_mismatch(scene: Scene) -> End:
    order_id = scene.shop.paid_order()
    [attempt] = _attempts(scene, order_id)
    scene.told(attempt, "succeeded", 999)
    return lambda: scene.shop.refund(order_id)


def _channel_ref_used(scene: Scene) -> End:
    _, first = scene.paid()
    order_id = scene.shop.place()
    scene.shop.script("create", "http_500", times=1)
    other = scene.shop.pay(order_id)
    scene.shop.notice(other, trade_no=scene.shop.attempt(first).channel_ref)
    return lambda: scene.shop.notice(other)


def _late_payment(scene: Scene) -> End:
    order_id = scene.shop.place()
    attempt_id = scene.shop.pay(order_id)
    scene.shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=9)
    scene.clock.move(1801 + 601)
    close_orders.close_order(scene.shop.business_id, order_id, reason="expired", actor="system")
    scene.shop.approve(attempt_id)
    scene.shop.notice(attempt_id)
    return scene.refunded


def _surplus_payment(scene: Scene) -> End:
    order_id = scene.shop.place()
    late = scene.shop.pay(order_id)
    scene.shop.notice(late, event="payment.failed", status="failed", decline_code="declined")
    attempt_id = scene.shop.pay(order_id)
    for each in (attempt_id, late):
        scene.shop.approve(each)
        scene.shop.notice(each)
    return scene.refunded


def _refund_failed(scene: Scene) -> End:
    order_id = scene.shop.paid_order()
    [attempt] = _attempts(scene, order_id)
    scene.shop.script("refund", "decline", out_trade_no=show("att", attempt), times=1)
    scene.shop.refund(order_id, 300)
    return lambda: scene.shop.refund(order_id, 300)


def _refund_undone(scene: Scene) -> End:
    made = scene.shop.refund_attempt(scene.shop.refund(scene.shop.paid_order(), 300))
    scene.told(made.id, "failed")
    return lambda: scene.told(made.id, "succeeded")


def _top_up_undone(scene: Scene) -> End:
    scene.shop.keep_wallets()
    made = move_money.top_up(scene.shop.business_id, buyer="ann", money=Money(1000, "USD"), actor="test")
    attempt = scene.shop.refund_attempt(made)
    scene.shop.approve(attempt.id)
    scene.shop.notice(attempt.id)
    scene.told(attempt.id, "failed")
    return lambda: scene.told(attempt.id, "succeeded")


def _withdrawn(scene: Scene) -> uuid.UUID:
    scene.shop.keep_wallets()
    scene.shop.fund("ann", 1000)
    about: dict[str, Any] = {"money": Money(400, "USD"), "payee": PAYEE, "actor": "test"}
    made = pay_out.withdraw(scene.shop.business_id, buyer="ann", **about)
    return uuid.UUID(str(scene.shop.refund_attempt(made).id))


def _withdrawal_returned(scene: Scene) -> End:
    scene.told(_withdrawn(scene), "returned")
    return lambda: scene.clock.move(30 * DAY_S + 60)


def _paid_out(scene: Scene, minor: int) -> uuid.UUID:
    made = pay_out.pay_out(scene.shop.business_id, money=Money(minor, "USD"), payee=PAYEE, actor="test")
    return uuid.UUID(str(scene.shop.refund_attempt(made).id))


def _payout_returned(scene: Scene) -> End:
    scene.shop.paid_order()
    scene.told(_paid_out(scene, 400), "returned")
    return lambda: scene.clock.move(30 * DAY_S + 60)


def _late_movement(scene: Scene) -> End:
    scene.shop.keep_wallets()
    made = move_money.top_up(scene.shop.business_id, buyer="ann", money=Money(1000, "USD"), actor="test")
    attempt = scene.shop.refund_attempt(made)
    scene.told(attempt.id, "failed")
    scene.told(attempt.id, "succeeded")
    return lambda: scene.clock.move(7 * DAY_S + 60)


def _wrong_transfer(scene: Scene) -> End:
    shop = scene.shop
    shop.take_transfers()
    attempt_id = shop.pay(shop.place(), channel="offline")
    today = clocks.now().date()
    line = Line(amount_minor=999, bank_reference="B1", booked_on=today)
    transfer_id = confirm_bank_transfer.record(shop.business_id, attempt_id, line, actor="usr_maker")
    confirm_bank_transfer.confirm(shop.business_id, transfer_id, actor="usr_checker", goes_back=True)

    def send_back() -> None:
        about: dict[str, Any] = {"bank_reference": "R1", "sent_on": today, "actor": "usr_checker"}
        confirm_bank_transfer.send_back(shop.business_id, transfer_id, **about)
        confirm_bank_transfer.confirm_sent_back(shop.business_id, transfer_id, actor="usr_maker")

    return send_back


def _reservation_stuck(scene: Scene) -> End:
    keep_seats(scene.shop, capacity=2).script("confirm", "decline")
    scene.paid()
    scene.shop.work_off()

    def hear() -> None:
        scene.clock.move(DAY_S)
        scene.shop.work_off()

    return hear


def _broken(topic: str, handler: str, begin: Callable[[Scene], object]) -> Callable[[Scene], End]:
    """The handler of an event fails for good."""

    def make(scene: Scene) -> End:
        def broken(_: outbox.Event) -> None:
            raise RuntimeError("not today")

        with scene.patch.context() as patch:
            named = [(name, broken if name == handler else work) for name, work in subscribers.SUBSCRIBERS[topic]]
            patch.setitem(subscribers.SUBSCRIBERS, topic, tuple(named))
            patch.delitem(subscribers.BATCHES, topic, raising=False)
            begin(scene)
            for _ in range(outbox.MAX_ATTEMPTS):
                scene.shop.work_off()
                scene.clock.move(3601)

        def retry() -> None:
            case = scene.shop.one(select(Case.subject_id).where(Case.details["handler"].astext == handler))
            decide_dead_letters.retry_event(scene.shop.business_id, case.subject_id)
            scene.shop.work_off()

        return retry

    return make


def _earned(scene: Scene) -> None:
    active_template(scene.shop.business_id, issue=IssueRule(on="payment"))
    scene.paid()


def _shared(scene: Scene) -> None:
    sharer = sharer_of(scene.shop)
    sharer.rule(ShareTerms(party=str(sharer.partner()), bps=7000))
    sharer.sold()


def _refunded_in_full(scene: Scene) -> None:
    scene.shop.refund(scene.shop.paid_order())


def _not_revoked(scene: Scene) -> End:
    """The merchant's system does not take back what it gave."""
    sell_through(scene.shop, scene.system)
    order_id = scene.shop.paid_order()
    try_now(scene.shop, order_id)
    scene.shop.refund(order_id)
    scene.refunded()
    scene.shop.work_off()
    scene.system.answers = [(410, {})]
    try_now(scene.shop, order_id)
    delivery_id = delivery_of(scene.shop, order_id).id

    def take_back() -> None:
        about = {"seen": "revocation_failed", "to": "revoked", "reason": "taken back by hand"}
        deliver_line.decide_manually(scene.shop.business_id, delivery_id, **about)

    return take_back


def _delivery_overdue(scene: Scene) -> End:
    sell_through(scene.shop, scene.system)
    scene.system.answers = [(503, {})]
    order_id = scene.shop.paid_order()
    try_now(scene.shop, order_id)
    scene.clock.move(20 * HOUR_S + 60)
    return lambda: try_now(scene.shop, order_id)


def _spent(kind: str) -> Callable[[Scene], End]:
    def make(scene: Scene) -> End:
        if kind == "credit":
            sell_credit(scene.shop)
            order_id = scene.shop.paid_order()
            spend(scene.shop, 700)
        else:
            sell_points(scene.shop)
            order_id = scene.shop.paid_order()
            about: dict[str, Any] = {"change": -50, "reason": "a mug", "actor": "test"}
            change_points.change_points(scene.shop.business_id, buyer="buyer-1", **about)
        scene.shop.refund(order_id)
        scene.shop.work_off()
        return lambda: scene.clock.move(30 * DAY_S + 60)

    return make


def _endpoint_paused(scene: Scene) -> End:
    with receiver() as hook:
        endpoint_id = listen(scene.shop, hook)
        hook.answers = [(410, {}, b"gone")]
        scene.shop.place()
        send(scene.shop, endpoint_id)
    about = scene.shop.business_id, endpoint_id
    return lambda: manage_webhooks.enable_endpoint(*about, skip_waiting=False, actor="test")


def _balance_negative(scene: Scene) -> End:
    order_id = scene.shop.paid_order()
    _paid_out(scene, 1000)
    scene.shop.refund(order_id, 400)
    return scene.shop.paid_order


def _cannot_sell(scene: Scene) -> End:
    """The shop is live, with terms and a bank account for transfers, and switches its terms off."""
    business_id = scene.shop.business_id
    bank = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": "DE00 1234", "pay_days": "7"}
    add_channel_account(business_id, channel="offline", name="Bank", values=bank)
    publish_agreement(business_id, code="terms", locale="en", title="Terms", body="Be kind.")
    with db.reading(business_id):
        template_id = db.scalar(select(AgreementTemplate.id).where(AgreementTemplate.business_id == business_id))
    change_agreement(business_id, template_id, AgreementCommand(name="Terms", enabled=False))
    with db.system_phase("test.live"):
        db.write(update(Business).where(Business.id == business_id).values(mode="live", activated_at=clocks.now()))
    return lambda: change_agreement(business_id, template_id, AgreementCommand(name="Terms"))


def _renewal_blocked(scene: Scene) -> End:
    """The SKU of a contract was changed so that nobody can order it."""
    scene.shop.keep_wallets()
    scene.shop.fund("buyer-1", 5000)
    contract_id = sign(scene.shop, plan_of(scene.shop))

    def sells(kind: str) -> None:
        with db.phase("test.kind", scene.shop.business_id):
            db.run(update(Product).where(Product.id == scene.shop.product_id).values(delivery_kind=kind))
        make_due(scene.shop, contract_id)
        renew_contracts.act(scene.shop.business_id, contract_id)

    sells("points")  # lacks its points
    return lambda: sells("entitlement")


def _attempts(scene: Scene, order_id: uuid.UUID) -> list[uuid.UUID]:
    joined = select(PaymentAttempt.id).join(PaymentTransaction, PaymentTransaction.id == PaymentAttempt.transaction_id)
    return [row.id for row in scene.shop.many(joined.where(PaymentTransaction.order_id == order_id))]


def _risk_review(scene: Scene) -> End:
    about = scene.shop.business_id, held(scene.shop)
    return lambda: close_orders.close_order(*about, reason="cancelled", actor="system")


SITUATIONS: dict[str, Callable[[Scene], End]] = {
    "undecided_long": _undecided_long,
    "amount_mismatch": _amount_mismatch,
    "channel_ref_used": _channel_ref_used,
    "late_payment": _late_payment,
    "surplus_payment": _surplus_payment,
    "dispute_open": lambda scene: open_dispute(scene.shop),
    "risk_review": _risk_review,
    "refund_failed": _refund_failed,
    "refund_undone": _refund_undone,
    "top_up_undone": _top_up_undone,
    "withdrawal_returned": _withdrawal_returned,
    "payout_returned": _payout_returned,
    "late_movement": _late_movement,
    "wrong_transfer": _wrong_transfer,
    "reservation_stuck": _reservation_stuck,
    "refund_not_made": _broken("payment.surplus", "refund_surplus", _surplus_payment),
    "deliverable_not_delivered": _broken("order.paid", "deliver", Scene.paid),
    "delivery_overdue": _delivery_overdue,
    "deliverable_not_revoked": _not_revoked,
    "credit_spent": _spent("credit"),
    "points_spent": _spent("points"),
    "order_not_cleared": _broken("order.clearing_due", "clear_order", _shared),
    "coupons_not_issued": _broken("order.coupons_due", "issue_coupons", _earned),
    "coupons_not_returned": _broken("order.refunded", "return_coupons", _refunded_in_full),
    "bill_late": lambda scene: late_bill(scene.shop),
    "bill_differs": lambda scene: differing_bill(scene.shop),
    "renewal_blocked": _renewal_blocked,
    "endpoint_paused": _endpoint_paused,
    "balance_negative": _balance_negative,
    "cannot_sell": _cannot_sell,
}
