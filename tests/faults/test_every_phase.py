"""Every phase of the app is one that the process is stopped dead in, or has a reason why that is not tried."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core.ids import parse, show
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.checkout import open_checkout
from app.workflow.payments import confirm_bank_transfer
from app.workflow.payments.refund_order import refund_order
from tests.factories.people import make_members, make_user
from tests.factories.shop import Shop

ROOT = Path(__file__).parents[2]

# What these phases write is all there is to do: nothing follows the commit, and whoever asked for it sees that it was
# not done and asks again. `*` stands for anything.
ALL_IN_ONE = """
    schedule_reports.schedule schedule_reports.stop
    begin_session.* check_second_factor.* use_passkeys.* require_second_factor.set notify_user.*
    end_sessions.end end_sessions.end_others
    manage_*.* set_*.* choose_split.* change_points.* write_note.*
    confirm_bank_transfer.record confirm_bank_transfer.reject
    confirm_bank_transfer.send_back confirm_bank_transfer.confirm_sent_back
    confirm_bank_transfer.abandon issue_coupons.issue
    end_session.*
    use_coupons.change open_checkout.* move_money.grant move_money.transfer import_products.start import_products.begin
    import_products.discard import_products.fail schedule_products.schedule schedule_products.unschedule
    save_view.* make_export.abandon accept_notice.refuse replay_webhooks.* set_appearance.set set_approval_limits.set
    join_team.* change_password.* bulk_orders.refuse decide_dead_letters.* transition_manually.request
    visit_business.* set_operators.* sponsor_member.confirm decide_alone.decide decide_alone.call_off
    confirm_alone.begin suspend_business.lift limit_business.set_limit limit_resource.write switch_off.*
    erase_buyer.* request_erasure.ask keep_account_notice.keep follow_disputes.open fetch_bills.again
    book_settlement.* adjust_ledger.* advance_test_clock.begin
    make_payment_order.make approve_payment_order.* decide_payment_line.decide download_payment_order.download
    change_settings.* copy_settings.* close_business.request close_business.cancel restore_settings.*
    archive_business.start erase_business.request
    open_business.* link_sign_up.* go_live.* try_connection.record
    change_contract.* act_for_buyer.* change_terms.cancel
    create_buyer.add change_buyer.change note_buyer.write record_consent.add prove_mailbox.request prove_mailbox.prove
    grant_membership.* shorten_membership.shorten move_membership.move accept_inbound_event.*
    change_payee.request close_batches.close close_batches.set_terms pay_batch.request hold_money.*
"""
# Periodic: what was not done is due still, and is found the next time.
FOUND_AGAIN = """
    archive.write partitions.make partitions.drop
    prune.refused_counts prune.day_totals prune_personal.*
    end_sessions.over end_sessions.idle end_sessions.challenges rotate_secrets.people
    count_metrics.* count_postings.* roll_up_ledger.* raise_alerts.* schedule_reports.send
    complete_orders.complete schedule_products.keep prune.keys rotate_secrets.batch make_coupon_batch.begin
    import_products.count_try prune.deliveries seal_audit_log.seal decide_approval.expire queue_mail.write
    sweep_cases.case decide_alone.remind advance_test_clock.fail advance_test_clock.let_go
    make_export.start make_export.count_try make_export.forget bulk_orders.start bulk_orders.finish
    send_mail.* send_user_mail.prune send_user_mail.drop fetch_platform_keys.*
    accept_notice.number_taken record_result.number_taken accept_notice.repeated
    erase_business.note
    transition_manually.attempt
    renew_contracts.postpone renew_contracts.wait change_terms.explain remind_charges.remind queue_contract_mail.*
    refresh_memberships.refresh register_buyers.register merge_buyers.follow prove_mailbox.adopt
    close_batches.close_cycle change_payee.apply fetch_bills.expect
"""
# The same steps as phases that are tried, in the words of another file.
THE_SAME = {
    "place_and_pay.reserve": "place_order.reserve",
    "place_and_pay.pay": "pay_order.reserve",
    "confirm_checkout.pay": "pay_order.reserve",
    "sign_contract.pay": "pay_order.reserve",
    "refund_order.resume": "refund_order.reserve",
}
# Only looks; or counts what costs nobody anything when it is lost, or counted once more.
HARMLESS = """
    authenticate_key.touch log_requests.write confirm_checkout.look leave_payment.look guarded_channel.note
    guarded_channel.store_keys mend_case.note
    merge_buyers.look
    fetch_file.count log_in.rehash seed_demo.* live_orders.* seed_history.look seed_history.open seed_history.close
"""
# The machinery itself; tests/core and tests/api stop it between its steps.
MACHINERY = "idempotency.* outbox.mark"

LISTED = {name for names in (ALL_IN_ONE, FOUND_AGAIN, HARMLESS, MACHINERY) for name in names.split()} | set(THE_SAME)


def test_every_phase_is_tried_or_has_a_reason() -> None:
    phases, tried = _phases(), _tried()

    untold = {name for name in phases - tried if not any(fnmatch(name, each) for each in LISTED)}
    assert untold == set(), "try these in tests/faults, or say here why not"


def test_every_reason_is_about_a_phase_there_is() -> None:
    phases = _phases()

    assert {each for each in LISTED if not any(fnmatch(name, each) for name in phases)} == set()
    assert _tried() >= set(THE_SAME.values())


def test_confirming_money_by_hand(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None]) -> None:
    shop.take_transfers()
    order_id = shop.place()
    line = confirm_bank_transfer.Line(amount_minor=1000, bank_reference="B1", booked_on=date(2026, 1, 2))
    attempt_id = shop.pay(order_id, channel="offline")
    transfer_id = confirm_bank_transfer.record(shop.business_id, attempt_id, line, actor="usr_maker")

    dies(shop, "confirm_bank_transfer", transfer_id, at="confirm_bank_transfer.confirm.after")

    carry_on(shop)
    assert (shop.order(order_id).status, shop.order(order_id).paid_minor) == ("fulfilled", 1000)
    assert shop.balance("channel_clearing") == 1000
    shop.audit()


@pytest.mark.parametrize("point", ["confirm_checkout.reserve.before_commit", "confirm_checkout.reserve.after"])
def test_a_buyer_who_presses_pay_again(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    session_id = _session(shop)

    dies(shop, "confirm_checkout", session_id, at=point)

    carry_on(shop)
    order_id = shop.one(select(CheckoutSession.order_id).where(CheckoutSession.id == session_id)).order_id
    assert (order_id is None) == point.endswith("before_commit")
    assert order_id is None or shop.order(order_id).status in ("created", "paying")
    shop.audit()


@pytest.mark.parametrize(
    "point", ["decide_alone.check.before_commit", "decide_alone.check.after", "decide_approval.finish.before_commit"]
)
def test_a_refund_that_its_owner_decided_alone(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], clock: ModuleType, point: str
) -> None:
    order_id, alone = shop.paid_order(), show("usr", make_user(shop.business_id).user_id)
    set_approval_limits(shop.business_id, {"refund": {"USD": 1}}, decides_alone=True, alone_waits_h=1)
    with pytest.raises(ApprovalNeeded) as raised:
        refund_order(shop.business_id, order_id, amount_minor=600, reason="x", actor=alone)
    approval_id = parse("apr", raised.value.details["approval_id"])
    decide_alone.decide_alone(shop.business_id, approval_id, actor=alone, proven_at=clock.now())

    clock.move(3700)

    dies(shop, "carry_out", approval_id, at=point)

    make_user(shop.business_id)  # a second owner, who comes too late for what has begun
    carry_on(shop)
    decide_approval.sweep_approvals()
    carry_on(shop)
    assert shop.order(order_id).refunded_minor == (0 if point == "decide_alone.check.before_commit" else 600)
    shop.audit()


@pytest.mark.parametrize("point", ["decide_approval.decide.after", "decide_approval.finish.before_commit"])
def test_a_refund_that_somebody_approves(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    order_id = shop.paid_order()
    make_members(shop.business_id, "usr_01jd63x2hbfg6rw3r000000002")
    set_approval_limits(shop.business_id, {"refund": {"USD": 1}})
    with pytest.raises(ApprovalNeeded) as raised:
        refund_order(shop.business_id, order_id, amount_minor=600, reason="x", actor="usr_01jd63x2hbfg6rw3r000000001")

    dies(shop, "approve", parse("apr", raised.value.details["approval_id"]), at=point)

    carry_on(shop)
    decide_approval.sweep_approvals()
    carry_on(shop)
    assert shop.order(order_id).refunded_minor == 600
    shop.audit()


def _session(shop: Shop) -> uuid.UUID:
    opened = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1")
    )
    return opened.session_id


def _phases() -> set[str]:
    """Every phase of the app by name, with the source of a result as the tests spell it."""
    named: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        named |= set(re.findall(r"(?:phase|remove_oldest|remove_older)\(\s*f?\"([a-z_.{}]+)\"", path.read_text()))
    named.discard("record_result.{source}")
    return named | {f"record_result.{source}" for source in ("answer", "query", "close")}


def _tried() -> set[str]:
    named: set[str] = set()
    for path in (ROOT / "tests" / "faults").glob("*.py"):
        named |= set(re.findall(r"\"([a-z_]+\.[a-z_]+)\.(?:before_commit|after)\"", path.read_text()))
    return named
