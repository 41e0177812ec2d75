"""One step of a shop's day, for a process of its own that can be stopped dead."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select

from app import start
from app.core import clock, db, outbox, settings
from app.core.db import engine
from app.core.ids import derive, show
from app.core.money import Money
from app.core.settings import Settings
from app.domain.accounts.business.models import Approval, Membership
from app.domain.accounts.business.tiers import TierLimit
from app.domain.buyers import queries as buyers
from app.domain.payments.channels.types import Recurring
from app.domain.payments.models import ChannelAccount
from app.domain.payments.payment_orders import service as payment_orders
from app.domain.payments.payment_orders.states import PaymentLineStatus
from app.domain.payments.types import Payee
from app.domain.signing.models import Contract
from app.domain.signing.types import ChangeTerms
from app.lib.some import some
from app.workflow.accounts import copy_from_test
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.lifecycle import limit_business, limit_resource, suspend_business
from app.workflow.buyers import merge_buyers
from app.workflow.catalog import import_products
from app.workflow.checkout import change_order, confirm_checkout
from app.workflow.fulfilment import deliver_line, fulfil_order
from app.workflow.insights import make_export
from app.workflow.ledger import adjust_ledger, book_settlement
from app.workflow.marketing import expire_coupons, make_coupon_batch, run_campaigns
from app.workflow.notifications import send_alerts, send_user_mail
from app.workflow.operations import advance_test_clock
from app.workflow.operations.subscribers import SUBSCRIBERS
from app.workflow.orders import (
    bulk_orders,
    close_orders,
    correct_receipt,
    make_credit_notes,
    make_receipt,
    reserve_remotely,
)
from app.workflow.payments import (
    answer_dispute,
    confirm_bank_transfer,
    deduct_order,
    follow_disputes,
    read_bank_report,
    recheck_payouts,
    refund_order,
)
from app.workflow.payments.bills import compare_bills, fetch_bills
from app.workflow.payments.read_bank_report import ReportEntry
from app.workflow.reconciliation import mend_case
from app.workflow.settlement import clear_order
from app.workflow.steps.payments import channel_access
from app.workflow.subscriptions import change_terms, follow_mandates, renew_contracts
from app.workflow.wallets import hold_funds, move_money, pay_out
from app.workflow.webhooks import make_deliveries, send_webhooks
from tests.factories.contracts import sign_newest
from tests.factories.shop import Shop

MENDER = "usr_01jd63x2hbfg6rw3r000000003"


def load() -> None:
    """Make this process ready, and those that are forked off it."""
    start(Settings.from_env())


def do(arguments: dict[str, Any]) -> None:
    """Do one thing, described as JSON by another process: shop, action and subject."""
    clock.find_file()  # the test's, which this process was not loaded with
    shop = Shop(**{name: _typed(name, value) for name, value in arguments["shop"].items()})
    subject = uuid.UUID(arguments["subject"]) if arguments["subject"] else None
    act(shop, arguments["action"], subject)


def _bank_report(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """The bank says that all lines of the order were executed."""
    with db.reading(business_id):
        references = [line.reference for line in payment_orders.lines_of(order_id)]
    entries = [ReportEntry(status=PaymentLineStatus.EXECUTED, reference=each) for each in references]
    read_bank_report.record(business_id, entries, actor="usr_maker")


def _deduct(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Take the order's money under the contract that is called like it."""
    with db.reading(business_id):
        accounts = db.table(ChannelAccount)
        account = db.first(select(accounts).where(accounts.c.channel == "simulator"))
        opened = channel_access.opened(some(account))
    channel = opened.channel
    assert isinstance(channel, Recurring)
    contract_no = some(channel.query_contract(opened.settings, show("con", order_id), None).contract_no)
    attempt_id = derive(order_id, "deduction")
    more = {"account_id": opened.id, "contract_no": contract_no, "attempt_id": attempt_id}
    deduct_order.deduct_order(business_id, order_id, **more)


def _alerts() -> None:
    """In the database of its test, which is not the one that this process was loaded with."""
    settings.use(Settings.from_env())
    engine.connect(settings.current())
    send_alerts.send_due()
    send_user_mail.send_due()


def _merge(business_id: uuid.UUID, buyer_id: uuid.UUID) -> None:
    """Merge the buyer into whoever is called "new"."""
    with db.reading(business_id):
        into = buyers.by_reference("new")
    assert into is not None
    merge_buyers.merge_buyers(business_id, buyer_id, into=into.id, reason="same person", actor="test")


def _approve_as_owner(business_id: uuid.UUID, approval_id: uuid.UUID) -> None:
    """An owner who did not ask for it approves it."""
    with db.reading(business_id):
        asked = db.get(Approval, approval_id).requester_principals
        owners = select(Membership.user_id).where(Membership.business_id == business_id, Membership.role == "owner")
        user_id = db.scalar(owners.where(Membership.user_id.not_in(asked)).limit(1))
    decide_approval.approve(business_id, approval_id, actor=show("usr", user_id))


def _copy_from_test(_: uuid.UUID, live_id: uuid.UUID) -> None:
    copy_from_test.copy_parts(live_id, copy_from_test.NEEDS, actor=MENDER)


def _change_terms(business_id: uuid.UUID, change_id: uuid.UUID) -> None:
    """The newest contract of the business has two units from now on."""
    with db.reading(business_id):
        mine = select(Contract.id).where(Contract.business_id == business_id).order_by(Contract.id.desc()).limit(1)
        contract_id = some(db.scalar(mine))
    terms = ChangeTerms(quantity=2)
    change_terms.change_contract(business_id, contract_id, terms, actor="test", change_id=change_id)


SIMPLE: dict[str, Callable[[uuid.UUID, uuid.UUID], Any]] = {
    "bank_report": _bank_report,
    "campaign": run_campaigns.run,
    "copy_from_test": _copy_from_test,
    "suspend": lambda business_id, _: suspend_business.suspend(business_id, level="read_only", reason="Seen"),
    "limit resource": lambda business_id, _: limit_resource.limit_resource(business_id, "plans", 2, reason="test"),
    "limit": lambda business_id, _: limit_business.set_limit(business_id, "pay", TierLimit(per_s=2, burst=4)),
    "merge_buyers": _merge,
    "recheck": recheck_payouts.recheck,
    "deduct": _deduct,
    "renew": renew_contracts.act,
    "change_terms": _change_terms,
    "take_back_cut": change_terms.take_back_cut,
    "sign": sign_newest,
    "sign_by_mandate": partial(sign_newest, channel="simulator"),
    "ask_mandate": partial(follow_mandates.ask, force=True),
    "fetch_bill": fetch_bills.fetch,
    "compare_bill": compare_bills.compare,
    "ask_dispute": partial(follow_disputes.ask, force=True),
    "submit_evidence": partial(answer_dispute.submit, explanation="It was used.", actor="usr_x"),
    "accept_dispute": partial(answer_dispute.accept, actor="usr_x"),
    "lost_dispute": fulfil_order.take_back_lost,
    "receipt": make_receipt.make_receipt,
    "correct_receipt": lambda business_id, order_id: correct_receipt.correct_receipt(
        business_id, order_id, {"company": "Analytical Ltd", "address": "London"}
    ),
    "credit_notes": make_credit_notes.make_credit_notes,
    "confirm_bank_transfer": partial(confirm_bank_transfer.confirm, actor="usr_checker"),
    "confirm_settlement": partial(book_settlement.confirm, actor="usr_checker"),
    "clear_order": clear_order.clear_order,
    "approve_as_owner": _approve_as_owner,
    "approve_adjustment": partial(adjust_ledger.approve, actor="usr_checker"),
    "alerts": lambda *_: _alerts(),
    "clock": lambda business_id, _: advance_test_clock.carry_on(business_id),
}


def act(shop: Shop, action: str, subject: uuid.UUID | None) -> None:
    """Do one thing; `subject` is an order for place, pay, refund, close and change, an attempt for notice, ask, recheck
    and surplus, a delivery for deliver and say_delivered, a reservation for finalise_outside and release, a movement
    for withdraw and top_up, a hold for hold and release_hold, an import for import, an export for export, a run for
    bulk, an endpoint for send_webhooks, a bank transfer for confirm_bank_transfer, a session for confirm_checkout, a
    batch for batch, an approval for approve and carry_out, a case for mend; or what one of SIMPLE is about; for expire
    it is nothing."""
    if action in ("drain", "drain_singly"):
        shop.work_off() if action == "drain" else outbox.drain(shop.business_id, SUBSCRIBERS)
        return
    assert subject is not None
    if action == "place":
        shop.place(order_id=subject)
    elif action == "pay":
        shop.pay(subject)
    elif action == "pay_from_wallet":
        shop.pay(subject, channel="wallet")
    elif action == "import":
        _import(shop, subject)
    elif action == "bulk":
        bulk_orders.work(shop.business_id, subject, slice_s=60)
    elif action == "export":
        while make_export.work(shop.business_id, subject, rows=2):
            pass
    elif action in ("approve", "carry_out"):
        _decide(shop, action, subject)
    elif action == "notice":
        shop.notice(subject)
    elif action == "ask":
        shop.poll(subject)
    elif action in SIMPLE:
        SIMPLE[action](shop.business_id, subject)
    elif action == "refund":
        shop.refund(subject)
    elif action == "close":
        close_orders.close_order(shop.business_id, subject, reason="expired", actor="system")
    elif action == "change":
        session_id = shop.order(subject).session_id
        change_order.change_order(shop.business_id, session_id, order_id=subject, actor="buyer")
    elif action == "pay_in_part_from_wallet":
        shop.pay(subject, wallet_minor=400)
    elif action == "surplus":
        refund_order.refund_surplus(shop.business_id, subject)
    elif action == "withdraw":
        money, payee = Money(400, "USD"), Payee(account="1")
        pay_out.withdraw(shop.business_id, buyer="ann", money=money, payee=payee, actor="test", transaction_id=subject)
    elif action == "top_up":
        money = Money(400, "USD")
        move_money.top_up(shop.business_id, buyer="ann", money=money, actor="test", transaction_id=subject)
    elif action == "confirm_checkout":
        confirm_checkout.confirm_checkout(shop.business_id, subject, channel="simulator", agreements=[])
    elif action == "batch":
        make_coupon_batch.finish_batch(shop.business_id, subject)
    elif action == "expire":
        expire_coupons.expire_due()
    elif action in ("hold", "release_hold", "mend"):
        _by_hand(shop, action, subject)
    else:
        _notify_merchant(shop, action, subject)


def _decide(shop: Shop, action: str, approval_id: uuid.UUID) -> None:
    if action == "approve":
        decide_approval.approve(shop.business_id, approval_id, actor="usr_01jd63x2hbfg6rw3r000000002")
    else:
        decide_approval.carry_out(shop.business_id, approval_id)


def _by_hand(shop: Shop, action: str, subject: uuid.UUID) -> None:
    if action == "mend":
        about = {"reason": "asked", "actor": MENDER, "mend_id": derive(subject, "mend")}
        mend_case.mend(shop.business_id, subject, "refund_rest", **about)
    elif action == "hold":
        money = Money(400, "USD")
        hold_funds.place(shop.business_id, buyer="ann", money=money, reason="seen", actor="test", hold_id=subject)
    else:
        hold_funds.release(
            shop.business_id, subject, amount_minor=100, reason="seen to", actor="test", release_id=subject
        )


def _notify_merchant(shop: Shop, action: str, subject: uuid.UUID) -> None:
    if action == "deliver":
        deliver_line.try_again(shop.business_id, subject)
    elif action == "say_delivered":
        values = {"seen": "pending", "to": "delivered", "reason": "seen there"}
        deliver_line.decide_manually(shop.business_id, subject, **values)
    elif action == "finalise_outside":
        reserve_remotely.finalise(shop.business_id, subject, force=True)
    elif action == "release":
        reserve_remotely.release(shop.business_id, subject, reason="seen to", actor="test")
    elif action == "make_deliveries":
        make_deliveries.make_deliveries(shop.business_id)
    elif action == "send_webhooks":
        while send_webhooks.take_turn(shop.business_id, subject):
            pass
    else:
        raise ValueError(action)


def _import(shop: Shop, import_id: uuid.UUID) -> None:
    while import_products.work(shop.business_id, import_id):
        pass


def _typed(name: str, value: str) -> object:
    return uuid.UUID(value) if name.endswith("_id") and name != "merchant_id" else value
